"""`python -m dlp proxy`: start the proxy in the foreground."""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dlp.cli import OK
from dlp.cli.arguments import add_address, add_confdir, add_state, seconds
from dlp.errors import ConfigurationError
from dlp.keyfiles import read_secret
from dlp.loading import loaded, loading, share_heaps
from dlp.printable import printable

if TYPE_CHECKING:  # importing it takes longer than the help does
    from dlp.policy.folder import PolicySet

MAX_PROCESSES = 256

_EXAMPLES = """\
examples:
  python -m dlp proxy                                     127.0.0.1:8080, policy `default`
  python -m dlp proxy --policy strict --audit audit.jsonl
  python -m dlp proxy --mode reverse:https://api.openai.com --port 8081
  python -m dlp proxy --set proxyauth=@users.htpasswd
  python -m dlp proxy --processes auto                    all cores; SIGHUP renews the processes one by one"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of `proxy`."""
    add_address(parser)
    add_confdir(parser)
    parser.add_argument(
        "--policy",
        default="default",
        metavar="NAME|PATH",
        help="a shipped policy, a file, or a folder of policies (default: default)",
    )
    parser.add_argument(
        "--audit",
        default="",
        metavar="PATH",
        help="write audit events there: a file (JSON Lines), - for stderr, or a syslog address",
    )
    add_state(parser)
    parser.add_argument(
        "--vault",
        default="memory",
        metavar="WHERE",
        help="where values are remembered for stateful APIs: memory (default), sqlite:PATH or redis://HOST:PORT/N",
    )
    parser.add_argument(
        "--workers",
        default="auto",
        metavar="N",
        help="worker processes that examine long texts, of each proxy process; 0 for none (default: one per core in all)",
    )
    parser.add_argument(
        "--processes",
        type=_number_of_processes,
        default=1,
        metavar="N",
        help="proxy processes that share the port, supervised; auto for one per core (default: 1)",
    )
    parser.add_argument("--supervised", type=_link, help=argparse.SUPPRESS)
    parser.add_argument(
        "--mode", action="append", metavar="MODE", help="mitmproxy mode; may be repeated (default: regular)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="OPTION=VALUE",
        dest="options",
        help="an option of mitmproxy or of ours (docs/operations.md); may be repeated",
    )
    parser.add_argument(
        "--set-file",
        action="append",
        default=[],
        metavar="OPTION=FILE",
        dest="option_files",
        help="the same with the first line of a file that only you can read, for values with a password in them: a command line shows to everybody",
    )
    parser.add_argument(
        "--drain",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long SIGTERM waits for answers that are under way (default: 30); a second one stops at once",
    )
    parser.add_argument("--quiet", action="store_true", help="don't print the environment for clients")
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:
    """Check everything, then listen until told to stop. The policy is read before anything else is made."""
    from dlp.policy.folder import load_policies
    from dlp.providers.table import default_table

    share_heaps()
    args.options = [*_from_files(args.option_files), *args.options]  # a supervisor's `--set` comes last, and holds
    chosen = _own_options(args)
    policies = load_policies(chosen["dlp_policy"], providers=default_table().ids)

    from dlp.ca import ensure_ca

    files = ensure_ca(args.confdir)
    files.require_key()
    link, number = _taken_link(args)

    def announce(host: str, port: int) -> None:
        if link is None:
            _announce(args, policies, files.bundle.resolve(), host, port)

    if link is None:
        for notice in files.notices(policies.hosts):
            print(f"dlp: {notice}", file=sys.stderr)
        if args.processes > 1:
            from dlp.cli.processes import run_processes

            status = run_processes(args, chosen, args.options, lambda port: announce(args.listen, port))
            print("dlp: stopped", file=sys.stderr)
            return status

    with loading():
        from dlp import app
        from dlp.detect.workers import WorkerPool, parse_workers
        from dlp.proxy.launcher import ProxySettings, run_proxy

        workers = WorkerPool(parse_workers(chosen.pop("dlp_workers")))
        application = app.build(app.Settings.of(chosen), workers=workers)
        loaded()
    run_proxy(
        application,
        ProxySettings(
            confdir=args.confdir,
            listen=args.listen,
            port=args.port,
            modes=tuple(_with_keys(mode, args.confdir) for mode in args.mode or ["regular"]),
            drain_seconds=args.drain,
            options=tuple(args.options),
            link=link,
            process=number,
        ),
        announce,
    )
    if link is None:
        print("dlp: stopped", file=sys.stderr)
    return OK


