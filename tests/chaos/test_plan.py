from random import Random

import pytest

from tests.chaos.broker_faults import BROKERS, DISKS
from tests.chaos.faults import MAIL, WORKERS
from tests.chaos.plan import LONG, ONE_BROKER, plan

KINDS = WORKERS | MAIL | BROKERS


def test_each_kind_comes_in_its_turn():
    planned = plan(Random(1), 2 * len(KINDS), 100, brokers=3)
    first, second = planned[: len(KINDS)], planned[len(KINDS) :]
    assert {each.name for each in first} == {each.name for each in second} == set(KINDS)
    assert [each.name for each in first] != [each.name for each in second]


def test_a_seed_says_all():
    assert plan(Random(7), 50, 100, brokers=3) == plan(Random(7), 50, 100, brokers=3)


@pytest.mark.parametrize("number", [10, 200])
def test_there_are_as_many_as_asked_for_and_all_begin_in_time(number: int):
    planned = plan(Random(1), number, LONG, brokers=3)
    assert len(planned) == number
    assert all(0 <= each.after < LONG for each in planned)


def test_a_long_run_has_outages_that_last():
    names = [each.name for each in plan(Random(1), 200, 1200, brokers=3)]
    assert "SMTP: refused, 600 s" in names
    assert "all brokers killed, 60 s" in names


def test_one_broker_is_not_killed_as_all_of_them_besides():
    assert ONE_BROKER not in {each.name for each in plan(Random(1), 100, 100, brokers=1)}


def test_a_disk_is_filled_only_where_it_is_the_brokers_own():
    with_disks = {each.name for each in plan(Random(1), 100, 100, brokers=3, disks=True)}
    assert with_disks - {each.name for each in plan(Random(1), 100, 100, brokers=3)} == set(DISKS)
