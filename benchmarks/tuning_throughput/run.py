"""Time the tuning of one adapter two ways: by mintune's loop, and by `transformers.Trainer` on a PEFT model.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/tuning_throughput/run.py

Same base, adapter, first weights, examples, batches in the same order, loss, optimiser, schedule, clipping, precision.
Every run of either way is a process of its own, so that nothing is left for the next; the ways take turns. Loading the
base and building the tasks is outside the clock, everything else (pictures, tokens, the trainer's own start) inside.
`results.json` beside this file holds every time and every loss.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image

from mintune.config import TuneSettings, WorldSettings
from mintune.models.adapters import adapter_weights, attach
from mintune.models.backbone import TINY, Backbone, load_backbone
from mintune.models.showing import show
from mintune.records import Example, Task
from mintune.run import Journal, write_text
from mintune.tasks.world.build import build_world
from mintune.tune.budget import Budget
from mintune.tune.history import JOURNAL
from mintune.tune.loop import BETAS, CLIP_NORM, Lesson, train, untrained
from mintune.tune.mixtures import MIXTURES
from mintune.tune.rows import Rows, look
from mintune.tune.sampler import Sampler

HERE = Path(__file__).parent
TASKS = (
    *("part_colour", "blue_part", "password", "red_points", "star_place"),
    *("label_word", "ordered_colour", "tom_needs", "buyer_colour", "right_word"),
)
"""Closed and open ones of each way in which image and text interact."""

TARGETS = r"model\.language_model\..*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
IGNORED = -100

Said = tuple[list[float], list[float], list[float]]
"""After each step: seconds since the start, seconds of processor time since the start, the step's loss."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--examples", type=int, default=64, help="examples a task, of ten tasks")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32, help="examples a step")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--cache", type=Path, default=Path("build/tuning_throughput"))
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    parser.add_argument("--way", choices=WAYS, help="only run this way once, in the first of --precisions")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.way:
        print(json.dumps(WAYS[arguments.way](Course(arguments), arguments.precisions[0])))
        return
    found: dict[str, Any] = {
        "settings": {"backbone": TINY, "tasks": TASKS, "precisions": arguments.precisions}
        | {key: getattr(arguments, key) for key in ("examples", "epochs", "batch", "rank", "threads", "repeats")},
        "machine": {"cores": os.cpu_count(), "torch": torch.__version__, "transformers": transformers.__version__},
    }
    for precision in arguments.precisions:
        said: dict[str, list[Said]] = {way: [] for way in WAYS}
        for repeat in range(arguments.repeats):
            for way in list(WAYS)[:: 1 if repeat % 2 == 0 else -1]:
                said[way].append(in_its_own_process(way, precision))
                seconds, cpu_seconds, losses = (part[-1] for part in said[way][-1])
                print(f"{precision} repeat {repeat + 1} {way:8} {seconds:8.2f} s, {cpu_seconds:8.2f} s of processor,")
                print(f"    last loss {losses:.4f}, load {os.getloadavg()[0]:.1f}", flush=True)
        found[precision] = told(said, arguments.epochs, arguments.batch) | {"load_average": os.getloadavg()}
        print(json.dumps({key: value for key, value in found[precision].items() if key != "runs"}, indent=1))
        write_text(arguments.out, json.dumps(found, indent=1) + "\n")


def in_its_own_process(way: str, precision: str) -> Said:
    """One run of one way, started with the arguments of this process."""
    command = [sys.executable, __file__, *sys.argv[1:], "--precisions", precision, "--way", way]
    out = subprocess.run(command, capture_output=True, text=True, check=False)
    if out.returncode != 0:
        raise SystemExit(f"{way} in {precision} failed:\n{out.stderr[-4000:]}")
    seconds, cpu_seconds, losses = json.loads(out.stdout.splitlines()[-1])
    return seconds, cpu_seconds, losses