def _from_files(settings: list[str]) -> list[str]:
    """`OPTION=FILE` with the value in the file's place. Raises `ConfigurationError`."""
    found = []
    for setting in settings:
        name, equals, path = setting.partition("=")
        if not (name and equals and path):
            raise ConfigurationError(f"--set-file: expected OPTION=FILE, found '{printable(setting, 80)}'")
        found.append(f"{name}={read_secret(Path(path), f'value of {name}')}")
    return found


def _with_keys(mode: str, confdir: Path) -> str:
    """A mode as mitmproxy takes it; `wireguard` with keys that were made, and are looked after, here."""
    kind, at, where = mode.partition("@")
    if kind != "wireguard":
        return mode
    from dlp.egress.wireguard import FILE_NAME, ensure_keys

    ensure_keys(confdir)
    return f"wireguard:{confdir.resolve() / FILE_NAME}{at}{where}"


def _number_of_processes(text: str) -> int:
    if text == "auto":
        from dlp.detect.workers import cores

        return min(cores(), MAX_PROCESSES)
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_PROCESSES:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected auto or a number from 1 to {MAX_PROCESSES}, not '{text[:20]}'")


def _link(text: str) -> tuple[int, int]:
    """`FD,NUMBER`, which the supervisor adds to its own command line for each process."""
    handle, comma, number = text.partition(",")
    if not (comma and handle.isdecimal() and number.isdecimal()):
        raise argparse.ArgumentTypeError("is for the supervisor's use")
    return int(handle), int(number)


def _taken_link(args: argparse.Namespace) -> tuple[socket.socket | None, int | None]:
    """This process's end of the link and its number, if it has a supervisor."""
    if args.supervised is None:
        return None, None
    handle, number = args.supervised
    try:
        return socket.socket(fileno=handle), number
    except OSError:
        raise ConfigurationError("--supervised is for the supervisor's use") from None


def _own_options(args: argparse.Namespace) -> dict[str, str]:
    """Our options, given by argument or by `--set`; the latter are taken out of `args.options`."""
    from dlp.app import OPTIONS

    chosen = {name: default for name, (default, _) in OPTIONS.items()}
    chosen |= {
        "dlp_policy": args.policy,
        "dlp_audit": args.audit,
        "dlp_state": str(args.state or ""),
        "dlp_vault": args.vault,
        "dlp_limits": "",
        "dlp_workers": args.workers,
    }
    rest = []
    for setting in args.options:
        name, _, value = setting.partition("=")
        if name in chosen:
            chosen[name] = value
        else:
            rest.append(setting)
    args.options = rest
    return chosen


def _announce(args: argparse.Namespace, policies: PolicySet, bundle: Path, host: str, port: int) -> None:
    from dlp.environment import client_environment, export_lines, proxy_url

    url = proxy_url(host, port)
    policy, others = policies.default, len(policies.policies) - 1
    more = f" and {others} more" if others else ""
    shared = f", {args.processes} processes" if args.processes > 1 else ""
    print(f"dlp: listening on {url}, policy '{policy.name}' ({policy.mode}){more}{shared}", file=sys.stderr)
    if not args.quiet:
        print("# paste into the shell of an application; Ctrl-C here stops the proxy")
        print("\n".join(export_lines(client_environment(url, bundle), "sh")))
    sys.stdout.flush()
