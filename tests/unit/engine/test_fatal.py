"""The end of a process: with a status that says whether anything is wrong, and a line that says where."""

import json
import subprocess
import sys

import pytest
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber, ProducerFenced

from streams.engine.fatal import FAILED, FENCED, TRANSACTION, Fatal, RowsTooNew, exit_status

ENDS = """
from streams.engine.fatal import end_process
from streams.logs import configure_logs
configure_logs("json")
try:
    raise KeyError("jagna@example.com")
except KeyError as error:
    end_process("unit of desk", error)
"""


def test_the_cause_of_an_end_is_logged_with_its_place_and_nothing_personal():
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=False)
    assert done.returncode == FAILED
    said = json.loads(done.stderr)
    assert (said["event"], said["cause"], said["error"]) == ("engine_ended", "unit of desk", "KeyError")
    assert said["at"] == "<string>:6"
    assert "jagna" not in done.stderr


def test_a_refusal_says_its_sentence():
    ends = ENDS.replace('KeyError("jagna@example.com")', 'Hole("after 4 came 6")').replace("KeyError", "Hole")
    ends = "from streams.engine.batches import Hole" + ends
    done = subprocess.run([sys.executable, "-c", ends], capture_output=True, text=True, check=False)
    assert json.loads(done.stderr)["reason"] == "after 4 came 6"


def test_an_outdated_program_is_not_started_again_and_again():
    assert exit_status("opening of desk", RowsTooNew("rows of format 2")) == 2


def test_one_that_was_fenced_says_so_by_its_status():
    assert exit_status("unit of desk", ProducerFenced()) == FENCED
    assert exit_status("unit of desk", ValueError()) == exit_status("fetching of desk", None) == FAILED


@pytest.mark.parametrize("error", [KafkaTimeoutError(), TimeoutError(), OutOfOrderSequenceNumber()])
def test_a_transaction_that_failed_is_told_from_other_ends(error: Exception):
    assert exit_status("unit of desk", error) == TRANSACTION
    assert exit_status("opening of desk", error) == FAILED


def test_the_first_cause_is_the_one_that_is_told():
    told, counted = [], []
    fatal = Fatal(lambda cause, error: told.append(cause), counted.append)
    fatal("unit of desk", ValueError())
    fatal("stopping of desk", None)
    assert told == counted == ["unit of desk"]