class Course:
    """What both ways are given: tasks, batches, settings, and a base with an untrained adapter on it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        world = WorldSettings(examples=arguments.examples, test_examples=10, tasks=TASKS)
        self.tasks: dict[str, Task] = {task.name: task for task in build_world(world, seed=0, cache=arguments.cache)}
        sizes = {name: len(task.train) for name, task in self.tasks.items()}
        steps = arguments.epochs * (
            sum(sizes.values()) // arguments.batch
        )  # all batches equal, as a trainer makes them
        budget = Budget(steps * arguments.batch, steps)
        self.lesson = Lesson("timed", "", Sampler(sizes, MIXTURES["proportional"](sizes), budget, seed=0))
        self.steps = budget.steps
        self.settings = TuneSettings(
            rank=arguments.rank, batch_size=arguments.batch, epochs=arguments.epochs, checkpoint_steps=self.steps
        )
        self.backbone = load_backbone(TINY)

    def rows(self) -> list[tuple[Task, Example]]:
        """Every example of every step, in order."""
        slots = (slot for step in range(self.steps) for slot in self.lesson.sampler.batch(step))
        return [(self.tasks[slot.task], self.tasks[slot.task].train[slot.index]) for slot in slots]


class Clock:
    """Notes when each step was done."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()
        self.seconds: list[float] = []
        self.cpu_seconds: list[float] = []

    def note(self) -> None:
        """Remember that one more step is done."""
        self.seconds.append(time.perf_counter() - self._began[0])
        self.cpu_seconds.append(time.process_time() - self._began[1])


def by_mintune(course: Course, precision: str) -> Said:
    """As `mintune tune` trains a stretch."""
    os.environ["ACCELERATE_MIXED_PRECISION"] = PRECISIONS[precision]
    backbone = course.backbone
    attach(backbone, course.settings.rank, 0, "timed")
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        look(backbone, course.tasks.values())
        rows = Rows(backbone, course.tasks.values())
        state = untrained(backbone)
        train(
            *(backbone, rows, course.lesson, course.settings, state),
            folder=Path(folder),
            progress=lambda _done, _total, _loss: clock.note(),
        )
        losses = [statistics.fmean(row["losses"].values()) for row in Journal(Path(folder) / JOURNAL)]
    return clock.seconds, clock.cpu_seconds, losses


def by_trainer(course: Course, precision: str) -> Said:
    """As people write it: the processor in the collator, the pixels through the model, labels on the answer alone."""
    import peft

    attach(course.backbone, course.settings.rank, 0, "timed")
    first = {key: weight.detach().clone() for key, weight in adapter_weights(course.backbone, "timed").items()}
    fresh = load_backbone(TINY)
    clock = Clock()
    rank = course.settings.rank
    config = peft.LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, bias="none", target_modules=TARGETS)
    model = peft.get_peft_model(fresh.model, config)
    peft.set_peft_model_state_dict(model, first)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    if sum(weight.numel() for weight in weights) != sum(weight.numel() for weight in first.values()):
        raise SystemExit("the two ways do not train the same weights")
    peak = course.settings.rate_for(TINY)
    optimizer = torch.optim.AdamW(weights, lr=peak, betas=BETAS, weight_decay=0.0, fused=True)
    with tempfile.TemporaryDirectory() as folder:
        trainer = TaskTrainer(
            model=model,
            args=transformers.TrainingArguments(
                output_dir=folder,
                per_device_train_batch_size=course.settings.batch_size,
                max_steps=course.steps,
                max_grad_norm=CLIP_NORM,
                train_sampling_strategy="sequential",
                remove_unused_columns=False,
                logging_steps=1,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=True,
                bf16=PRECISIONS[precision] == "bf16",
            ),
            train_dataset=Listed(course.rows()),
            data_collator=collator(fresh),
            optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, course.lesson.rate)),
            callbacks=[Noting(clock)],
        )
        trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    return clock.seconds, clock.cpu_seconds, losses


WAYS: dict[str, Callable[[Course, str], Said]] = {"trainer": by_trainer, "mintune": by_mintune}
PRECISIONS = {"float32": "no", "bfloat16": "bf16"}


