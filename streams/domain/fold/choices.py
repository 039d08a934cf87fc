"""What the customer chose, and what that makes of the order."""

from collections.abc import Collection, Iterator

from streams.domain import naming, states
from streams.domain.fold.views import ARRIVED, Chosen, OrderView, Parcel, Seen
from streams.domain.values import Alternative, Line

ALTERNATIVE = "alternative:"
_AGAIN = 3  # a message that was taken back in time has a new name when it is raised anew


def chose(view: OrderView, seen: Seen) -> None:
    """The lines it is about, by their ids or by the message that asked."""
    about, choice = _about(view, seen.data.about), seen.data.choice
    lines, done = about or (), about is not None or choice in ARRIVED
    if view.closed is not None and choice not in ARRIVED:
        done = False  # there is nothing left to choose
    elif choice == "refund":
        _give_up(view, seen, lines)
    elif choice == "received":
        _owe_no_more(view, {line for line in lines if line not in view.cancelled_lines})
    elif lines and choice not in ARRIVED:
        done = _take_back(view, lines)
    if done and choice == "wait":
        view.lines.update({line: view.exchanged.pop(line) for line in lines if line in view.exchanged})
    elif done and choice.startswith(ALTERNATIVE):
        done = _exchange(view, choice.removeprefix(ALTERNATIVE), lines)
    view.chosen.append(Chosen(seen, lines, done))


def _take_back(view: OrderView, lines: tuple[str, ...]) -> bool:
    """Who wants the goods after all wants no money back; whether any of them can still be had."""
    given_up = {line: said for line in lines if (said := view.cancelled_lines.get(line))}
    undone = {line: said for line, said in given_up.items() if _can_be_undone(view, said)}
    for line in undone:
        del view.cancelled_lines[line]
    _owe_no_more(view, {line for line in lines if line in undone or line not in given_up})
    if undone and view.cancelled is not None and view.cancelled.fact.type == "customer.choice":
        view.cancelled = None
    return len(given_up) - len(undone) < len(lines)


def _owe_no_more(view: OrderView, lines: Collection[str]) -> None:
    """Who has the goods, or wants them after all, is not owed their price."""
    left = ((owed.seen, tuple(line for line in owed.lines if line not in lines)) for owed in view.owed)
    view.owed = [Chosen(seen, rest) for seen, rest in left if rest]


def _can_be_undone(view: OrderView, said: Seen) -> bool:
    """Only what the customer chose, and what the shop has not done already."""
    return said.fact.type == "customer.choice" and all(back.time < said.time for back in view.refunds)


def _give_up(view: OrderView, seen: Seen, lines: tuple[str, ...]) -> None:
    """What has arrived isn't given up but returned; the money for what was missed is owed all the same."""
    here = {line for p in view.parcels.values() if p.state == states.DELIVERED for line in _lines(view, p)}
    gone = [line for line in lines if line not in here and line not in view.cancelled_lines]
    view.cancelled_lines.update(dict.fromkeys(gone, seen))
    missed = _missed(view).difference(*(owed.lines for owed in view.owed))
    owed = tuple(line for line in lines if line in gone or line in missed)
    if owed:
        view.owed.append(Chosen(seen, owed))
    if gone and view.cancelled is None and view.lines.keys() <= view.cancelled_lines.keys():
        view.cancelled = seen


def _missed(view: OrderView) -> set[str]:
    """Lines of which the customer said last that they are not there."""
    missed: set[str] = set()
    for chosen in view.chosen:
        if chosen.seen.data.choice == "not_received":
            missed.update(chosen.lines)
        elif chosen.seen.data.choice == "received":
            missed.difference_update(chosen.lines)
    return missed


def _exchange(view: OrderView, sku: str, lines: tuple[str, ...]) -> bool:
    """Only for what was offered, and for what could not be had; whether it was."""
    found = False
    for asked in _out_of_stock(view):
        offers: tuple[Alternative, ...] = asked.data.alternatives or ()
        offer = next((each for each in offers if each.sku == sku), None)
        if offer is None:
            continue
        for name in set(lines) & set(asked.data.line_ids) & view.lines.keys():
            view.exchanged.setdefault(name, view.lines[name])
            view.lines[name] = Line(
                name, sku, offer.title, view.lines[name].quantity, offer.unit_price, offer.image_url
            )
            found = True
    return found


def _about(view: OrderView, about: str | tuple[str, ...]) -> tuple[str, ...] | None:
    """None where nobody asked that; no lines where it was asked of a parcel that may hold anything."""
    if not isinstance(about, str):
        return tuple(line for line in about if line in view.lines) or None
    if about in view.lines:
        return (about,)
    order = view.order_id
    for slot, cause, kind, lines in _questions(view):
        names = (naming.notification(order, slot, cause, kind, n) for n in range(1, _AGAIN + 1))
        if about in names:
            return tuple(line for line in lines if line in view.lines)
    return None


def _questions(view: OrderView) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """The messages that a customer may answer: slot, cause, kind, and the lines each is about."""
    for seen in _out_of_stock(view):
        for cause in (seen.id, f"timer:stock_again:{seen.id}"):
            yield f"stock:{seen.id}", cause, "out_of_stock_choice", seen.data.line_ids
    for parcel in view.parcels.values():
        lines = _lines(view, parcel)
        for cause in (step.id for step in parcel.steps):
            yield "delivered", cause, "delivered", lines
        for name in sorted(parcel.names):  # what it was called when the customer was asked
            yield f"silent:{name}", f"timer:silent:{name}", "parcel_problem", lines
            for cause in (step.id for step in parcel.steps):
                yield f"problem:{name}", cause, "parcel_problem", lines
            yield f"check:{name}", f"timer:check:{name}", "delivery_check", lines
    yield "delivery_limit", "timer:delivery_limit", "delivery_limit", tuple(view.lines)


def _out_of_stock(view: OrderView) -> list[Seen]:
    return [seen for seen in view.seen if seen.fact.type == "supplier.out_of_stock"]


def _lines(view: OrderView, parcel: Parcel) -> tuple[str, ...]:
    """What is in the parcel as far as anybody has said by now; an only parcel holds everything."""
    if parcel.lines is not None:
        return tuple(parcel.lines)
    supplier = view.suppliers.get(parcel.supplier_order or "")
    if supplier is not None and supplier.line_ids:
        return supplier.line_ids
    return tuple(view.lines) if len(view.parcels) == 1 else ()
