"""What the frozen vision tower makes of each picture, computed once and shared by every view, question and epoch.

Adapters touch language modules only, so the features of a picture never change while a backbone is loaded. They stay in
memory up to a bound; beyond it, or where a folder is given, they lie in one file that is mapped into memory.
Knows pictures and towers; neither prompts nor answers.
"""

from __future__ import annotations

import io
import itertools
import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from mintune.errors import BackboneError, DataError
from mintune.run import Journal

if TYPE_CHECKING:
    from torch import Tensor

    from mintune.records import Picture

MEMORY_BYTES = 1 << 30
ALIGNMENT = 16
WINDOW = 64
"""Pictures prepared at once, cut in the order of asking, so that an interrupted run computes the same batches."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a picture stands in a prompt: the tokens it expands to, and its patches (t, h, w) where a model has them."""

    token_ids: tuple[int, ...]
    grid: tuple[int, ...] | None


class VisionStore:
    """Features of pictures by sha256, for one model and one processor."""

    def __init__(
        self, model: Any, processor: Any, *, folder: Path | None = None, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._model = model
        self._processor = processor
        self._memory_bytes = memory_bytes
        self._in_memory: dict[str, Tensor] = {}
        self._held_bytes = 0
        self._sights: dict[str, Sight] = {}
        self._ids_by_size: dict[tuple[int, int], tuple[int, ...]] = {}
        self._file: FeatureFile | None = None
        self.num_computed = 0
        if folder is not None:
            self._file = FeatureFile(folder, model.dtype)
            self._sights.update(self._file.sights)

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._sights

    def look(self, pictures: Iterable[Picture]) -> None:
        """Make sure that the features of all these pictures are there; those that are not are computed in batches.

        DataError names a picture that cannot be decoded.
        """
        missing = {picture.sha256: picture for picture in pictures if picture.sha256 not in self._sights}
        with torch.inference_mode(False), torch.no_grad():  # tensors of inference mode could not be trained on
            for window in _windows(missing.values(), WINDOW):
                self._keep(self._compute(window))

    def sight(self, sha256: str) -> Sight:
        """How a picture that was looked at stands in a prompt."""
        return self._sights[sha256]

    def features(self, sha256: str) -> Tensor:
        """Features (num_tokens, hidden) of a picture that was looked at, on the model's device."""
        found = self._in_memory.get(sha256)
        if found is None:
            assert self._file is not None
            found = self._file.read(sha256)
        return found.to(self._model.device)

    def _keep(self, computed: list[tuple[str, Sight, Tensor]]) -> None:
        size = sum(features.nbytes for _, _, features in computed)
        if self._file is None and size + self._held_bytes > self._memory_bytes:
            folder = tempfile.mkdtemp(prefix="mintune-features-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._file = FeatureFile(Path(folder), self._model.dtype)
        if self._file is not None:
            self._file.append(computed)
        else:
            self._in_memory.update({sha256: features for sha256, _, features in computed})
            self._held_bytes += size
        self._sights.update({sha256: sight for sha256, sight, _ in computed})
        self.num_computed += len(computed)

    def _compute(self, pictures: Sequence[Picture]) -> list[tuple[str, Sight, Tensor]]:
        """Prepare each picture by itself, then run the tower over all that have the same shapes at once."""
        prepared = [self._prepare(picture) for picture in pictures]
        groups: dict[object, list[int]] = {}
        for index, (_, inputs) in enumerate(prepared):
            groups.setdefault(tuple((name, value.shape) for name, value in sorted(inputs.items())), []).append(index)
        features: dict[int, Tensor] = {}
        for members in groups.values():
            batch = {name: torch.cat([prepared[i][1][name] for i in members]) for name in prepared[members[0]][1]}
            features.update(zip(members, self._run_tower(batch, len(members)), strict=True))
        return [(picture.sha256, prepared[i][0], features[i]) for i, picture in enumerate(pictures)]

    def _prepare(self, picture: Picture) -> tuple[Sight, dict[str, Tensor]]:
        """One picture's tokens and the tower's inputs, each with one leading row (or block of rows) a picture."""
        image = decode(picture)
        try:
            out = self._processor.image_processor(images=[image], return_tensors="pt")
            token_ids = self._token_ids(image)
        except ValueError as error:  # an aspect ratio or size that this model's picture processing refuses
            raise DataError(f"picture {picture.sha256[:12]}… ({image.width} x {image.height} px): {error}") from error
        inputs = {name: out[name] for name in self._processor.image_processor.model_input_names if name in out}
        grid = inputs.get("image_grid_thw")
        return Sight(token_ids, tuple(grid[0].tolist()) if grid is not None else None), inputs

    def _token_ids(self, image: Image.Image) -> tuple[int, ...]:
        """What the processor writes for a picture; that is the same for all pictures of one size."""
        if image.size not in self._ids_by_size:
            text = [self._processor.image_token]
            out = self._processor(text=text, images=[[image]], return_tensors="pt", add_special_tokens=False)
            self._ids_by_size[image.size] = tuple(out["input_ids"][0].tolist())
        return self._ids_by_size[image.size]

    def _run_tower(self, inputs: dict[str, Tensor], num_pictures: int) -> list[Tensor]:
        device = self._model.device
        inputs = {name: value.to(device) for name, value in inputs.items()}
        out = self._model.get_image_features(**inputs, return_dict=True)
        if getattr(out, "deepstack_features", None) is not None:
            raise BackboneError(
                f"backbone: {type(self._model).__name__} feeds pictures into several layers; unsupported"
            )
        pooled = out.pooler_output if isinstance(out.pooler_output, (list, tuple)) else list(out.pooler_output)
        if len(pooled) != num_pictures:
            raise BackboneError(
                f"backbone: {type(self._model).__name__} saw {len(pooled)} pictures where {num_pictures} were shown"
            )
        return [features.reshape(-1, features.shape[-1]).cpu().clone() for features in pooled]


class FeatureFile:
    """Features on disk: `features.bin` holds the numbers, `features.jsonl` says where each picture's begin.

    Appended to by one process at a time, one row a window of pictures: a kill leaves a window whole or not at all.
    """

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        self._journal = Journal(folder / "features.jsonl")
        self._path = folder / "features.bin"
        self._dtype = dtype
        self._places: dict[str, tuple[int, tuple[int, ...]]] = {}
        self._map: np.memmap[Any, np.dtype[np.uint8]] | None = None
        self.sights: dict[str, Sight] = {}
        for row in self._journal:
            for sha256, offset, shape, token_ids, grid in row["pictures"]:
                self._places[sha256] = (offset, tuple(shape))
                self.sights[sha256] = Sight(tuple(token_ids), tuple(grid) if grid else None)

    def append(self, computed: list[tuple[str, Sight, Tensor]]) -> None:
        """Write a window's features; they count as written once their row is in the journal."""
        rows = []
        with self._path.open("ab") as out:
            for sha256, sight, features in computed:
                out.write(bytes(-out.tell() % ALIGNMENT))  # a kill may have left any number of bytes
                rows.append((sha256, out.tell(), tuple(features.shape), sight.token_ids, sight.grid))
                out.write(features.contiguous().view(torch.uint8).numpy().tobytes())
            out.flush()
            os.fsync(out.fileno())
        self._journal.append([{"pictures": rows}])
        self._places.update({sha256: (offset, shape) for sha256, offset, shape, _, _ in rows})
        self._map = None

    def read(self, sha256: str) -> Tensor:
        """Features (num_tokens, hidden) of a picture, mapped and not copied."""
        offset, shape = self._places[sha256]
        if self._map is None:
            self._map = np.memmap(self._path, dtype=np.uint8, mode="c")
        size = int(np.prod(shape)) * self._dtype.itemsize
        return torch.from_numpy(np.asarray(self._map)[offset : offset + size]).view(self._dtype).reshape(shape)


def decode(picture: Picture) -> Image.Image:
    """The picture as RGB, transparent parts on white. DataError where its bytes are no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # size was checked where data is read
            with Image.open(io.BytesIO(picture.data)) as image:
                if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                    clear = image.convert("RGBA")
                    return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
                return image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"picture {picture.sha256[:12]}… cannot be decoded: {error}") from error


def _windows(pictures: Iterable[Picture], size: int) -> Iterator[tuple[Picture, ...]]:
    rest = iter(pictures)
    while window := tuple(itertools.islice(rest, size)):
        yield window
