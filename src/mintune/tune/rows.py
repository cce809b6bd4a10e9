"""From the sampler's slots to the batch that the model learns from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mintune.errors import TrainingError
from mintune.models.showing import Shown, show
from mintune.tasks.outlines import first_shown
from mintune.tune.sampler import Slot, generator
from mintune.tune.sights import Row, Sight

if TYPE_CHECKING:
    from mintune.models.backbone import Backbone
    from mintune.models.encoding import Batch, Encoded
    from mintune.records import Example, Hiding, Task, View
    from mintune.tune.objectives.interaction import Interaction

ViewOf = Callable[[Slot], "View"]

MOST_KEPT = 100_000
"""Encoded examples kept in memory. Every epoch passes over all of them, so the first that come stay: replacing the
oldest would throw each away just before it is needed again."""

PICTURES_AT_ONCE = 1024
"""Pictures read before their features are computed; a multiple of the window in which those are computed."""

PIECE_TOKENS = 128
"""What one more pass through the model costs, in tokens that could be padded instead."""


def both(_slot: Slot) -> View:
    """Every example is shown whole."""
    return "both"


class Rows:
    """Training examples as the model sees them, each encoded once a view and then kept.

    `view_of` says under which view a slot is shown; `hiding` what stands in place of what the view hides.
    `interaction` draws what stands beside an example; None: nothing does.
    """

    def __init__(
        self,
        backbone: Backbone,
        tasks: Iterable[Task],
        *,
        view_of: ViewOf = both,
        hiding: Hiding = "drop",
        seed: int = 0,
        interaction: Interaction | None = None,
    ) -> None:
        from mintune.models.encoding import Encoder

        self._backbone = backbone
        self._encoder = Encoder(backbone)
        self._tasks = {task.name: task for task in tasks}
        self._view_of = view_of
        self._hiding: Hiding = hiding
        self._seed = seed
        self.interaction = interaction
        self._kept: dict[Sight, Encoded] = {}
        self._most_tokens: int | None = None
        self._newest_piece: list[int] = []

    def of(self, slots: Sequence[Slot]) -> list[Row]:
        """The example of each slot, then what stands beside some of them."""
        rows = [Row(self._sight(slot)) for slot in slots]
        if self.interaction is None:
            return rows
        return rows + [row for row in map(self.interaction.beside, slots) if row is not None]

    def batches(self, rows: Sequence[Row]) -> Iterator[tuple[list[Row], Batch]]:
        """These rows, each with the example's first target as the answer, in pieces of similar length."""
        sights = [row.sight for row in rows]
        new = [sight for sight in dict.fromkeys(sights) if sight not in self._kept]
        encoded = dict(zip(new, self._encode(new), strict=True))
        ready = [encoded[sight] if sight in encoded else self._kept[sight] for sight in sights]
        # What is swapped is drawn anew in every pass and seldom comes again.
        kept = ((sight, one) for sight, one in encoded.items() if sight.partner is None or self._hiding == "shuffle")
        self._kept.update(itertools.islice(kept, max(0, MOST_KEPT - len(self._kept))))
        lengths = [len(one) for one in ready]
        for piece in split_by_length(lengths, most_tokens=self._most_tokens):
            self._newest_piece = [lengths[index] for index in piece]
            yield [rows[index] for index in piece], self._encoder.collate([ready[index] for index in piece])

    def shrink(self) -> None:
        """Make pieces of at most half as many padded tokens as the newest has from now on, since it was too large.

        TrainingError where the newest piece is a single example.
        """
        lengths = self._newest_piece
        if len(lengths) < 2:
            raise TrainingError(
                f"memory ran out on a single example of {max(lengths, default=0)} tokens; lower tune.rank, or how many "
                "tokens a picture takes (max_pixels of the backbone's picture processing), or free some memory"
            )
        self._most_tokens = len(lengths) * max(lengths) // 2

    def _sight(self, slot: Slot) -> Sight:
        view, size = self._view_of(slot), len(self._tasks[slot.task].train)
        if view == "both":
            return Sight(slot.task, slot.index)
        if self._hiding != "shuffle" or size == 1:
            return Sight(slot.task, slot.index, view, self._hiding)
        step = int(generator(self._seed, "partner", slot.task, slot.index).integers(1, size))
        return Sight(slot.task, slot.index, view, "shuffle", (slot.index + step) % size)

    def _encode(self, sights: Sequence[Sight]) -> list[Encoded]:
        examples = [self._tasks[sight.task].train[sight.index] for sight in sights]
        shown = [self._show(sight, example) for sight, example in zip(sights, examples, strict=True)]
        return self._encoder.with_answers(shown, [example.targets[0] for example in examples])

    def _show(self, sight: Sight, example: Example) -> Shown:
        task = self._tasks[sight.task]
        partner = None if sight.partner is None else task.train[sight.partner]
        return show(task, example, sight.view, hiding=sight.hiding, partner=partner)


def split_by_length(lengths: Sequence[int], *, most_tokens: int | None = None) -> list[list[int]]:
    """Split rows into pieces, each padded to its longest row, so that all pieces together cost least.

    A piece costs its padded tokens and PIECE_TOKENS. It has at most `most_tokens` padded tokens, or a single row; None:
    no limit. Returns the indices of each piece, shortest rows first; one long row among short ones is then a piece of
    its own, and does not make all of them long.
    """
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    best: list[tuple[int, int]] = [(0, 0)]  # cost of the first so many rows, and where their last piece begins
    for end in range(1, len(order) + 1):
        longest = lengths[order[end - 1]]
        fewest = 0 if most_tokens is None else min(end - 1, max(0, end - most_tokens // longest))
        costs = ((best[begin][0] + (end - begin) * longest + PIECE_TOKENS, begin) for begin in range(fewest, end))
        best.append(min(costs))
    pieces = []
    end = len(order)
    while end > 0:
        begin = best[end][1]
        pieces.append(order[begin:end])
        end = begin
    return pieces[::-1]


def look(backbone: Backbone, tasks: Iterable[Task]) -> None:
    """Compute the features of all training pictures of the tasks, always in the same order; known ones are not read.

    The last bits of a picture's features can depend on the pictures computed with it, and a resumed run would compute
    others together if they were computed as training asks for them.
    """
    missing: dict[str, tuple[Sequence[Example], int]] = {}
    for task in tasks:
        for sha256, index in first_shown(task.train):
            if sha256 not in backbone.vision:
                missing.setdefault(sha256, (task.train, index))
    pictures = (
        next(picture for picture in split[index].images if picture.sha256 == sha256)
        for sha256, (split, index) in missing.items()
    )
    while some := list(itertools.islice(pictures, PICTURES_AT_ONCE)):
        backbone.vision.look(some)
