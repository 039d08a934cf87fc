"""The Nu HTML checker: errors, and warnings beside them."""

import json
import subprocess
from pathlib import Path

from tests.messages.tools import NU


def findings(pages: list[Path]) -> tuple[list[str], list[str]]:
    """Errors and warnings; a sentence each."""
    command = ["java", "-jar", str(NU), "--format", "json", "--exit-zero-always", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    errors, warnings = [], []
    for message in json.loads(done.stderr)["messages"]:
        name = Path(message.get("url", "")).stem
        told = f"{name}: {message['message']} {message.get('extract', '')!r}"
        (errors if message["type"] == "error" else warnings).append(told)
    return errors, warnings
