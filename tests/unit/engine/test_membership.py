"""A process that its group has forgotten would stay up and fold nothing."""

from types import SimpleNamespace
from typing import Any

import pytest

from streams.engine.membership import Membership


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def membership(clock: list[float]) -> Membership:
    return Membership(60, lambda: clock[0])


def coordinator(generation: int = 1, known: int | None = 2, *, ended: bool = False) -> Any:
    task = SimpleNamespace(done=lambda: ended)
    return SimpleNamespace(generation=generation, coordinator_id=known, _coordination_task=task)


def test_a_member_that_the_group_forgot_is_lost_after_a_while(membership: Membership, clock: list[float]):
    membership.look(coordinator(-1))
    clock[0] = 59
    assert not membership.lost, "a rebalance takes its time"
    clock[0] = 61
    assert membership.lost


def test_one_that_came_back_is_not(membership: Membership, clock: list[float]):
    membership.look(coordinator(-1))
    membership.look(coordinator(4))
    clock[0] = 100
    assert not membership.lost


def test_while_no_broker_answers_nobody_is_lost(membership: Membership, clock: list[float]):
    membership.look(coordinator(-1, None))
    clock[0] = 100
    assert not membership.lost


def test_a_client_that_gave_up_keeping_its_membership_is_lost(membership: Membership, clock: list[float]):
    membership.look(coordinator(7, ended=True))
    clock[0] = 100
    assert membership.lost
