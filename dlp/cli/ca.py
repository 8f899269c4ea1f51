"""`python -m dlp ca`: the certificate authority; `certs/README.md` says how to trust it and how to remove it."""

from __future__ import annotations

import argparse
import getpass
import json
import shlex
import subprocess
import sys
from pathlib import Path

from dlp.ca import (
    CERT_NAME,
    KEY_AND_CERT_NAME,
    LEAVES_NAME,
    CaFiles,
    ensure_ca,
    finish_rotation,
    issue_leaves,
    load_ca,
    prepare_rotation,
    protect,
)
from dlp.ca.key import ENV_PASSPHRASE_FILE, read_passphrase
from dlp.cli import OK
from dlp.cli.arguments import add_confdir
from dlp.cli.stores import NSS_DATABASE, STORES, advice, asks_for_ca, commands_for, this_system
from dlp.errors import ConfigurationError
from dlp.files import replace_file

SHOWN_NAMES = 8
"""More names than this are counted, not listed, for people."""


_EPILOG = """\
examples:
  python -m dlp ca init --constrain --host llm.corp.example      before the first start
  python -m dlp ca show
  python -m dlp ca install --print                               what a person would type; without --print it is done
  python -m dlp ca rotate                                        then, once clients have the new bundle: --finish

exit status:
  0  done
  1  show: the CA ends within thirty days
  2  not done: the folder or the CA in it can't be used, or the CA that is there may not issue for what was asked for
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """`init`, `show`, `bundle`, `issue`, `rotate`, `passphrase`, `install` and `uninstall`."""
    parser.epilog = _EPILOG
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
    issue = actions.add_parser(
        "issue",
        help="issue certificates for the providers, for a proxy that shall not have the CA's key (an offline CA)",
    )
    issue.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="where they and the CA's certificate go: the proxy's folder",
    )
    issue.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="HOST",
        help="one more host, such as one of a region; may be repeated",
    )
    rotate = actions.add_parser(
        "rotate", help="make the next CA and add it to the bundle; with --finish let it take over"
    )
    rotate.add_argument(
        "--finish", action="store_true", help="once all clients have the new bundle; restart proxies afterwards"
    )
    passphrase = actions.add_parser(
        "passphrase", help="put the CA's key under a passphrase, under another one, or with --remove under none"
    )
    passphrase.add_argument(
        "--new-file", metavar="FILE", help="the new one; - (the default) asks at the terminal", default="-"
    )
    passphrase.add_argument("--remove", action="store_true", help="store the key as it is")
    for action in (init, issue, rotate, passphrase):
        action.add_argument(
            "--passphrase-file",
            metavar="FILE",
            help=f"passphrase of the CA's key: the file's first line; - asks at the terminal (default: ${ENV_PASSPHRASE_FILE}, if set)",
        )
    install = actions.add_parser("install", help="have this machine trust the CA (needs its administrator's rights)")
    uninstall = actions.add_parser("uninstall", help="undo install")
    for action in (install, uninstall):
        action.add_argument("--print", action="store_true", dest="print_only", help="print the commands, run none")
        action.add_argument(
            "--system",
            choices=STORES,
            help="a store instead of this machine's own: java is that of the JDK on the PATH, nss that of Chrome and Firefox on Linux",
        )
        action.add_argument(
            "--database",
            type=Path,
            default=NSS_DATABASE,
            metavar="FOLDER",
            help="with --system nss: its folder, such as a Firefox profile (default: ~/.pki/nssdb, Chrome's)",
        )
    for action in (init, show, bundle, issue, rotate, passphrase, install, uninstall):
        add_confdir(action)


def run(args: argparse.Namespace) -> int:
    """Do what the action says."""
    verbs = {
        "init": _init,
        "show": _show,
        "bundle": _bundle,
        "issue": _issue,
        "rotate": _rotate,
        "passphrase": _passphrase,
        "install": _install,
        "uninstall": _install,
    }
    return verbs[args.action](args)


def _init(args: argparse.Namespace) -> int:
    names = None
    if args.constrain or args.host:
        from dlp.providers.table import host_suffixes  # reads the table of providers

        names = [*host_suffixes(), *args.host]
    there = (args.confdir / KEY_AND_CERT_NAME).exists()
    passphrase = _given(args.passphrase_file, new=not there)
    files = ensure_ca(args.confdir, names, passphrase=passphrase)
    print("made a new CA" if files.created else "there is a CA already", file=sys.stderr)
    if passphrase and not files.encrypted:
        print("its key is stored without a passphrase; `ca passphrase` changes that", file=sys.stderr)
    _describe(files)
    return OK


def _show(args: argparse.Namespace) -> int:
    files = _that_is_there(args.confdir)
    if args.json:
        print(json.dumps(_facts(files), indent=2))
    else:
        _describe(files)
    return int(files.expires_soon())


def _that_is_there(confdir: Path) -> CaFiles:
    """The CA, or what an offline CA has issued for this folder. Nothing is made."""
    if not any((confdir / name).exists() for name in (KEY_AND_CERT_NAME, LEAVES_NAME)):
        raise ConfigurationError(
            f"there is no CA in {confdir.resolve()}; `dlp ca init` makes one, --confdir names another folder"
        )
    offline = not (confdir / KEY_AND_CERT_NAME).exists()
    return ensure_ca(confdir) if offline else load_ca(confdir)


def _bundle(args: argparse.Namespace) -> int:
    print(ensure_ca(args.confdir).bundle.resolve())
    return OK


def _issue(args: argparse.Namespace) -> int:
    from dlp.providers.table import certificate_names

    names, rest = certificate_names()
    passphrase = _given(args.passphrase_file)
    files = load_ca(args.confdir, passphrase=passphrase)
    hosts = [name for name in dict.fromkeys([*names, *args.host]) if files.permits(name.removeprefix("*."))]
    args.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    leaf = issue_leaves(args.confdir, hosts, args.out / LEAVES_NAME, passphrase=passphrase)
    replace_file(args.out / CERT_NAME, files.cert.read_bytes())
    print(f"{len(hosts)} names, until {leaf.not_valid_after_utc:%Y-%m-%d}: {args.out / LEAVES_NAME}")
    if rest:
        print(
            f"name those that you use of these with --host, no certificate can hold them: {', '.join(rest)}",
            file=sys.stderr,
        )
    return OK


def _rotate(args: argparse.Namespace) -> int:
    if args.finish:
        _describe(finish_rotation(args.confdir))
        print("restart the proxies; the old certificate stays in the bundle until the next rotation", file=sys.stderr)
        return OK
    files = prepare_rotation(args.confdir, passphrase=_given(args.passphrase_file))
    print(
        f"the next CA is in {files.bundle.resolve()}; give that to every client, then: python -m dlp ca rotate --finish"
    )
    return OK


def _passphrase(args: argparse.Namespace) -> int:
    present = _given(args.passphrase_file)
    new = None if args.remove else _given(args.new_file, new=True)
    files = protect(args.confdir, new, passphrase=present)
    print(f"the CA's key is {'under a passphrase' if files.encrypted else 'stored as it is'}", file=sys.stderr)
    if files.encrypted:
        print(f"a proxy that is started finds it by {ENV_PASSPHRASE_FILE}=FILE", file=sys.stderr)
    return OK


def _given(source: str | None, *, new: bool = False) -> bytes | None:
    """A passphrase out of a file, or asked for (a new one twice); None to leave that to the environment."""
    if source is None:
        return None
    if source != "-":
        return read_passphrase(Path(source))
    if not sys.stdin.isatty():
        raise ConfigurationError("there is no terminal to ask for the passphrase at; name a file")
    typed = getpass.getpass("New passphrase of the CA key: " if new else "Passphrase of the CA key: ")
    if new and getpass.getpass("Once more: ") != typed:
        raise ConfigurationError("the two were not the same")
    return typed.encode()


def _install(args: argparse.Namespace) -> int:
    store = args.system or this_system()
    undo = args.action == "uninstall"
    files = _that_is_there(args.confdir) if asks_for_ca(store, undo=undo) else None
    commands = commands_for(store, files, args.database.expanduser(), undo=undo)
    if files is not None and files.constrained_to is None and not undo:
        print(
            "dlp: this CA may issue for every name; for a system's store make one with `ca init --constrain`",
            file=sys.stderr,
        )
    for command in commands:
        if args.print_only:
            print(shlex.join(command))
            continue
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError):
            raise ConfigurationError(f"this failed: {shlex.join(command)}. {advice(store)}") from None
    return OK


def _facts(files: CaFiles) -> dict[str, object]:
    return {
        "subject": files.certificate.subject.rfc4514_string(),
        "sha256": files.fingerprint,
        "not_before": files.certificate.not_valid_before_utc.isoformat(),
        "not_after": files.certificate.not_valid_after_utc.isoformat(),
        "expires_soon": files.expires_soon(),
        "key_encrypted": files.encrypted,
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
        "key": _key_words(files),
        "certificate": str(files.cert.resolve()),
        "bundle": str(files.bundle.resolve()),
    }
    for label, value in rows.items():
        print(f"{label:12} {value}")


def _key_words(files: CaFiles) -> str:
    if files.leaf is not None:
        return f"not here; certificates issued ahead, until {files.leaf.not_valid_after_utc:%Y-%m-%d}"
    if not files.encrypted:
        return f"{files.key_and_cert.resolve()}, without a passphrase"
    return f"{files.key_and_cert.resolve()}, under a passphrase{' (not opened)' if files.locked else ''}"
