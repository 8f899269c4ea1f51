"""`python -m dlp ca`: the certificate authority; `certs/README.md` says how to trust it and how to remove it."""

from __future__ import annotations

import argparse
import json
import sys

from dlp.ca import CaFiles, ensure_ca, load_ca
from dlp.cli.arguments import add_confdir

SHOWN_NAMES = 8
"""More names than this are counted, not listed, for people."""


def configure(parser: argparse.ArgumentParser) -> None:
    """`init`, `show` and `bundle`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", title="actions")
    init = actions.add_parser("init", help="make a CA if there is none")
    init.add_argument(
        "--constrain",
        action="store_true",
        help="only for the hosts of known providers, so that a stolen key is good for nothing else",
    )
    init.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="HOST",
        help="implies --constrain: one more host, such as policies name under `hosts:`; may be repeated",
    )
    show = actions.add_parser("show", help="say what the CA is and how long it lasts; exit status 1 if it ends soon")
    show.add_argument("--json", action="store_true", help="one JSON object")
    bundle = actions.add_parser("bundle", help="bring the bundle of roots up to date and print its path")
    for action in (init, show, bundle):
        add_confdir(action)


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    return {"init": _init, "show": _show, "bundle": _bundle}[args.action](args)


def _init(args: argparse.Namespace) -> int:
    names = None
    if args.constrain or args.host:
        from dlp.providers.table import host_suffixes  # reads the table of providers

        names = [*host_suffixes(), *args.host]
    files = ensure_ca(args.confdir, names)
    print("made a new CA" if files.created else "there is a CA already", file=sys.stderr)
    _describe(files)
    return 0


def _show(args: argparse.Namespace) -> int:
    files = load_ca(args.confdir)
    if args.json:
        print(json.dumps(_facts(files), indent=2))
    else:
        _describe(files)
    return int(files.expires_soon())


def _bundle(args: argparse.Namespace) -> int:
    print(ensure_ca(args.confdir).bundle.resolve())
    return 0


def _facts(files: CaFiles) -> dict[str, object]:
    return {
        "subject": files.certificate.subject.rfc4514_string(),
        "sha256": files.fingerprint,
        "not_before": files.certificate.not_valid_before_utc.isoformat(),
        "not_after": files.certificate.not_valid_after_utc.isoformat(),
        "expires_soon": files.expires_soon(),
        "constrained_to": files.constrained_to,
        "cert": str(files.cert.resolve()),
        "bundle": str(files.bundle.resolve()),
    }


def _describe(files: CaFiles) -> None:
    names = files.constrained_to
    if names is None:
        issues_for = "every name"
    else:
        issues_for = ", ".join(names) if len(names) <= SHOWN_NAMES else f"{len(names)} names, --json lists them"
    rows = {
        "subject": files.certificate.subject.rfc4514_string(),
        "SHA-256": files.fingerprint,
        "valid until": f"{files.certificate.not_valid_after_utc:%Y-%m-%d}"
        + (" (soon)" if files.expires_soon() else ""),
        "issues for": issues_for,
        "certificate": str(files.cert.resolve()),
        "bundle": str(files.bundle.resolve()),
    }
    for label, value in rows.items():
        print(f"{label:12} {value}")
