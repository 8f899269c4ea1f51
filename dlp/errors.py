"""Every exception this package raises on purpose. No message ever holds a value from a body.

DlpError
├── PolicyError          the policy file is wrong: fix the file
├── ConfigurationError   an option, a key file or the CA folder is wrong: fix the set-up
├── DetectorError        detection failed or ran out of time: the request must not pass unseen
│   └── Overloaded       ... because there is too much to do just now
├── WireError            the peer sent something we can't read
│   └── TooLarge         ... because it exceeds a limit
├── RequestBlocked       policy says no: working as asked
├── Refused              a request of a kind that can't be screened, or not without breaking it
├── NotAuthenticated     nobody knows who sends a request, and somebody wants to
├── OverLimit            a request comes too early: try again later
├── AnswerStopped        an answer, or the rest of it, must not reach the client
├── VaultError           the token store is away
├── NotAllowed           a person may not do what they asked for
└── AuditError           the audit log can't be written: no record, so by default no request
"""

from __future__ import annotations


class DlpError(Exception):
    """Base of every exception defined here."""


class PolicyError(DlpError):
    """A policy that can't be used. `problems` holds one line per mistake, all mistakes at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class ConfigurationError(DlpError):
    """Something outside the policy is wrong; the message says what to do next."""


class DetectorError(DlpError):
    """A recognizer raised, timed out or returned nonsense. Names the recognizer, never the text."""


class Overloaded(DetectorError):
    """Too many requests at once; the same one may pass in a moment."""


class WireError(DlpError):
    """Bytes that don't follow their format. The message names place and format, never the content."""


class TooLarge(WireError):
    """A body, message or decoded size above its limit; carries both numbers of bytes."""

    def __init__(self, what: str, limit: int, size: int | None = None) -> None:
        self.what, self.limit, self.size = what, limit, size
        found = f"is {size} bytes" if size is not None else "is larger than allowed"
        super().__init__(f"{what} {found}, limit is {limit}")


class RequestBlocked(DlpError):
    """The policy blocks this request.

    Args:
        reasons: `(entity type, count, place)`; no values.
        policy: Its name.
        model: The one that the request was for, if it named one.
    """

    def __init__(self, reasons: list[tuple[str, int, str]], policy: str, model: str | None = None) -> None:
        self.reasons, self.policy, self.model = reasons, policy, model
        listed = ", ".join(f"{count} {entity} in {place}" for entity, count, place in reasons)
        super().__init__(f"blocked: {listed} (policy '{policy}')")


class Refused(DlpError):
    """A request that can't be sent, for a reason with a status and a code of its own. The message is ours and holds nothing from it."""

    def __init__(self, status: int, message: str, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(message)


class NotAuthenticated(DlpError):
    """A request whose sender has to say who it is, and hasn't, or not well enough. The message says why, not who."""


class OverLimit(DlpError):
    """A request that comes too early. The message names the limit, not whose it is.

    Args:
        kind: Whose limit: `caller`, `address` or `policy`.
        what: What there is too much of.
        seconds: Until it makes sense to come again.
    """

    def __init__(self, kind: str, what: str, seconds: int) -> None:
        self.retry_after = seconds
        super().__init__(f"too many {what} for this {kind}; try again in {seconds} s")


class AnswerStopped(DlpError):
    """An answer, or the rest of it, is withheld. The message says why: types and counts, never a value.

    Args:
        status: What a whole answer is replaced with: 400 by policy, 502 for a fault.
    """

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(f"the answer was withheld: {reason}")
        self.status = status
        self.before: list[bytes] = []
        """What of a stream may still go on."""
        self.separator: bytes | None = None
        """In a streamed array, what has to stand between that and one more element."""


class VaultError(DlpError):
    """The token store can't be reached or can't be trusted."""


class NotAllowed(DlpError):
    """A person may not do what they asked for: wrong passcode, no such right, no grant. The message holds nothing that they may not know."""


class AuditError(DlpError):
    """A line of the audit log that couldn't be written, for lack of space say. Names the file, never the event."""


def origin(error: BaseException) -> str:
    """Type and place of an error, `KeyError at dlp/wire/sse.py:12`: what may be logged of an exception, whose text may hold a value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    name = trace.tb_frame.f_code.co_filename
    _, found, inside = name.rpartition("/dlp/")
    return f"{type(error).__name__} at {'dlp/' + inside if found else name.rpartition('/')[2]}:{trace.tb_lineno}"
