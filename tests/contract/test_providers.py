"""What every provider promises, the fakes included: one suite, one rig each."""

import asyncio
import traceback

import pytest

from adapters.registry import MAIL, SMS
from streams.domain.ports import SendError
from tests.contract.rigs import BREAKABLE, READABLE, RIGS

FAILURES = {"refuse": (True, False), "stall": (False, False), "lose_answer": (False, True)}


@pytest.fixture(params=list(RIGS))
async def rig(request, tmp_path):
    async with RIGS[request.param](tmp_path) as made:
        yield made
        await made.provider.close()
        await asyncio.sleep(0.01)


readable = pytest.mark.parametrize("rig", READABLE, indirect=True)
breakable = pytest.mark.parametrize("rig", BREAKABLE, indirect=True)


def yes():
    return True


def test_every_provider_has_a_rig():
    assert {f"mail {name}" for name in MAIL} | {f"sms {name}" for name in SMS} == set(RIGS)


@readable
async def test_a_message_arrives_once_and_whole(rig):
    await rig.provider.send(rig.message("m1"), yes)
    [(recipient, content)] = rig.taken()
    assert recipient == rig.message().recipient
    assert "Body of m1." in content


async def test_without_leave_nothing_is_sent(rig):
    with pytest.raises(SendError, match=r"^lease_over$") as caught:
        await rig.provider.send(rig.message(), lambda: False)
    assert (caught.value.permanent, caught.value.in_doubt) == (False, False)
    assert rig.taken() == []


async def test_leave_is_asked_once_and_before_the_message_is_out(rig):
    seen = []

    def may_start():
        seen.append(len(rig.taken()))
        return True

    await rig.provider.send(rig.message(), may_start)
    assert seen == [0]


@readable
async def test_many_at_once_all_arrive(rig):
    await asyncio.gather(*(rig.provider.send(rig.message(f"m{n}"), yes) for n in range(20)))
    assert len(rig.taken()) == 20


@readable
async def test_a_repeat_is_sent_once_by_those_who_say_so(rig):
    await rig.provider.send(rig.message("m1"), yes)
    await rig.provider.send(rig.message("m1"), yes)
    assert len(rig.taken()) == (1 if rig.provider.repeats_safely else 2)


@breakable
@pytest.mark.parametrize("how", FAILURES)
async def test_a_failure_says_what_to_do_next(rig, how):
    getattr(rig, how)()
    with pytest.raises(SendError) as caught:
        await rig.provider.send(rig.message(), yes)
    assert (caught.value.permanent, caught.value.in_doubt) == FAILURES[how]
    assert caught.value.reason


@breakable
@pytest.mark.parametrize("how", FAILURES)
async def test_the_next_message_goes_out_after_a_failure(rig, how):
    getattr(rig, how)()
    with pytest.raises(SendError):
        await rig.provider.send(rig.message("m1"), yes)
    rig.recover()
    await rig.provider.send(rig.message("m2"), yes)
    assert "Body of m2." in rig.taken()[-1][1]


@breakable
@pytest.mark.parametrize("how", FAILURES)
async def test_no_error_shows_a_secret_or_an_address(rig, how):
    getattr(rig, how)()
    with pytest.raises(SendError) as caught:
        await rig.provider.send(rig.message(), yes)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    for secret in (*rig.secrets, "anna", "48600000000", "Body of"):
        assert secret not in shown


@breakable
async def test_what_was_lost_is_taken_once_by_those_who_say_so(rig):
    rig.lose_answer()
    with pytest.raises(SendError):
        await rig.provider.send(rig.message(), yes)
    rig.recover()
    await rig.provider.send(rig.message(), yes)
    assert len(rig.taken()) == (1 if rig.provider.repeats_safely else 2)


async def test_check_sends_nothing(rig):
    await rig.provider.check()
    assert rig.taken() == []


async def test_closing_twice_does_no_harm(rig):
    await rig.provider.send(rig.message(), yes)
    await rig.provider.close()
    await rig.provider.close()


async def test_a_provider_has_the_name_it_was_given(rig):
    assert rig.provider.name == "main"
