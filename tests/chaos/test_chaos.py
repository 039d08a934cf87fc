"""The short form of `make chaos`, for every build: what is lost or repeated shows within minutes."""

from pathlib import Path

import pytest

from tests.brokers import kafka_jars
from tests.chaos.__main__ import table
from tests.chaos.run import Options, run

pytestmark = pytest.mark.kafka

# Draws kill -9 of a desk, a broker and a supervisor, two transactions that time out, a silent network,
# poison, and a mailbox that takes a mail and says nothing, that never answers, that hangs up at STARTTLS.
SEED = 48658


async def test_ten_faults_lose_nothing_and_repeat_only_what_was_in_doubt(tmp_path: Path):
    kafka_jars()
    result = await run(Options(seconds=60, faults=10, brokers=1, rate=2, seed=SEED), tmp_path)
    print(table(result))
    assert result.faults.total() == 10
    assert {what: found for what, found in result.verdict.faults.items() if found} == {}
    assert result.verdict.counts["mails owed"] > 250
