"""Which rows wait for their conclusion, whose they are, and up to where nothing does."""

from streams.engine.owed import UNKNOWN, Owed, Put


def share(key: bytes) -> bytes:
    return key.partition(b":")[0]


def keys(brand: str, count: int) -> list[bytes]:
    return [f"{brand}:{number}".encode() for number in range(count)]


def owed(*rows: bytes, since: int = 0, at: float = 0.0) -> Owed:
    found = Owed([], share)
    for key in rows:
        found.add(key, Put(since, at))
    return found


def test_the_share_that_the_backlog_is_made_of_waits_and_others_do_not():
    chosen = Owed([], share).choose([*keys("noisy", 100), *keys("quiet", 3)])
    assert set(chosen) == set(keys("noisy", 100))


def test_a_share_that_has_begun_to_wait_waits_on_so_that_it_is_asked_once():
    assert set(owed(b"quiet:7").choose(keys("quiet", 1))) == {b"quiet:0"}


def test_each_share_has_its_turn_and_the_longest_wait_comes_first():
    found = owed(*keys("noisy", 1_000), *keys("quiet", 3))
    taken = found.take(200, 0.0)
    assert taken[:50] == keys("noisy", 50)
    assert taken[50:53] == keys("quiet", 3)
    assert len(taken) == len(set(taken)) == 200
    assert not set(found.take(2_000, 0.0)) & set(taken)


def test_what_was_taken_up_is_not_put_off_again_in_the_same_unit():
    found = owed(*keys("noisy", 20))
    taken = found.take(10, 0.0)
    assert not set(found.choose(keys("noisy", 20))) & set(taken)


def test_while_there_is_a_backlog_only_what_has_waited_long_is_taken_up():
    found = owed(b"a:1", at=10.0)
    found.add(b"a:2", Put(5, 20.0))
    assert not found.ripe(9.0)
    assert found.take(10, 15.0) == [b"a:1"]
    assert not found.ripe(15.0)


def test_the_longest_wait_says_up_to_where_everything_is_settled():
    found = owed(b"a:1", since=3)
    found.add(b"a:2", Put(9, 0.0))
    found.add(b"a:1", Put(12, 0.0))
    assert found.since == 3
    found.discard(b"a:1")
    assert found.since == 9
    found.discard(b"a:2")
    assert not found


def test_what_an_earlier_owner_put_off_hides_where_that_was():
    found = Owed([b"a:1"], share)
    assert found.ripe(0.0)
    assert found.since is None
    found.add(b"a:2", Put(9, 0.0))
    found.discard(b"a:1")
    assert found.since == 9
    assert UNKNOWN < 0
