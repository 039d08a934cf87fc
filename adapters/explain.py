"""What a reason means, and what an operator can do about it: for `orderherald check`."""

import re

# The first that matches counts.
MEANINGS: tuple[tuple[str, str], ...] = (
    (
        r"^configuration_tls_certificate$",
        "its certificate is not trusted: use the host name it is made out to, or name its authority (ca)",
    ),
    (r"^tls_failed_connect$", "it speaks no TLS there: try smtp+starttls://, or the port for TLS"),
    (r"^tls_failed_", "it and we have no version of TLS in common"),
    (r"^configuration_starttls_missing$", "it offers no STARTTLS: try smtps://, or another port"),
    (
        r"^configuration_auth_missing$",
        "it offers no login: try the submission port, or no password",
    ),
    (r"^configuration_smtp_.*_login$", "it refuses the user or the password"),
    (r"^configuration_smtp_.*_(connect|hello)$", "it refuses mail from this machine"),
    (r"^configuration_http_(401|403)$|^configuration_smsapi_(101|102|401)$", "it refuses the token"),
    (r"^configuration_http_", "this is not where its API is: check the URL"),
    (r"^configuration_sender$", "the sender's address is missing or malformed"),
    (r"^connect_refused$", "nothing listens there: check host and port"),
    (r"^connect_unknown_host$", "there is no such host"),
    (r"^connect_failed$", "it can't be reached: check host, port and firewall"),
    (r"^timeout_connect$", "no greeting in time: check the firewall, and whether that port wants smtps://"),
    (r"^timeout", "it does not answer in time"),
    (r"^disconnect_connect$", "it hangs up at once: check whether it lets this machine in"),
    (r"^disconnect_|^connection_", "the connection was lost"),
    (r"^malformed_", "what answers there is not what it should be: check the port"),
    (r"^(bad_address|address_malformed)$", "that is no address that mail can be sent to"),
    (r"^template$", "the message could not be made from its template: `orderherald check` says why"),
    (r"^smtp_4|^http_(429|5)", "it is busy or out of order: try again later"),
)


def explain(reason: str) -> str:
    """The reason, and in plain words what it means, where that is known."""
    for pattern, meaning in MEANINGS:
        if re.search(pattern, reason):
            return f"{meaning} ({reason})"
    return reason
