"""Keys go where Java's producer would put them."""

from aiokafka.partitioner import murmur2 as reference
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.keys import murmur2, partition_of


@given(st.binary(max_size=40))
def test_our_hash_is_kafkas(key: bytes):
    assert murmur2(key) == reference(key) & 0xFFFFFFFF


def test_known_values_of_javas_own_tests():
    assert murmur2(b"21") & 0xFFFFFFFF == -973932308 & 0xFFFFFFFF
    assert murmur2(b"foobar") & 0xFFFFFFFF == -790332482 & 0xFFFFFFFF


def test_records_without_a_key_go_to_each_partition_in_turn():
    assert {partition_of(None, 3) for _ in range(6)} == {0, 1, 2}
