"""What all tests share: nothing of the desk they run on leaks in, and a missing service is never silent."""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in _settings():
        monkeypatch.delenv(name)
    yield
    for name in _settings():  # `--config` leaves its file's name to whatever the command starts
        del os.environ[name]


def _settings() -> list[str]:
    return [name for name in os.environ if name.startswith("ORDERHERALD_")]


@pytest.fixture(autouse=True)
def _fresh_logs() -> None:
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def needs():
    """`needs(found, what)`: without it a test is skipped at a desk, and fails in CI, which installs all."""

    def _needs(found: object, what: str) -> None:
        if not found:
            missing_service(what)

    return _needs


def missing_service(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI installs it")
    pytest.skip(f"{what} is missing: nothing is said about what needs it")
