"""The list of families. A family is a kind of task; a structure is one combination of its parts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import product
from typing import Callable

from program import Program
from stream import Stream

HELD_OUT_SHARE = 0.2


@dataclass(frozen=True)
class Family:
    name: str
    structures: tuple[str, ...]  # parts joined by dots, e.g. "sum.square.even"
    build: Callable[[tuple[str, ...], Stream], tuple[str, Program]]  # parts -> (description, program)
    in_base: bool  # whether the base is trained on it

    def select(self, held_out: bool) -> tuple[str, ...]:
        return tuple(s for s in self.structures if is_held_out(self.name, s) == held_out)


FAMILIES: dict[str, Family] = {}


def family(name: str, *parts, in_base: bool = False, skip: Callable[..., bool] = lambda *_: False):
    """Registers `build` for every combination of one entry of each of `parts` that `skip` does not refuse."""

    def register(build):
        structures = tuple(".".join(c) for c in product(*parts) if not skip(*c))
        FAMILIES[name] = Family(name, structures, build, in_base)
        return build

    return register


def is_held_out(name: str, structure: str) -> bool:
    """Whether no training task, of the experts or of the base, may have this structure."""
    digest = hashlib.sha256(f"split|{name}|{structure}".encode()).digest()
    return int.from_bytes(digest, "big") < HELD_OUT_SHARE * 2**256
