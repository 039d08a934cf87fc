"""Which partition a key belongs to: murmur2, as in Java's producer and everything built on it."""

import struct
from functools import lru_cache
from itertools import count

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_round_robin = count()


def partition_of(key: bytes | None, partitions: int) -> int:
    """A keyless record goes to each partition in turn."""
    if key is None:
        return next(_round_robin) % partitions
    return (murmur2(key) & 0x7FFFFFFF) % partitions


@lru_cache(maxsize=65_536)
def murmur2(data: bytes) -> int:
    """MurmurHash2 with Kafka's seed, 32 bits, unsigned. Several microseconds in Python, hence the cache."""
    size = len(data)
    words = size // 4
    h = 0x9747B28C ^ size
    for (k,) in struct.iter_unpack("<I", data[: words * 4]):
        mixed = (k * _M) & _MASK
        mixed ^= mixed >> 24
        h = ((h * _M) & _MASK) ^ ((mixed * _M) & _MASK)
    rest = data[words * 4 :]
    if rest:
        h = ((h ^ int.from_bytes(rest, "little")) * _M) & _MASK
    h ^= h >> 13
    h = (h * _M) & _MASK
    return h ^ (h >> 15)
