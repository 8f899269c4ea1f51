r"""What a text shows: one pass over it decides which finders can find anything.

Every trait is something that no value of some finder can do without: two groups of hex digits between colons for a
hardware address, eight capitals in a row for a BIC. Hyperscan looks for all of them at once, at a few microseconds per
thousand characters; a finder whose trait isn't shown is not run. Most texts show few traits.

A trait that is missed is a value that leaks, so each pattern is a superset of what its finder takes, written without
look-around and without letters outside ASCII: the text is read one byte per character, and every character that is not
ASCII is read as `?`. A pattern whose finder takes such characters has the `?` among its own.
Where Hyperscan isn't installed, every trait counts as shown and every finder runs: the findings are the same, and a
test holds the two to it.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from dlp.detect.compiled import database
from dlp.errors import DetectorError

try:
    import hyperscan
except ImportError:  # no wheel for this platform: see the module
    hyperscan = None  # type: ignore[assignment]

_RANDOM: Final = r"[A-Za-z0-9_+/.~\-]"

(
    UUID,
    MAC,
    IPV6,
    CAPITALS,
    PHONE,
    OBFUSCATED,
    TOKEN,
    GLUED,
    SPACED,
    GROUPED,
    LOOK_ALIKE,
    ENCODED,
    HEX_PAIRS,
    COORDINATES,
    TABLE,
    WRAPPED_DIGITS,
    MIXED_CASE,
    CONTROL,
    WRAPPED_TOKEN,
    SPACED_LETTERS,
    WRAPPED,
    ESCAPED,
    LETTER_BEHIND,
    LOGIN,
) = (1 << bit for bit in range(24))
ALL: Final = (1 << 24) - 1

PATTERNS: Final[dict[int, str]] = {
    UUID: r"-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
    MAC: r"[:\-][0-9A-Fa-f]{2}[:\-][0-9A-Fa-f]{2}[:\-]|\.[0-9A-Fa-f]{4}\.",
    IPV6: r":[0-9A-Fa-f]{0,4}:",
    # Eight characters of a BIC, of which six are letters.
    CAPITALS: r"[A-Z]{6}[A-Z0-9]{2}",
    # Five digits with what may stand between the groups of a telephone number; fewer are none in any country.
    PHONE: r"[0-9](?:[ \t()./\-?]{0,3}[0-9]){4}",
    # `name at host dot com`: the signs of which one stands in every such address; `K` may be the Kelvin sign.
    OBFUSCATED: r"(?i: dot | pun(?:[k?]t|to) |[\[({<](?:at|dot)|[\[(] (?:at|dot)|[\[(]@|_at_|[\[(](?:\?t|pun)|arroba| @|@ )",
    # Ten characters of a machine-made string with a digit among them: that one has five on one of its sides.
    TOKEN: f"[0-9]{_RANDOM}{{5}}|{_RANDOM}{{5}}[0-9]",
    GLUED: r"[\"'][ \t]{0,4}(?:\+[ \t]{0,4}\\?\r?\n?|\\?\r?\n)[ \t]{0,16}(?:\+[ \t]{0,4})?[\"']",
    SPACED: r"[0-9](?:[ ._\-*]{1,3}[0-9]){7}",
    GROUPED: r"[0-9][ .\-_/?|]{1,3}[0-9]{1,6}[ .\-_/?|]{1,3}[0-9]",
    # A letter that looks like a digit, beside one; or a group of such letters beside a group that begins or ends with one.
    LOOK_ALIKE: r"[0-9][OolI|SB]|[OolI|SB][0-9]|[0-9][\-. ][OolI|SB]{2}|[OolI|SB]{2}[\-. ][0-9]",
    ENCODED: r"[A-Za-z0-9+/_\-]{16}",
    HEX_PAIRS: r"(?:[0-9A-Fa-f]{2}[ :]){9}[0-9A-Fa-f]{2}",
    # Three decimals, a sign for degrees, or a number of degrees with its half of the earth.
    COORDINATES: r"[0-9]\.[0-9]{3}|[0-9] ?[NS?]",
    # A line with a delimiter and none of the signs that the header of a table has not; rows of SQL; a cell of HTML; a line
    # of a form whose label and value are set apart.
    TABLE: r"(?:^|\n)[^:=!{}<>\n]*[\t|;,][^:=!{}<>\n]*\n|(?i:\)\s{0,8}values?\s{0,8}\()|<(?:[Tt][DdHh]|[Dd][Tt])|(?:\.\.\.|[\-=]>| [\-?]) ",
    # A run of letters that is more than one word; what other runs are, they are in lower case too.
    MIXED_CASE: r"[a-z][A-Z]|[A-Z]{2}[a-z]",
    CONTROL: r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
    # A machine-made string has a digit among the last twenty characters of its one half and the first of its other.
    WRAPPED_TOKEN: r"[0-9][A-Za-z0-9_+/.=\-]{0,20}\r?\n[ \t>|]{0,12}[A-Za-z0-9_+/.=\-]{0,20}[0-9]|@[A-Za-z0-9\-]{1,40}\r?\n",
    # Single characters with blanks, or `@` between signs.
    SPACED_LETTERS: r"(?:(?:[A-Za-z0-9@._:=+\-]|at|dot)[ \t]{1,3}){7}(?:[A-Za-z0-9@._:=+\-]|at|dot)|[\-_*|/,\t]@[\-_*|/,\t]",
    # A sign at the end of a line or at its beginning that says that a value goes on.
    WRAPPED: r"[@_\-\\]\r?\n|\n[@.]",
    # A sign of percent-encoding, entities, tags, quoted-printable, escapes.
    ESCAPED: r"[%&<=\\]",
    # A word there may be a part of a hash, an id or a measure.
    LETTER_BEHIND: r"[0-9][A-Za-z]",
    # Signs beside which a login may stand that no phrase announces.
    LOGIN: r"@|\] \"|u/|/home/|Users",
    WRAPPED_DIGITS: r"[0-9] ?\r?\n[ \t>+]{0,4}[0-9][0-9 \-]{2}",
}  # fmt: skip
"""Trait -> pattern. Finders name the trait that they need where they are called."""


class TraitReader:
    """Reads the traits of texts. Holds compiled tables alone; may be shared by threads."""

    def __init__(self) -> None:
        self._database: Any = None
        if hyperscan is not None:
            self._database = database("traits", PATTERNS, hyperscan.HS_FLAG_SINGLEMATCH)
        self._scratch = threading.local()  # one working area per thread, as the library asks

    def __call__(self, text: str) -> int:
        """The traits that `text` shows, or'ed. Raises `DetectorError` when the pass fails."""
        if self._database is None:
            return ALL
        scratch = getattr(self._scratch, "own", None)
        if scratch is None:
            scratch = self._scratch.own = hyperscan.Scratch(self._database)
        found: list[int] = []

        def note(trait: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            found.append(trait)

        try:
            self._database.scan(text.encode("ascii", "replace"), match_event_handler=note, scratch=scratch)
        except hyperscan.error as error:
            raise DetectorError(f"the pass over the text failed: {type(error).__name__}") from None
        return sum(found)  # each is reported once


traits_of: Final = TraitReader()
"""The reader of this process."""
