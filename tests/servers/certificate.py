"""A certificate for the loopback servers, made anew for each: nothing secret is ever committed."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.packages import program

# Every extension that Python 3.13 asks of a certificate before it trusts it.
REQUEST = """\
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = DNS:localhost, IP:127.0.0.1
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate for localhost, which is also the authority to trust."""

    certificate: Path
    key: Path


def self_signed(folder: Path) -> Certificate:
    """Make one in the folder. An elliptic key: an RSA key would take ten times as long."""
    openssl = program("openssl")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    (folder / "request.conf").write_text(REQUEST)
    subprocess.run(
        f"{openssl.path} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30".split()
        + ["-config", folder / "request.conf", "-keyout", made.key, "-out", made.certificate],
        check=True,
        capture_output=True,
        env=openssl.environment,
    )
    return made
