"""Thin shells between the engine and the domain: read, decide, write."""
