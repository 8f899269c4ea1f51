"""What stands before and behind the body of an answer: headers and trailers that repeat what the request said.

A client doesn't only read them. It follows `Location`, asks for the page that `Link` names, and sends its cookies back with every further request. A
value put back there leaves with that request, unless it is found again where it then stands: in a path, in a query, in a cookie. So in such a
field values are put back only if the engine makes of the head that would come of it (`Again`) what the provider had written. Else the
token stays, which the provider knows, and which no request has unmasked.

Nothing that is put back can end a field or begin another: each is spelt as its place asks for it, or not put back at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from urllib.parse import quote, unquote

from dlp.engine.head import Header
from dlp.engine.leaves import Stats
from dlp.engine.rpc_answer import STATUS_FIELDS
from dlp.masking.restoring import Restorer
from dlp.providers.table import normalise_host
from dlp.wire.json_leaves import splice

type Again = Callable[[str, Sequence[Header]], tuple[str, Sequence[Header]] | None]
"""Path and headers of a further request to the same host -> what the provider would get of them; None if it would get nothing."""

_QUOTABLE = re.compile(r"[ !#-\[\]-~]*\Z")
"""What may stand in a quoted string of a header as it is (RFC 9110, 5.6.4)."""
_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]*\Z")
"""What a cookie's value consists of (RFC 6265, 4.1.1)."""
_SITE = re.compile(r"(?:https:)?//([^/?#]*)", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|\\")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_LINKED = re.compile(r"(<[^>]*>)")


class AnswerFields:
    """Restores the headers and the trailers of one answer.

    Args:
        values: What may be put back, and on which terms.
        host: To which the request went, as `normalise_host` has it.
        again: What would become of a request that the client makes of the answer.
    """

    def __init__(self, values: Mapping[str, str], host: str, again: Again) -> None:
        self._values, self._host, self._again = values, host, again
        self._stats = Stats()
        self._places: dict[str, Callable[[str], str]] = {
            "content-disposition": self._quoted,
            "content-location": self._address,
            "link": self._links,
            "location": self._address,
            "operation-location": self._address,
            "set-cookie": self._cookie,
        }

    def restored(self, fields: Sequence[Header]) -> Sequence[Header]:
        """All fields, in their order; the same object if none has changed."""
        new = [(name, self._field(name.lower(), value)) for name, value in fields]
        return fields if all(old == now for (_, old), (_, now) in zip(fields, new, strict=True)) else new

    @cached_property
    def _anywhere(self) -> Mapping[str, str]:
        """The values without the terms that hold for URLs of a model's: it writes none of these fields."""
        return dict(self._values)

    def _field(self, name: str, value: str) -> str:
        if name in STATUS_FIELDS:
            return STATUS_FIELDS[name](value, self._values, self._stats)
        place = self._places.get(name)
        return value if place is None else place(value)

    def _quoted(self, field: str) -> str:
        """A name that is quoted takes the values that need no other spelling there; one that is percent-encoded takes all."""
        return splice(field, [edit for edit in Restorer(self._values).edits(field) if _QUOTABLE.match(edit[2])])

    def _links(self, field: str) -> str:
        parts = _LINKED.split(field)
        return "".join(
            f"<{self._address(part[1:-1])}>" if part.startswith("<") else self._quoted(part) for part in parts
        )

    def _address(self, url: str) -> str:
        """A URL, values percent-encoded. One of another host is a URL like any in an answer; and what is asked there is not asked here."""
        site = _SITE.match(url)
        own = site is not None and normalise_host(re.sub(r":\d*\Z", "", site[1])) == self._host
        if not own and _SCHEME.match(url):
            scheme = "https:" if url.startswith("//") else ""  # without it nothing shows that this is a URL
            web = _WEB.match(scheme + url) is not None
            return self._encoded(scheme + url, self._values).removeprefix(scheme) if web else url
        start = site.end() if site is not None and own else 0
        target = url[start:]
        restored = self._encoded(target, self._anywhere)
        if restored == target:
            return url
        sent = self._again(_as_path(restored), ())
        if sent is None or unquote(sent[0]) != unquote(_as_path(target)):
            return url
        return url[:start] + restored

    def _encoded(self, url: str, values: Mapping[str, str]) -> str:
        stands = Restorer(values).stands(url)
        return splice(
            url, [(start, end, quote(values[key].encode("utf-8", "replace"), safe="")) for start, end, _, key in stands]
        )

    def _cookie(self, field: str) -> str:
        pair, mark, attributes = field.partition(";")
        edits = Restorer(self._anywhere).edits(pair)
        if not edits or not all(_COOKIE.match(value) for _, _, value in edits):
            return field
        restored = splice(pair, edits)
        sent = self._again("/", (("cookie", restored),))
        if sent is None or sent[1][0][1] != pair:
            return field
        return restored + mark + attributes


def _as_path(target: str) -> str:
    """What a request's path would be like; what stands before a relative one says nothing of the request that was answered."""
    path = target.partition("#")[0]
    return path if path.startswith("/") else f"/{path}"
