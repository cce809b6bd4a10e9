"""Some examples of a split in place of all, without reading them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from mintune.records import Example


class Chosen(Sequence["Example"]):
    """Some examples of a split, read when they are asked for."""

    def __init__(self, split: Sequence[Example], indices: Sequence[int]) -> None:
        self._split = split
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> Chosen: ...
    def __getitem__(self, index: int | slice) -> Example | Chosen:
        if isinstance(index, slice):
            return Chosen(self._split, self._indices[index])
        return self._split[self._indices[index]]
