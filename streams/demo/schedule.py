"""Which story is told when: endless, varied, and the same for the same seed."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from streams.demo.shops import SHOPS, Shop
from streams.demo.stories import STORIES, Story
from streams.demo.tale import Beat, Tale, draw_sample

Thing = TypeVar("Thing")
_OPENING = 3  # stories told at once, so that the page isn't empty for a minute
_GAP = (1.6, 4.2)  # seconds between two orders after that


@dataclass(frozen=True)
class Told:
    """One story about one order, ready to be played from `start` (seconds of the demo) on."""

    start: float
    order_id: str
    number: str
    shop: str
    story: Story
    beats: tuple[Beat, ...]
    tale: Tale = field(compare=False, repr=False)


class Schedule:
    """Draws stories by weight. `begun`: the instant that second 0 stands for."""

    def __init__(self, seed: int, begun: dt.datetime) -> None:
        self._random = Random(seed)  # noqa: S311 - sample orders, no secret
        self._begun = begun
        self._serial = 1000 + self._random.randrange(9) * 1000

    def __iter__(self) -> Iterator[Told]:
        """Endless; `start` never falls. The opening tells every shop's first order."""
        for place, shop in enumerate(self._shuffled(SHOPS)[:_OPENING]):
            yield self.tell(self._story(), shop, 0.4 * place)
        start = 1.0
        while True:
            for story in self._shuffled(self._round()):
                start += self._random.uniform(*_GAP)
                yield self.tell(story, self._random.choice(SHOPS), start)

    def tell(self, story: Story, shop: Shop, start: float) -> Told:
        """One new order of this shop, with this story, beginning at second `start`."""
        self._serial += 1
        sample = draw_sample(self._random, shop, self._serial, lines=story.lines)
        tale = Tale(sample, self._begun + dt.timedelta(seconds=start), self._random)
        story.tell(tale)
        return Told(start, sample.order_id, sample.number, shop.brand.id, story, tale.in_order(), tale)

    def _story(self) -> Story:
        return self._random.choices(STORIES, [story.weight for story in STORIES])[0]

    def _round(self) -> list[Story]:
        """Each story as often as it weighs, so that even the rare ones come within a few minutes."""
        return [story for story in STORIES for _ in range(story.weight)]

    def _shuffled(self, things: Sequence[Thing]) -> list[Thing]:
        return self._random.sample(things, len(things))
