"""Recorded events through the same agents and templates on a virtual clock, offline."""

from streams.simulate.report import Summary
from streams.simulate.run import Parts, simulate
from streams.simulate.source import SourceError

__all__ = ["Parts", "SourceError", "Summary", "simulate"]
