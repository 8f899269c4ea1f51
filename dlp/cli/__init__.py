"""`python -m dlp VERB`: one module per verb, imported when its verb is used and not before.

A verb is a module of this package with two functions:

    configure(parser)   adds its arguments
    run(args) -> int    does the work and returns the exit status

Data goes to stdout, talk to stderr. Exit status, for every verb:

    0    done; nothing found, nothing wrong
    1    done, and the answer is a finding or a "no"
    2    not done: wrong usage, a broken policy, a set-up that can't work
    70   a fault of ours; stderr says where
    130  stopped by Ctrl-C
    141  whoever read stdout stopped reading

`run` gives back the status of the command that it ran.
"""

from __future__ import annotations

import argparse
import difflib
import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType

from dlp.errors import ConfigurationError, DlpError, PolicyError
from dlp.printable import printable

OK = 0
NEGATIVE = 1
UNUSABLE = 2
INTERNAL = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

VERBS = {
    "proxy": ("dlp.cli.proxy", "start the proxy"),
    "run": ("dlp.cli.run", "run one command behind the proxy, starting one if none is listening"),
    "env": ("dlp.cli.env", "print the environment that sends a shell's programs through the proxy"),
    "scan": ("dlp.cli.scan", "show what would be found in files or in stdin"),
    "mask": ("dlp.cli.mask", "write files or stdin with what a policy masks replaced"),
    "explain": ("dlp.cli.explain", "say why something is found, or why not"),
    "policy": ("dlp.cli.policy", "test and compare policies, say which line decides, print the schema"),
    "fingerprint": ("dlp.cli.fingerprint", "print what stands for an API key in policies and logs"),
    "check": ("dlp.cli.check", "check policy files, every mistake at once"),
    "eval": ("dlp.cli.eval", "measure detection on labelled text"),
    "demo": ("dlp.cli.demo", "show a masked conversation with an embedded fake provider"),
    "ca": ("dlp.cli.ca", "make, show and bundle the certificate authority"),
    "egress": ("dlp.cli.egress", "bring a network's traffic to the proxy: PAC file, firewall rules"),
    "vault": ("dlp.cli.vault", "count, forget or re-key what is remembered for stateful APIs"),
    "restore": ("dlp.cli.restore", "show an operator what tokens stand for, on the record"),
    "grant": ("dlp.cli.grant", "open, approve and close leave to restore by hand"),
    "operators": ("dlp.cli.operators", "say who may restore by hand"),
    "audit": ("dlp.cli.audit", "check an audit log, and count what is in it"),
    "doctor": ("dlp.cli.doctor", "try whether the programs on this machine go through the proxy and trust it"),
    "status": ("dlp.cli.status", "say how a running proxy is doing"),
    "version": ("dlp.cli.version", "print the versions that matter in a report"),
}
"""Verb -> module and the line that the help shows."""

_EPILOG = """\
exit status:
  0  done; nothing found, nothing wrong
  1  done, and the answer is a finding or a "no"
  2  not done: wrong usage, a broken policy, a set-up that can't work

`%(prog)s VERB --help` tells more about each."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status; only argparse exits by itself (help and usage errors)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _open_what_is_closed()
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()  # here, where a reader that has gone can still be reported properly
    except PolicyError as error:  # its lines begin with file and line, as editors and people like them
        print(error, file=sys.stderr)
        return UNUSABLE
    except DlpError as error:
        print(f"dlp: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes stdout once more on its way out and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in _FULL:
            _report(error)
            return INTERNAL
        print(f"dlp: cannot write the output: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNUSABLE
    except Exception as error:  # noqa: BLE001 - the last stop before the interpreter prints the exception's text
        _report(error)
        return INTERNAL
    return status


def _open_what_is_closed() -> None:
    """Nothing to read, nowhere to write: the interpreter has None for a stream that the shell has closed (`<&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - as long as the process


def _dispatch(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m dlp",
        description="Masks personal data and secrets in requests to LLM providers and restores them in the answers.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    # Only the verb in use is imported. An option before the verb can only be --help or --version.
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    run = None
    for verb, (module_name, line) in VERBS.items():
        chosen = verbs.add_parser(
            verb,
            help=line,
            description=f"{line[0].upper()}{line[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if verb == named:
            module = _load(verb, module_name)
            module.configure(chosen)
            run = module.run
    if named is not None and named not in VERBS:
        near = difflib.get_close_matches(named, VERBS, 1)
        maybe = f" Did you mean '{near[0]}'?" if near else ""
        raise ConfigurationError(f"there is no verb '{printable(named, 80)}'.{maybe} `{parser.prog} --help` lists them")
    args = parser.parse_args(arguments)
    if args.version:
        from dlp import __version__

        print(__version__)
        return OK
    if run is None:
        parser.print_help(sys.stderr)
        return UNUSABLE
    status: int = run(args)
    return status


def _load(verb: str, module_name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"'{verb}' needs '{error.name}', which is not installed; run: make setup") from None


def _report(error: Exception) -> None:
    """Where a fault of ours happened, without what it happened to: an exception's own text may quote a body."""
    print(f"dlp: internal error, {type(error).__name__}; please report it with the lines below", file=sys.stderr)
    traceback.print_tb(error.__traceback__, file=sys.stderr)
