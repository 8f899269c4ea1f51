"""A directory for tests: Debian's `slapd` with a few people, on loopback ports, with and without TLS."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import STOP_TIMEOUT, free_port

BASE = "dc=corp,dc=example"
SERVICE = f"cn=proxy,{BASE}"
SERVICE_PASSWORD = "hunter2"
PASSWORD = "correct horse: battery"
_TRIES = 2400

PEOPLE = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Corp
dc: corp

dn: uid=fay,{BASE}
objectClass: inetOrgPerson
uid: fay
cn: Fay Finance
sn: Finance
userPassword: {PASSWORD}

dn: uid=gus,{BASE}
objectClass: inetOrgPerson
uid: gus
cn: Gus
sn: Guest
userPassword: {PASSWORD}

dn: cn=finance,{BASE}
objectClass: groupOfNames
cn: finance
member: uid=fay,{BASE}
"""

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
{tls}
database mdb
suffix "{base}"
rootdn "{service}"
rootpw {password}
directory {folder}/data
"""


class LdapServer:
    """One server; `with` runs it, and it may be stopped and started again.

    Args:
        certificate: PEM file with key and certificate for TLS.
    """

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        program = shutil.which("slapd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/libexec")
        if program is None:
            pytest.skip("needs slapd (Debian: apt-get install slapd)")
        (folder / "data").mkdir(parents=True)
        tls = f"TLSCertificateFile {certificate}\nTLSCertificateKeyFile {certificate}" if certificate else ""
        configuration = folder / "slapd.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, tls=tls, base=BASE, service=SERVICE, password=SERVICE_PASSWORD)
        )
        (folder / "people.ldif").write_text(PEOPLE.lstrip())
        load = [program, "-T", "add", "-f", str(configuration), "-l", str(folder / "people.ldif")]
        subprocess.run(load, check=True, capture_output=True)
        self.port, self.tls_port = free_port(), free_port()
        urls = f"ldap://127.0.0.1:{self.port}/" + (f" ldaps://127.0.0.1:{self.tls_port}/" if certificate else "")
        self._command = [program, "-h", urls, "-f", str(configuration), "-d", "0"]
        self._process: subprocess.Popen[bytes] | None = None

    def spec(self, *, password: str = SERVICE_PASSWORD, tls: bool = False) -> str:
        """For the option `proxyauth`."""
        scheme, host, port = ("ldaps", "localhost", self.tls_port) if tls else ("ldap", "127.0.0.1", self.port)
        return f"{scheme}:{host}:{port}:{SERVICE}:{password}:{BASE}?search_filter_key=uid"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(_TRIES):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"slapd ended with {self._process.wait(0.05)}")
        raise AssertionError("slapd did not listen")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_TIMEOUT)
            self._process = None

    @contextlib.contextmanager
    def running(self) -> Iterator[LdapServer]:
        self.start()
        try:
            yield self
        finally:
            self.stop()