class Listed(torch.utils.data.Dataset[tuple[Task, Example]]):
    """Examples in the order in which they are to come."""

    def __init__(self, rows: list[tuple[Task, Example]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> tuple[Task, Example]:
        return self._rows[index]


class TaskTrainer(transformers.Trainer):
    """Trainer with mintune's loss: the mean over tasks of the mean over examples of the mean over answer tokens.

    The cross-entropy itself is taken as transformers takes it (`ForCausalLMLoss`), of all tokens in float32.
    """

    def compute_loss(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> torch.Tensor:
        """The loss of one batch; `weights` (batch,) are each example's share of it."""
        weights, labels = inputs.pop("weights"), inputs.pop("labels")
        logits = model(**inputs, use_cache=False).logits.float()
        following = torch.nn.functional.pad(labels, (0, 1), value=IGNORED)[:, 1:]
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), following.flatten(), ignore_index=IGNORED, reduction="none"
        ).view_as(following)
        return weights @ (losses.sum(dim=1) / (following != IGNORED).sum(dim=1))


class Noting(transformers.TrainerCallback):
    """Tells the clock when a step is done."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Called by the trainer."""
        self._clock.note()


def collator(backbone: Backbone) -> Callable[[list[tuple[Task, Example]]], dict[str, Any]]:
    """Makes a batch of rows: chat template and processor on the fly, padded to the longest, labels on the answers."""
    processor, tokenizer = backbone.processor, backbone.tokenizer
    header = tokenizer("<|im_start|>assistant\n")["input_ids"]
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")

    def collate(rows: list[tuple[Task, Example]]) -> dict[str, Any]:
        counts = Counter(task.name for task, _ in rows)
        texts, pictures = [], []
        for task, example in rows:
            shown = show(task, example, "both")
            pictures.extend(Image.open(io.BytesIO(one.data)).convert("RGB") for one in shown.images)
            texts.append(processor.apply_chat_template(turns(shown.images, shown.words, example.targets[0])))
        batch = processor(text=texts, images=pictures or None, padding=True, padding_side="right", return_tensors="pt")
        batch["labels"] = torch.stack([labels_of(ids, header, end) for ids in batch["input_ids"]])
        batch["weights"] = torch.tensor([1 / (len(counts) * counts[task.name]) for task, _ in rows])
        return dict(batch)

    return collate


def turns(images: Sequence[object], words: str, answer: str) -> list[dict[str, Any]]:
    question = [*({"type": "image"} for _ in images), {"type": "text", "text": words}]
    return [
        {"role": "user", "content": question},
        {"role": "assistant", "content": [{"type": "text", "text": answer}]},
    ]


def labels_of(ids: torch.Tensor, header: list[int], end: int) -> torch.Tensor:
    """The token ids behind the header of the assistant's turn up to its end, -100 elsewhere."""
    size = len(header)
    starts = (ids.unfold(0, size, 1) == torch.tensor(header)).all(dim=1).nonzero()
    begin = int(starts[-1]) + size
    stop = begin + int((ids[begin:] == end).nonzero()[0]) + 1
    labels = torch.full_like(ids, IGNORED)
    labels[begin:stop] = ids[begin:stop]
    return labels


def told(said: dict[str, list[Said]], epochs: int, batch: int) -> dict[str, Any]:
    """Samples a second over all epochs and over the last alone, and how far the curves of losses lie apart."""
    steps = len(said["mintune"][0][0])
    parts = {"whole": steps, "last_epoch": steps // epochs}
    found: dict[str, Any] = {}
    for part, last in parts.items():
        for kind, name in enumerate(("seconds", "cpu_seconds")):
            spent = {way: [spent_on(run[kind], last) for run in runs] for way, runs in said.items()}
            found[f"{part}_{name}"] = spent
            found[f"{part}_times_faster_by_{name}"] = ratio(spent["trainer"], spent["mintune"])
        found[f"{part}_samples_a_second"] = {
            way: last * batch / statistics.median(spent) for way, spent in found[f"{part}_seconds"].items()
        }
    ours, theirs = said["mintune"][0][2], said["trainer"][0][2]
    apart = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
    tail = steps // epochs
    found["losses"] = {
        "first_step": {"mintune": ours[0], "trainer": theirs[0]},
        "mean_of_last_epoch": {"mintune": statistics.fmean(ours[-tail:]), "trainer": statistics.fmean(theirs[-tail:])},
        "apart_in_the_first_ten_steps": max(apart[:10]),
        "mean_apart": statistics.fmean(apart),
        "repeats_equal_to_the_first": {way: sum(run[2] == runs[0][2] for run in runs) for way, runs in said.items()},
    }
    return found | {"runs": said}


def spent_on(after: list[float], steps: int) -> float:
    """Time of the last so many steps; of all of them, with what came before the first."""
    return after[-1] - (after[-1 - steps] if steps < len(after) else 0.0)


def ratio(slow: Sequence[float], fast: Sequence[float]) -> dict[str, float]:
    """How often the fast way fits into the slow one, repeat by repeat."""
    times = [a / b for a, b in zip(slow, fast, strict=True)]
    return {"median": statistics.median(times), "low": min(times), "high": max(times)}


if __name__ == "__main__":
    main()
