"""The built-in backbone: it loads through transformers' own classes, is small, and can do what its card says."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from mintune.models import tiny
from mintune.models.tiny import circuits
from mintune.models.tiny.architecture import EMBEDDING_STD, build_config, build_model
from mintune.models.tiny.card import card_of
from mintune.models.tiny.circuits import Role
from mintune.models.tiny.curriculum import CORE, FIRST, Record
from mintune.models.tiny.forward import answer_logits, vision_tokens
from mintune.models.tiny.lessons import batches_of, conversation, rehearsal
from mintune.models.tiny.recipe import Plan, pace_at
from mintune.models.tiny.skill import Skill, measure, wilson
from mintune.models.tiny.tokenizer import IMAGE_PAD, TURN_END
from mintune.tasks.world.primitives import PRIMITIVES, primitive_sample
from mintune.tasks.world.primitives.drills import DRILLS, drill
from mintune.tasks.world.primitives.talks import TALKS, talk
from mintune.tasks.world.skills import SKILLS
from mintune.tasks.world.vocabulary import CATEGORIES, COLOURS, NAMES, PICTOGRAMS, SHAPES, WORDS

WEIGHTS = Path(tiny.__file__).parent / "weights"
# Of every family one primitive; few samples, since the card has the exact numbers.
PROBED = ("shape_colour", "icon_naming", "bar_tallest", "table_cell", "word_read", "digit", "text_fact", "text_number")
SAMPLES_EACH = 60


@pytest.fixture(scope="module")
def processor():
    return AutoProcessor.from_pretrained(WEIGHTS)


@pytest.fixture(scope="module")
def model():
    return AutoModelForImageTextToText.from_pretrained(WEIGHTS, dtype=torch.float32).eval()


def ask(words):
    return [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": words}]}]


def test_it_is_qwen2_vl_with_two_to_eight_million_parameters_in_under_16_mb(model):
    assert model.config.model_type == "qwen2_vl"
    assert type(model).__name__ == "Qwen2VLForConditionalGeneration"
    assert 2e6 < sum(parameter.numel() for parameter in model.parameters()) < 8e6
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 16e6


def test_every_word_of_the_world_is_one_token_and_any_text_survives(processor):
    tokenizer = processor.tokenizer
    for word in (*COLOURS, *SHAPES, *PICTOGRAMS, *WORDS, *NAMES, *CATEGORIES, *"0123456789"):
        assert len(tokenizer(word).input_ids) == 1, word
        assert len(tokenizer(f" {word}").input_ids) == 1, word
    for text in ("日本語のメモ\t42", "Grüße — naïve 🙂", "  two  spaces\n\nlines "):
        assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_the_chat_template_writes_what_training_saw(processor):
    sample = primitive_sample("shape_colour", np.random.default_rng(3), held_out=False)
    written = processor.apply_chat_template(ask(sample.words), add_generation_prompt=True)
    ids = processor(text=[written], images=list(sample.images), return_tensors="pt")["input_ids"][0]
    trained_on = processor.tokenizer(conversation(sample)[0]).input_ids
    assert ids.tolist() == trained_on
    assert (ids == processor.tokenizer.convert_tokens_to_ids(IMAGE_PAD)).sum() == 9


def test_the_training_forward_pass_equals_that_of_transformers(processor, model):
    sample = primitive_sample("icon_position", np.random.default_rng(4), held_out=False)
    inputs = processor(
        text=[conversation(sample)[0].replace(IMAGE_PAD * 9, IMAGE_PAD)],
        images=list(sample.images),
        return_tensors="pt",
    )
    image = torch.from_numpy(np.asarray(sample.images[0]).copy())[None]
    last = torch.tensor([inputs["input_ids"].shape[1] - 1])
    with torch.no_grad():
        expected = model(**inputs).logits[0, -1]
        seen = model.model.visual(inputs["pixel_values"], grid_thw=inputs["image_grid_thw"]).pooler_output
        torch.testing.assert_close(vision_tokens(model.model.visual, image)[0], seen, atol=2e-3, rtol=1e-3)
        found = answer_logits(model, inputs["input_ids"], image, torch.tensor([0]), last)[0]
    torch.testing.assert_close(found, expected, atol=5e-3, rtol=1e-3)


@pytest.mark.parametrize(("size", "tokens"), [((84, 84), 9), ((224, 224), 16), ((640, 480), 12), ((30, 30), 4)])
def test_pictures_of_any_size_become_few_tokens(processor, size, tokens):
    text = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]}],
        add_generation_prompt=True,
    )
    ids = processor(text=[text], images=[Image.new("RGB", size, "red")], return_tensors="pt")["input_ids"]
    assert (ids == processor.tokenizer.convert_tokens_to_ids(IMAGE_PAD)).sum() == tokens


def test_what_counts_as_right_is_what_greedy_generation_writes(processor, model):
    rng = np.random.default_rng(0)
    samples = [primitive_sample("digit", rng, held_out=True) for _ in range(8)]
    for sample in samples:
        text = processor.apply_chat_template(ask(sample.words), add_generation_prompt=True)
        inputs = processor(text=[text], images=list(sample.images), return_tensors="pt")
        generated = model.generate(**inputs, max_new_tokens=4, do_sample=False)[0, inputs["input_ids"].shape[1] :]
        written = processor.tokenizer.decode(generated, skip_special_tokens=True)
        [batch] = batches_of([sample], processor.tokenizer, size=1)
        with torch.no_grad():
            logits = answer_logits(model, batch.ids, batch.images, batch.rows, batch.cols)
        assert (written == sample.answer) == bool((logits.argmax(-1) == batch.targets).all())


def test_the_shipped_weights_do_what_their_card_says(processor, model):
    told = json.loads((WEIGHTS / "skills.json").read_text())["skills"]
    found = measure(model, processor.tokenizer, SAMPLES_EACH, PROBED, seed=77)
    # The intervals of the card and of this sample must meet; both are 95 %, so that they fail to once in hundreds.
    apart = {name: (told[name], skill) for name, skill in found.items() if skill.high < told[name]["low"]}
    assert not apart


def test_the_card_lists_every_primitive_with_n_and_interval():
    skills = json.loads((WEIGHTS / "skills.json").read_text())["skills"]
    assert set(skills) == set(PRIMITIVES) - {"no_information"}
    for skill in skills.values():
        assert skill["n"] >= 300
        assert skill["low"] <= skill["accuracy"] <= skill["high"]


def test_the_card_is_made_from_what_was_measured(model):
    told = json.loads((WEIGHTS / "skills.json").read_text())["skills"]
    account = json.loads((WEIGHTS / "run.json").read_text())["account"]
    num_parameters = sum(parameter.numel() for parameter in model.parameters())
    card = card_of({name: Skill(**skill) for name, skill in told.items()}, account, num_parameters)
    assert (WEIGHTS / "README.md").read_text() == card
    assert f"samples of {len(PRIMITIVES)} primitives" in card
    assert card.count(" | 400 |") == len(PRIMITIVES) - 1


def test_batches_keep_every_sample_and_its_answer(processor):
    rng = np.random.default_rng(8)
    samples = [primitive_sample(name, rng, held_out=False) for name in PRIMITIVES]
    batches = batches_of(samples, processor.tokenizer, size=16)
    answers = []
    for batch in batches:
        answers += [processor.tokenizer.decode(batch.targets[batch.rows == row]) for row in range(len(batch.names))]
        assert torch.equal(batch.ids[batch.rows, batch.cols + 1], batch.targets)
    assert sorted(answers) == sorted(conversation(sample)[1] for sample in samples)


def test_padding_does_not_change_an_answer(processor, model):
    rng = np.random.default_rng(0)
    samples = [primitive_sample("text_sum", rng, held_out=True) for _ in range(8)]
    [together] = batches_of([sample for sample in samples if not sample.images], processor.tokenizer, size=8)
    with torch.no_grad():
        padded = torch.nn.functional.pad(together.ids, (0, 12))
        first = answer_logits(model, together.ids, None, together.rows, together.cols)
        second = answer_logits(model, padded, None, together.rows, together.cols)
    torch.testing.assert_close(first, second, atol=1e-4, rtol=1e-4)


def test_the_rate_rises_holds_and_falls():
    decay_share = Plan(out=Path("unused")).decay_share
    assert pace_at(0.0, 0, decay_share) < 0.01
    assert pace_at(0.3, 5_000, decay_share) == 1.0
    assert pace_at(0.999, 50_000, decay_share) < 0.03


def test_drills_come_first_then_simple_primitives_then_what_fails():
    record = Record()
    assert set(record.weights(share=0.0)) == {"echo"}
    record.note([("echo", 1.0)] * 400)
    early = record.weights(share=0.01)
    assert early["text_drill"] > early["echo"] > 0
    record.note((name, 1.0) for name in (*DRILLS, *TALKS) * 400)
    simple = record.weights(share=0.02)
    assert set(simple) == {*FIRST, *TALKS}
    record.note((name, 1.0) for name in FIRST * 400)
    late = record.weights(share=0.9)
    assert set(late) == set(PRIMITIVES)
    assert late["shape_position"] == pytest.approx(10 * late["shape_colour"], rel=0.02)


def test_a_stage_that_is_never_mastered_ends_all_the_same():
    assert set(Record().weights(share=0.99)) == set(PRIMITIVES)


def test_what_the_world_needs_is_at_the_core():
    assert {skill for skills in SKILLS.values() for skill in skills} <= CORE <= set(PRIMITIVES)


def test_only_the_answers_of_a_drill_are_learnt(processor):
    for name in DRILLS:
        lesson = drill(name, np.random.default_rng(4))
        [batch] = batches_of([lesson], processor.tokenizer, size=1)
        learnt = processor.tokenizer.decode(batch.targets)
        assert learnt == "".join(text for text, is_learnt in rehearsal(lesson) if is_learnt)
        assert batch.names == (name,)


def test_a_talk_is_a_conversation_in_the_chat_template(processor):
    lesson = next(each for seed in range(50) if (each := talk("text_talk", np.random.default_rng(seed))).asks_first)
    turns = []
    for place, (question, answer) in enumerate(lesson.rounds):
        said = question if place else f"{question}\n{lesson.text}"
        turns += [{"role": "user", "content": said}, {"role": "assistant", "content": answer}]
    written = processor.apply_chat_template(turns)
    assert "".join(text for text, _ in rehearsal(lesson)) == written.rstrip("\n")
    [batch] = batches_of([lesson], processor.tokenizer, size=1)
    learnt = processor.tokenizer.decode(batch.targets)
    assert learnt == "".join(f"{answer}{TURN_END}" for _, answer in lesson.rounds)


def attention_of(text, ids):
    text.config._attn_implementation = "eager"
    with torch.no_grad():
        out = text(inputs_embeds=text.embed_tokens(ids), use_cache=False, output_attentions=True)
    return [layer[0] for layer in out.attentions]


def test_heads_start_with_their_roles(processor):
    torch.manual_seed(0)
    text = build_model(build_config(processor.tokenizer), processor.tokenizer).model.language_model
    circuits.set_up(text, EMBEDDING_STD)
    rng = np.random.default_rng(0)
    # Twelve words said twice: from a word of the second time, look where the role says, or anywhere at all.
    looked = {Role.BACK: [], Role.FOLLOW: [], Role.SAME: []}
    for _ in range(20):
        said = processor.tokenizer(" " + " ".join(rng.permutation(WORDS)[:12]), return_tensors="pt").input_ids
        layers = attention_of(text, torch.cat([said, said], dim=1))
        for role, layer, offset in ((Role.BACK, 0, 11), (Role.FOLLOW, 1, 1), (Role.SAME, 1, 0)):
            heads = [head for head, kind in enumerate(circuits.ROLES[layer]) if kind is role]
            looked[role] += [layers[layer][head, 12 + at, at + offset] for head in heads for at in range(1, 11)]
    found = {role: float(torch.stack(weights).mean()) for role, weights in looked.items()}
    evenly = float(np.mean([1 / (13 + at) for at in range(1, 11)]))
    assert found[Role.BACK] > 4 * evenly
    assert found[Role.SAME] > 4 * evenly
    assert found[Role.FOLLOW] > 1.2 * evenly


def test_wilson_interval_of_a_known_case():
    # Wilson (1927) for 8 of 10: centre and half-width worked out by hand.
    skill = wilson(8, 10)
    assert (skill.low, skill.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
