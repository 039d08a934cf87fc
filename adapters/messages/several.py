"""One message about several orders: under one subject, each order's own words, one after another.

A single order's message passes through here as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, cast

import jinja2

from adapters.formats import Formats
from adapters.messages.output import one_stop
from adapters.messages.parts import Parcel

Words = dict[str, object]


class Shared:
    """What is said of all the orders at once; `orders`: what the template of each may speak of."""

    def __init__(
        self, template: jinja2.Template, kind: str, orders: Sequence[Words], formats: Formats
    ) -> None:
        self._said: Any = template.environment.get_template("together.j2").module
        self._kind, self._orders = kind, orders
        self._numbers = formats.all_of([str(each["number"]) for each in orders])

    def words(self) -> Words:
        """The first order's, with what names it alone replaced. Each order has its preview line already."""
        return self._orders[0] | {
            "number": self._numbers,
            "several": self._numbers,
            "stem": _line(self._said.stem(self._numbers)),
            "title": _line(self._said.title(self._kind, self._parcels(), self._in_part(), self._same_day())),
            "preheader": " ".join(f"{each['stem']}: {each['preheader']}" for each in self._orders),
        }

    def sms(self) -> str:
        """In as few words as for one order."""
        first = self._orders[0]
        text = self._said.sms(self._kind, self._numbers, self._expected(), first["brand"], first["mailed"])
        return _line(text)

    def _parcels(self) -> int:
        return sum(max(1, cast("int", each["parcel_count"])) for each in self._orders)

    def _in_part(self) -> bool:
        return not all(each["whole_order"] for each in self._orders)

    def _same_day(self) -> bool:
        return all(each["same_day"] for each in self._orders)

    def _expected(self) -> object:
        """The date that holds for all; of parcels at the door with the hours, as carriers say them."""
        dates = {
            _at_the_door(each) if self._kind == "out_for_delivery" else each["expected"]
            for each in self._orders
        }
        return dates.pop() if len(dates) == 1 else None


def _at_the_door(order: Words) -> object:
    parcels = cast("tuple[Parcel, ...]", order["parcels"])
    return parcels[0].expected if len(parcels) == 1 else None


def _line(text: object) -> str:
    return one_stop(" ".join(str(text).split()))


def rendered(template: jinja2.Template, words: Words, orders: Sequence[Words]) -> Iterable[str]:
    """The template's output, with the body once for each order where there are several."""
    context = template.new_context(words)
    if len(orders) > 1:
        context.blocks["body"] = [partial(_bodies, template, orders)]
    return template.root_render_func(context)


def _bodies(template: jinja2.Template, orders: Sequence[Words], _: jinja2.runtime.Context) -> Iterator[str]:
    parts: Any = template.environment.globals["ui"]
    for order in orders:
        yield parts.heading(order["stem"])
        yield "\n"
        yield from template.blocks["body"](template.new_context(order))
