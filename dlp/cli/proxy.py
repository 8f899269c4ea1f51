"""`python -m dlp proxy`: start the proxy in the foreground."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dlp.cli.arguments import add_address, add_confdir

if TYPE_CHECKING:  # importing it takes longer than the help does
    from dlp.app import Application

_EXAMPLES = """\
examples:
  python -m dlp proxy                                     127.0.0.1:8080, policy `default`
  python -m dlp proxy --policy strict --audit audit.jsonl
  python -m dlp proxy --mode reverse:https://api.openai.com --port 8081
  python -m dlp proxy --set proxyauth=@users.htpasswd"""


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
    parser.add_argument("--state", type=Path, metavar="FOLDER", help="folder of the keys (default: your state folder)")
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
        help="processes that examine long texts; 0 for none (default: one per core)",
    )
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
        "--drain",
        type=float,
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

    chosen = _own_options(args)
    policies = load_policies(chosen["dlp_policy"], providers=default_table().ids)

    from dlp import app
    from dlp.ca import ensure_ca
    from dlp.detect.workers import WorkerPool, parse_workers
    from dlp.proxy.launcher import ProxySettings, run_proxy

    files = ensure_ca(args.confdir)
    for notice in files.notices(policies.hosts):
        print(f"dlp: {notice}", file=sys.stderr)
    workers = WorkerPool(parse_workers(chosen.pop("dlp_workers")))
    application = app.build(app.Settings.of(chosen), workers=workers)

    def ready(host: str, port: int) -> None:
        _announce(args, application, files.bundle.resolve(), host, port)

    run_proxy(
        application,
        ProxySettings(
            confdir=args.confdir,
            listen=args.listen,
            port=args.port,
            modes=tuple(args.mode or ["regular"]),
            drain_seconds=args.drain,
            options=tuple(args.options),
        ),
        ready,
    )
    print("dlp: stopped", file=sys.stderr)
    return 0


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


def _announce(args: argparse.Namespace, application: Application, bundle: Path, host: str, port: int) -> None:
    from dlp.environment import client_environment, export_lines, proxy_url

    url = proxy_url(host, port)
    policy, others = application.policy, len(application.policies.current.policies.policies) - 1
    more = f" and {others} more" if others else ""
    print(f"dlp: listening on {url}, policy '{policy.name}' ({policy.mode}){more}", file=sys.stderr)
    if not args.quiet:
        print("# paste into the shell of an application; Ctrl-C here stops the proxy")
        print("\n".join(export_lines(client_environment(url, bundle), "sh")))
    sys.stdout.flush()
