"""The tokenizer of the built-in backbone: byte-level BPE with Qwen2-VL's special tokens and chat template.

Trained on the words of the primitives and on general English, so that every word of the world is one token with and
without a space before it while any text of any script can still be written, byte by byte. A digit is always a token
of its own: "734" reads as three.
"""

import pydoc_data.topics
import re
from collections.abc import Iterator

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from mintune.tasks.world.primitives import sample_stream
from mintune.tasks.world.vocabulary import CATEGORIES, COLOURS, NAMES, PICTOGRAMS, POSITIONS, SHAPES, WORDS

VOCABULARY_SIZE = 3072
SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
PAD, TURN_START, TURN_END, VISION_START, VISION_END, _, IMAGE_PAD, VIDEO_PAD = SPECIAL_TOKENS

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

# A word with the sign or space before it, one digit with the space before it, runs of other signs, line ends, spaces.
PIECES = r"[^\r\n\p{L}\p{N}]?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s*[\r\n]|\s+(?!\S)|\s+"

# So often does each word of the world come in the training text that it is merged before any other word.
_WORD_REPEATS = 20_000
_PRIMITIVE_TEXTS = 20_000


def train_tokenizer() -> PreTrainedTokenizerFast:
    """Train the tokenizer; the result is the same on every call."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=[AddedToken(token, special=True) for token in SPECIAL_TOKENS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_training_text(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=TURN_END,
        pad_token=PAD,
        extra_special_tokens={
            "image_token": IMAGE_PAD,
            "video_token": VIDEO_PAD,
            "turn_start_token": TURN_START,
            "vision_start_token": VISION_START,
            "vision_end_token": VISION_END,
        },
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        padding_side="left",
        model_max_length=4096,
    )


def _training_text() -> Iterator[str]:
    places = " ".join(POSITIONS).split()
    single = [*COLOURS, *SHAPES, *PICTOGRAMS, *WORDS, *NAMES, *CATEGORIES, *places, *map(str, range(10))]
    for word in dict.fromkeys(single):
        for form in (word, f" {word}"):
            yield from [f"{form}\n"] * (_WORD_REPEATS // 20)
    for index in range(_PRIMITIVE_TEXTS):
        sample = sample_stream(seed=11, index=index, held_out=False)
        yield f"{sample.words}\n"
        yield f"{sample.answer}\n"
    yield from ("user\n", "assistant\n") * 5_000
    for topic in pydoc_data.topics.topics.values():
        yield re.sub(r"\s+", " ", topic)
