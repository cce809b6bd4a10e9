"""The built-in world: forty tasks whose interaction of image and text is known by construction (see docs/world.md)."""

from mintune.tasks.world.build import build_world

__all__ = ["build_world"]
