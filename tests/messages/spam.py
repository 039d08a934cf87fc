"""SpamAssassin without the network: what its rules make of each mail."""

import contextlib
import mailbox
import re
import subprocess
import tempfile
from pathlib import Path

from tests.messages.corpus import Message

MOST = 0.5
# "Too many es are not es": true of Polish and Lithuanian. Its authors give it this score for Polish,
# in a line that the published rules have lost.
FAIR = "score MIXED_ES 0.01"
_SCORE = re.compile(r"score=(-?[\d.]+).*?tests=([A-Z0-9_,\s]+)", re.DOTALL)


def findings(found: list[Message]) -> tuple[list[str], float]:
    """A sentence for each mail above `MOST`, and the highest score of all."""
    with tempfile.TemporaryDirectory() as folder:
        box = Path(folder) / "mails.mbox"
        box.write_bytes(b"".join(map(_entry, found)))
        command = ["spamassassin", "-L", f"--cf={FAIR}", "--mbox", str(box)]
        done = subprocess.run(command, capture_output=True, check=True, env=_environment(folder))
        judged = Path(folder) / "judged.mbox"
        judged.write_bytes(done.stdout)
        with contextlib.closing(mailbox.mbox(judged)) as mails:
            scores = {str(mail["X-Sample"]): _score(str(mail["X-Spam-Status"])) for mail in mails}
    assert scores.keys() == {message.name for message in found}, "each mail must be judged"
    told = [f"{name}: {score} by {tests}" for name, (score, tests) in scores.items() if score > MOST]
    return told, max(score for score, _ in scores.values())


def _entry(message: Message) -> bytes:
    """The order in which they are judged is nobody's, so each says which one it is."""
    begin = f"From orders@meadow.example.com Mon Mar  2 09:30:01 2026\nX-Sample: {message.name}\n"
    return begin.encode() + message.raw.replace(b"\r\n", b"\n") + b"\n"


def _environment(folder: str) -> dict[str, str]:
    return {"HOME": folder, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def _score(status: str) -> tuple[float, str]:
    scored = _SCORE.search(status)
    assert scored is not None, status
    return float(scored[1]), "".join(scored[2].split())
