"""The bundle of roots that clients are pointed at: public ones, the machine's own, a person's, and our CA."""

from __future__ import annotations

import re
from pathlib import Path

import certifi

from dlp.ca.certificates import pem
from dlp.ca.files import EXTRA_ROOTS_NAME, MAX_PEM_BYTES, NEXT_NAME, PREVIOUS_NAME, CaFiles
from dlp.errors import ConfigurationError

# Where Linux distributions and BSDs keep their roots as one file; the first that exists counts. OpenSSL's own answer
# (ssl.get_default_verify_paths) follows SSL_CERT_FILE, which points at our bundle in a shell that has been set up.
_MACHINE_ROOTS = (
    Path("/etc/ssl/certs/ca-certificates.crt"),
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/ssl/ca-bundle.pem"),
    Path("/etc/ssl/cert.pem"),
)

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


def bundle_of(files: CaFiles) -> bytes:
    """Public roots (certifi), the machine's own, a person's extra ones, and our CA; each once."""
    sources = [Path(certifi.where())]
    sources += [path for path in _MACHINE_ROOTS if path.is_file()][:1]
    sources += [path for name in (NEXT_NAME, PREVIOUS_NAME) if (path := files.folder / name).is_file()]
    extra = files.folder / EXTRA_ROOTS_NAME
    if extra.is_file():
        sources.append(extra)
    blocks: dict[bytes, None] = {}
    for source in sources:
        with source.open("rb") as file:
            found = _PEM.findall(file.read(MAX_PEM_BYTES))
        if not found and source == extra:
            raise ConfigurationError(f"{extra} holds no PEM certificate; add one or remove the file")
        blocks.update(dict.fromkeys(b"".join(block.split()) for block in found))
    own = pem(files.certificate)
    blocks.pop(b"".join(own.split(b"-----")[2].split()), None)
    header = f"# Made by `python -m dlp` at each start from {', '.join(map(str, sources))} and {files.cert}.\n"
    return header.encode() + b"".join(map(_armour, blocks)) + own


def _armour(base64: bytes) -> bytes:
    lines = b"\n".join(base64[start : start + 64] for start in range(0, len(base64), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n"
