"""The demo from end to end: its own server, bot and prompt, driven through a pipe as in `make demo < file`."""

import re
import subprocess
import sys

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
