"""anope: the services that hold accounts on the InspIRCd of the tests."""

from pathlib import Path

from tests.servers.packages import program
from tests.servers.process import HOST, Child


def start(folder: Path) -> Child:
    """Start anope on the `services.conf` of the folder."""
    found = program("anope")
    places = [f"--confdir={folder}", f"--dbdir={folder}", f"--logdir={folder}"]
    argv = [found.path, "-n", *places, f"--modulesdir={found.folder('usr/lib/anope')}"]
    return Child(argv, folder / "services.output", environment=found.environment)


def configuration(folder: Path, port: int) -> str:
    """The configuration of services that link to `port` and keep everything in the folder. One directive a line:
    anope reads nothing else."""
    blocks: list[tuple[str, dict[str, str]]] = [
        ("uplink", {"host": f'"{HOST}"', "port": str(port), "password": '"linkpass"'}),
        (
            "serverinfo",
            {
                "name": '"services.test.local"',
                "description": '"services for tests"',
                "id": '"00A"',
                "pid": f'"{folder}/anope.pid"',
                "motd": f'"{folder}/motd.txt"',
            },
        ),
        ("module", {"name": '"inspircd3"', "use_server_side_mlock": "yes", "use_server_side_topiclock": "yes"}),
        (
            "networkinfo",
            {
                "networkname": '"TestNet"',
                "nicklen": "30",
                "userlen": "11",
                "hostlen": "64",
                "chanlen": "64",
                "modelistsize": "100",
                "vhost_chars": '"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"',
                "allow_undotted_vhosts": "false",
                "disallow_start_or_end": '".-"',
            },
        ),
        (
            "options",
            {
                "casemap": '"ascii"',
                "strictpasswords": "no",
                "badpasslimit": "0",
                "updatetimeout": "5m",
                "expiretimeout": "30m",
                "readtimeout": "1s",
                "warningtimeout": "4h",
                "timeoutcheck": "1s",
                "retrywait": "1s",
                "hidestatso": "no",
                "seed": "4711471",
            },
        ),
        ("log", {"target": '"services.log"', "logage": "1", "admin": '"*"', "servers": '"*"', "other": '"*"'}),
        *(("service", _service(name)) for name in ("NickServ", "ChanServ")),
        (
            "module",
            {
                "name": '"nickserv"',
                "client": '"NickServ"',
                "forceemail": "no",
                "confirmemailchanges": "no",
                "defaults": '"ns_private hide_email hide_mask"',
                "regdelay": "0",
                "expire": "0",
                "modeonid": "yes",
                "enforceruser": '"enf"',
                "enforcerhost": '"enf.test.local"',
                "releasetimeout": "1m",
                "guestnickprefix": '"Guest"',
                "nonicknameownership": "no",
            },
        ),
        ("module", {"name": '"chanserv"', "client": '"ChanServ"', "expire": "0", "accessmax": "100", "inhabit": "15s"}),
        ("module", {"name": '"db_flatfile"', "database": '"anope.db"', "keepbackups": "1", "fork": "no"}),
        ("module", {"name": '"ns_register"', "registration": '"none"'}),
        *(("module", {"name": f'"{name}"'}) for name in ("enc_sha256", "m_sasl", "ns_identify", "ns_logout")),
        *(("command", _command(name)) for name in ("REGISTER", "IDENTIFY", "LOGOUT")),
    ]
    return "".join(f"{kind}\n{{\n{_directives(values)}}}\n" for kind, values in blocks)


def _directives(values: dict[str, str]) -> str:
    return "".join(f"  {key} = {value}\n" for key, value in values.items())


def _service(name: str) -> dict[str, str]:
    return {"nick": f'"{name}"', "user": '"services"', "host": '"services.test.local"', "gecos": f'"{name}"'}


def _command(name: str) -> dict[str, str]:
    return {"service": '"NickServ"', "name": f'"{name}"', "command": f'"nickserv/{name.lower()}"'}
