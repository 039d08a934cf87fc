import socket

import pytest

from tests.smtp.certificates import server_context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """(server's context, path of the authority that vouches for it)."""
    return server_context(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
