import datetime as dt

from streams.demo.inbox import Letter, Message
from streams.demo.scene import Scene

NOW = dt.datetime(2026, 3, 6, 10, 0, tzinfo=dt.UTC)


def letter(number: int, notification: str | None = None) -> Letter:
    message = Message(
        id=f"m{number}",
        channel="email",
        shop="modrzewnia",
        to="customer-1@example.com",
        sender="",
        subject="Subject",
        preview="",
        at=NOW,
        notification_id=notification,
    )
    return Letter(message, "<p></p>", "", ())


def outcome(notification: str, **fields: str) -> dict[str, str]:
    return {
        "notification_id": notification,
        "outcome": "sent",
        "order_id": "modrzewnia:1",
        "kind": "shipped",
        **fields,
    }


def test_a_mail_learns_its_kind_whether_mail_or_outcome_comes_first():
    scene = Scene(seed=1)
    scene.receive(letter(1, "n-1"))
    scene.add_outcome(outcome("n-1"))
    scene.add_outcome(outcome("n-2"))
    scene.receive(letter(2, "n-2"))
    assert [message.kind for message in scene.messages.values()] == ["shipped", "shipped"]
    assert scene.messages["m1"].order_id == "modrzewnia:1"


def test_figures_count_what_was_told_by_kind_and_held_back_by_reason():
    scene = Scene(seed=1)
    scene.receive(letter(1))
    scene.add_outcome(outcome("n-1"))
    scene.add_outcome(outcome("n-2", outcome="suppressed", reason="preference"))
    scene.add_dead_letter({"reason": "not_json"})
    scene.set_figures({"events": 12})
    assert scene.figures["sent"] == {"shipped": 1}
    assert scene.figures["held"] == {"preference": 1}
    assert (scene.figures["mails"], scene.figures["dead_letters"], scene.figures["events"]) == (1, 1, 12)


def test_an_endless_demo_stays_bounded():
    scene = Scene(seed=1)
    for number in range(1000):
        scene.receive(letter(number))
        scene.add_timeline(f"modrzewnia:{number}", {"state": "placed"})
    assert len(scene.messages) == len(scene.letters) == len(scene.timelines) == 400
    assert scene.totals["email"] == 1000


async def test_a_page_hears_every_change_and_one_that_sleeps_must_start_over():
    scene = Scene(seed=1)
    with scene.changes() as following:
        scene.receive(letter(1))
        assert await following() == ("message", scene.messages["m1"])
        for _ in range(1001):
            scene.add_ticket({"ticket_id": "t"})
        heard = [await following() for _ in range(1001)]
        assert heard[-1] is None


def test_the_sellers_page_finds_an_order_by_its_number_in_its_own_shop_only():
    scene = Scene(seed=1)
    scene.add_timeline("modrzewnia:1", {"shop": "modrzewnia", "number": "M-1", "state": "placed"})
    assert scene.find("modrzewnia", "M-1") is not None
    assert scene.find("modrzewnia", "modrzewnia:1") is not None
    assert scene.find("fernwhistle", "M-1") is None
    assert [listed.order_id for listed in scene.search("M-1")] == ["modrzewnia:1"]
