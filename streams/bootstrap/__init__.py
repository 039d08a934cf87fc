"""The one place where streams meets adapters: settings in, a running daemon out.

Nothing here decides anything. A test or the demo builds the same parts with other edges. Nothing is
imported here: each command loads what it needs, and who only supervises waits for none of it.
"""

AGENTS = ("intake", "timeline", "desk")  # processes with agents in them
WEB = "web"
ROLES = (*AGENTS, WEB)
