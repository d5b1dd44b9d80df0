"""`recapbot run` as the process that it is, on a real server: alone with its database, watched, killed, stopped."""

import asyncio
import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.health import heartbeat_path, is_running, lock_path, only_one
from bot.messages import UserError
from tests.servers.ngircd import NgIRCd
from tests.servers.process import HOST
from tests.servers.raw import RawClient

CONFIG = """\
[bot]
database = "{database}"
[irc.net]
host = "{host}"
port = {port}
tls = false
nick = "{nick}"
channels = ["{room}"]
"""


@pytest.fixture
def config(tmp_path: Path, ngircd: NgIRCd) -> Path:
    """A bot `keeper` of its own in `#service`."""
    path = tmp_path / "bot.toml"
    path.write_text(
        CONFIG.format(database=tmp_path / "bot.db", host=HOST, port=ngircd.port, nick="keeper", room="#service")
    )
    return path


def run(config: Path) -> subprocess.Popen[str]:
    """The bot as a process; its log comes by its standard error."""
    command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def health(config: Path) -> Result:
    """What `recapbot health` says."""
    return CliRunner().invoke(main, ["health", "--config", str(config)])


def test_a_life(config: Path, ngircd: NgIRCd) -> None:
    """One bot to a database; health says how it is, at once when it is killed; SIGTERM ends it politely."""

    async def scenario() -> None:
        async with await RawClient.connect(ngircd.port) as watcher:
            await watcher.register("watcher")
            await watcher.join("#service")
            assert (health(config).exit_code, health(config).stdout) == (1, "The bot is not running.\n")
            killed = run(config)
            try:
                await watcher.until("keeper!.* JOIN", 30)
                with run(config) as second:
                    said = second.communicate(timeout=30)[1]
                assert second.returncode == 1
                assert said == f"recapbot: Another recapbot runs with {config.with_name('bot.db')}; stop it first.\n"
                while health(config).exit_code:  # until its first heartbeat that finds it connected
                    await asyncio.sleep(0)
                assert health(config).stdout == "The bot runs; net: connected.\n"
            finally:
                killed.kill()
                killed.communicate()
            assert heartbeat_path(config.with_name("bot.db")).exists()
            assert (health(config).exit_code, health(config).stdout) == (1, "The bot is not running.\n")
            await watcher.until("keeper!.* QUIT", 30)
            with run(config) as stopped:
                await watcher.until("keeper!.* JOIN", 30)
                stopped.terminate()
                quitting = await watcher.until("keeper!.* QUIT", 30)
                log = stopped.communicate(timeout=30)[1]
            assert "stopping" in quitting.raw and stopped.returncode == 0
            assert "Traceback" not in log and log.splitlines()[-1].endswith("stopped")

    asyncio.run(scenario())


def test_who_looks_whether_a_bot_runs_keeps_none_from_starting(tmp_path: Path) -> None:
    """A health check holds the lock for an instant: a bot that starts just then looks again."""
    database = tmp_path / "bot.db"
    assert not is_running(database)
    with only_one(database):
        assert is_running(database)
        with pytest.raises(UserError, match="Another recapbot runs"), only_one(database):
            pass
    assert not is_running(database)
    with lock_path(database).open() as check:
        fcntl.flock(check, fcntl.LOCK_SH)
        threading.Timer(0.05, check.close).start()
        with only_one(database):
            assert is_running(database)
