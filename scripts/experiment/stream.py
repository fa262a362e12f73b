"""A seeded stream of choices, the same in every Python 3.

Only `Random.random()` is used: it is the one method whose sequence Python promises to keep.
"""

import random


class Stream:
    def __init__(self, *key) -> None:
        self._random = random.Random("|".join(map(str, key)))

    def below(self, n: int) -> int:
        return int(self._random.random() * n)

    def pick(self, items):
        return items[self.below(len(items))]

    def weighted(self, items, weights):
        mark = self._random.random() * sum(weights)
        for item, weight in zip(items, weights):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def several(self, items, n: int) -> list:
        """n different items, in random order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(n)]

    def shuffled(self, items) -> list:
        return self.several(items, len(items))
