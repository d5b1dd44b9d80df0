"""Fixtures that every test may use: the real servers, one of each for the whole run."""

from collections.abc import Iterator

import pytest

from tests.servers.inspircd import InspIRCd
from tests.servers.ngircd import NgIRCd
from tests.servers.packages import PROGRAMS, Missing, program
from tests.servers.synapse import Missing as NoSynapse
from tests.servers.synapse import Synapse

ACCOUNTS = {name: f"{name}-secret" for name in ("recapbot", "keeper", "ana", "bob", "cleo", "dan", "eve")}
"""Accounts on the shared InspIRCd and Synapse, with their passwords."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--accept` is the only option of ours."""
    parser.addoption("--accept", action="store_true", help="rewrite the answers in transcripts and README")


@pytest.fixture(scope="session")
def servers() -> None:
    """Make sure that the real servers can be started. Fails, with what to install, where they cannot."""
    try:
        for name in PROGRAMS:
            program(name)
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def ngircd(servers: None) -> Iterator[NgIRCd]:
    """A plain server without flood brake, shared by all tests; who wants to break one starts their own."""
    with NgIRCd() as server:
        yield server


@pytest.fixture(scope="session")
def inspircd(servers: None) -> Iterator[InspIRCd]:
    """A server with ACCOUNTS and without flood brake, shared by all tests; who wants to break one starts their own."""
    with InspIRCd(ACCOUNTS) as server:
        yield server


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    """A homeserver with ACCOUNTS and without limits, shared by all tests; who wants to break one starts their own."""
    try:
        server = Synapse(ACCOUNTS)
    except NoSynapse as missing:
        pytest.fail(str(missing), pytrace=False)
    with server:
        yield server
