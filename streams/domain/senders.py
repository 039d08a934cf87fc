"""What a short message may give as its sender: a name of the brand's, or a number."""

import re

# Where a name is refused or replaced by a number of somebody's. Read on 2026-11-26 in the documentation of
# AWS End User Messaging (Sender IDs: Canada, China, United States) and of Telnyx (Alphanumeric Sender ID:
# United States, Canada, Puerto Rico). Elsewhere a name may have to be registered first: ask the provider.
NUMBERS_ONLY = frozenset({"CA", "CN", "PR", "US"})
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 .&_-]{1,11}")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def is_name(sender: str) -> bool:
    """At most eleven letters, digits and a few signs, at least one of them a letter."""
    return _NAME.fullmatch(sender) is not None


def is_number(sender: str) -> bool:
    """A telephone number, or a short one that was rented for this."""
    return _NUMBER.fullmatch(sender) is not None
