"""Recorded events through the same agents and templates on a virtual clock, offline."""

from streams.simulate.report import Summary
from streams.simulate.run import Parts
from streams.simulate.source import SourceError
from streams.simulate.together import MakeParts, simulate

__all__ = ["MakeParts", "Parts", "SourceError", "Summary", "simulate"]
