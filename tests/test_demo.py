"""The demo from end to end: its own server, bot and prompt, driven through a pipe as in `make demo < file`."""

import re
import socket
import struct
import subprocess
import sys

import pytest

from bot.demo_server import SmallServer

SAID = """\
#kolla actions
good morning
/msg recapbot summary kolla
/remind
/nonsense
/msg nobody hello
"""


def test_the_demo_answers_what_it_is_told_through_a_pipe() -> None:
    """Each line is shown and answered in its place: in the room, alone, by a reminder, by a hint, or by silence."""
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "demo"], input=SAID, capture_output=True, text=True, timeout=60, check=True
    )
    head, *parts = re.split(r"^#ptg <you> (.*)\n", ran.stdout, flags=re.MULTILINE)
    heard = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(heard) == SAID.splitlines()
    assert head.startswith("5 recaps read: ") and "127.0.0.1" in head
    hints = head[head.index("Type what you would say") :]
    kolla = heard["#kolla actions"].splitlines()
    assert re.match(r"<recapbot> kolla: \d+ open actions", kolla[0]) and len(kolla) == 6
    assert heard["good morning"] == ""
    summary = heard["/msg recapbot summary kolla"].splitlines()
    assert summary[0].startswith("*recapbot* kolla, Xena PTG") and len(summary) == 12
    assert heard["/remind"].startswith("<recapbot> Weekly reminder R1: kolla, ")
    assert heard["/nonsense"] == hints
    assert heard["/msg nobody hello"] == "-!- nobody: no such nick or channel\n"
    assert ran.stderr == ""


def test_a_client_that_waits_to_be_told_that_it_is_not_registered_gets_on() -> None:
    """irssi sends CAP and a JOIN of nothing, and neither its nick nor its user before a 451 comes back."""
    with SmallServer() as server, socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        lines = client.makefile("rb")
        client.sendall(b"CAP LS 302\r\nJOIN :\r\n")
        assert [lines.readline().split()[1] for _ in range(2)] == [b"451", b"451"]
        client.sendall(b"NICK ana\r\nUSER ana ana 127.0.0.1 :ana\r\n")
        assert lines.readline().startswith(b":localhost 001 ana ")


def test_a_client_that_vanishes_is_no_fault_of_the_server(capfd: pytest.CaptureFixture[str]) -> None:
    """A connection that is reset while answers to it are still to be sent ends in silence, and the others go on."""
    with SmallServer() as server, socket.create_connection(("127.0.0.1", server.port), timeout=10) as ana:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as bea:
            bea.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            bea.sendall(b"NICK bea\r\n" + b"PING :there\r\n" * 10_000)
        ana.sendall(b"NICK ana\r\nPING :still\r\n")
        lines = ana.makefile("rb")
        assert any(line.endswith(b":still\r\n") for line in lines)
    assert capfd.readouterr().err == ""
