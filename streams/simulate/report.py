"""The files that tell what happened. Their names hold nothing of the input's."""

import contextlib
import shutil
from collections import Counter
from pathlib import Path

import msgspec

from streams.simulate.entries import Entry
from streams.simulate.latest import Latest

LISTS = ("messages", "suppressed", "tickets", "timelines", "dead-letters")
SUFFIXES = {"email": ("mail", "eml"), "sms": ("sms", "txt")}
DRAFTS = ".making"

_encode = msgspec.json.Encoder(order="deterministic").encode


class Summary(msgspec.Struct):
    """Counts, each by what it names. `events`: lines read; `orders`: timelines that there are."""

    events: int = 0
    orders: int = 0
    messages: int = 0
    kinds: Counter[str] = msgspec.field(default_factory=Counter)
    channels: Counter[str] = msgspec.field(default_factory=Counter)
    suppressed: Counter[str] = msgspec.field(default_factory=Counter)
    tickets: Counter[str] = msgspec.field(default_factory=Counter)
    dead_letters: Counter[str] = msgspec.field(default_factory=Counter)


class Report:
    """Writes line by line, so that a long history takes no more memory than a short one."""

    def __init__(self, out: Path) -> None:
        """Makes the folder, and empties it of what an earlier run has left there.

        `drafts` is a folder for messages that have no number yet, and for what else the run needs.
        """
        self._out = out
        self.summary = Summary()
        self.drafts = out / DRAFTS
        shutil.rmtree(self.drafts, ignore_errors=True)
        for folder, suffix in SUFFIXES.values():
            (out / folder).mkdir(parents=True, exist_ok=True)
            for old in (out / folder).glob(f"[0-9]*-*.{suffix}"):
                old.unlink()
        self.drafts.mkdir()
        with contextlib.ExitStack() as stack:
            self._files = {name: stack.enter_context((out / f"{name}.jsonl").open("wb")) for name in LISTS}
            self._timelines = Latest()
            stack.callback(self._timelines.close)
            stack.callback(shutil.rmtree, self.drafts)
            self._open = stack.pop_all()

    def write(self, entry: Entry) -> None:
        """The next line of its list; a message gets its number, and its file the name that goes with it."""
        for counter, name in entry.counts:
            getattr(self.summary, counter)[name] += 1
        match entry.name:
            case "timelines":
                self._timelines.put(entry.key, entry.text)
            case "messages":
                file = self._filed(entry)
                self._files["messages"].write(b'%b,"file":"%b"}\n' % (entry.text[:-1], file.encode()))
            case name:
                self._files[name].write(entry.text + b"\n")

    def finish(self) -> Summary:
        """Writes what is known only at the end."""
        for timeline in self._timelines.values():
            self._files["timelines"].write(timeline + b"\n")
            self.summary.orders += 1
        summary = msgspec.json.format(_encode(self.summary), indent=2)
        (self._out / "summary.json").write_bytes(summary + b"\n")
        return self.summary

    def close(self) -> None:
        """Gives the files back."""
        self._open.close()

    def _filed(self, entry: Entry) -> str:
        """Kinds are ours, so no input is in the name."""
        self.summary.messages += 1
        folder, suffix = SUFFIXES[entry.channel]
        file = f"{folder}/{self.summary.messages:07d}-{entry.kind}.{suffix}"
        (self.drafts / entry.draft).rename(self._out / file)
        return file
