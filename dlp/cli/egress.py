"""`python -m dlp egress`: bring a network's traffic to the proxy."""

from __future__ import annotations

import argparse
import contextlib
import sys

from dlp.cli import NEGATIVE, OK
from dlp.cli.arguments import add_confdir, port_number

_EPILOG = """\
examples:
  python -m dlp egress pac --proxy proxy.corp.example:8080 > proxy.pac
  python -m dlp egress nftables show --interface eth1           what apply would do
  python -m dlp egress wireguard --endpoint proxy.corp.example > laptop.conf

docs/network.md says when which of them fits.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """`pac`, `nftables` and `wireguard`."""
    parser.epilog = _EPILOG
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND", title="kinds")
    pac = kinds.add_parser("pac", help="print a PAC file for browsers and systems that can be told, or serve it")
    pac.add_argument(
        "--proxy", action="append", required=True, metavar="HOST:PORT", help="as clients reach it; may be repeated"
    )
    pac.add_argument("--policy", default="default", metavar="NAME|PATH", help="the policy whose hosts: count as well")
    pac.add_argument("--serve", metavar="ADDRESS", help="answer /proxy.pac and /wpad.dat there until stopped")
    pac.add_argument("--port", type=port_number, default=80, help="of that address (default: 80)")
    rules = kinds.add_parser("nftables", help="firewall rules for transparent mode: no way out but the proxy")
    rules.add_argument(
        "action",
        choices=("show", "check", "apply", "remove", "status"),
        help="show them; have nft check them; apply; remove; print what is in force (exit status 1 if nothing is)",
    )
    rules.add_argument(
        "--interface", action="append", default=[], metavar="NAME", help="one with clients behind it; may be repeated"
    )
    rules.add_argument("--local", metavar="USER", help="this machine's own programs too; USER is the proxy's own user")
    rules.add_argument("--port", type=port_number, default=8080, help="of the proxy on this machine (default: 8080)")
    rules.add_argument(
        "--exempt", action="append", default=[], metavar="NETWORK", help="let this through as it is; may be repeated"
    )
    rules.add_argument(
        "--close", action="append", type=port_number, default=[], metavar="PORT", help="a further port to close"
    )
    tunnel = kinds.add_parser(
        "wireguard", help="print what a laptop's WireGuard is configured with; makes the keys if there are none"
    )
    tunnel.add_argument(
        "--endpoint", required=True, metavar="HOST[:PORT]", help="the proxy, as laptops reach it (default port: 51820)"
    )
    tunnel.add_argument("--dns", metavar="ADDRESS", help="another resolver than the proxy's own")
    add_confdir(tunnel)


def run(args: argparse.Namespace) -> int:
    """Do what the kind says."""
    return {"pac": _pac, "nftables": _nftables, "wireguard": _wireguard}[args.kind](args)


def _pac(args: argparse.Namespace) -> int:
    from dlp.egress.pac import pac_file, pac_server
    from dlp.policy.folder import load_policies
    from dlp.providers.table import default_table

    table = default_table()
    text = pac_file(table.with_hosts(load_policies(args.policy, providers=table.ids).hosts), args.proxy)
    if args.serve is None:
        print(text, end="")
        return OK
    with pac_server(text, args.serve, args.port) as server:
        print(f"dlp: http://{args.serve}:{server.server_port}/proxy.pac", file=sys.stderr)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    return OK


def _nftables(args: argparse.Namespace) -> int:
    from dlp.egress import nftables

    if args.action == "remove":
        nftables.remove()
        return OK
    if args.action == "status":
        found = nftables.shown()
        print(found, end="")
        return OK if found else NEGATIVE
    rules = nftables.Rules(
        port=args.port,
        interfaces=tuple(args.interface),
        user=args.local,
        exempt=tuple(args.exempt),
        closed_ports=tuple(args.close),
    )
    if args.action == "show":
        print(nftables.ruleset(rules), end="")
    elif args.action == "check":
        nftables.check(rules)
    else:
        nftables.apply(rules)
    return OK


def _wireguard(args: argparse.Namespace) -> int:
    from dlp.egress.wireguard import RESOLVER, client_configuration, ensure_keys

    print(client_configuration(ensure_keys(args.confdir), args.endpoint, resolver=args.dns or RESOLVER), end="")
    return OK
