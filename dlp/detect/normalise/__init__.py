r"""The same text, written so that patterns can see what is in it, with a way back to the original offsets.

Two kinds of result:

* `plain(text)` replaces the text for every finder: other scripts' digits, full-width letters, odd blanks and dashes
  become ASCII one for one; look-alike letters become Latin in words that mix scripts; characters without width go away;
  JSON escapes are resolved. Most texts show none of these traits and come back as they are.
* `views(around)` are short extra texts around what is encoded (percent, HTML, quoted-printable, base64, hex, digits spelt
  or spaced out, string literals glued with `+`). They are examined like texts of their own; only hits that touch what
  was decoded count. A hit in decoded base64 or hex covers the whole encoded run: half of it would still decode.

Bounded: every pattern here has bounded quantifiers, a view is never longer than what it decodes plus `AROUND` on either
side, what is decoded is not decoded again more than `MAX_DEPTH` deep, and there are at most `MAX_VIEWS` per text; a text
with more is refused by the caller (`DetectorError`), because an unseen view is an unseen leak.
"""

from __future__ import annotations

from dlp.detect.normalise.folding import fold, plain
from dlp.detect.normalise.offsets import OffsetMap, View, rewrite
from dlp.detect.normalise.views import AROUND, MAX_DEPTH, MAX_VIEWS, views

__all__ = ["AROUND", "MAX_DEPTH", "MAX_VIEWS", "OffsetMap", "View", "fold", "plain", "rewrite", "views"]
