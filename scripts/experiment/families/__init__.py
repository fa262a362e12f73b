"""The 19 families of tasks."""

from . import arrays, functions, numbers, ranges, words  # noqa: F401  (they register their families)
from .registry import FAMILIES, Family, is_held_out

__all__ = ["FAMILIES", "Family", "is_held_out"]
