"""Uploads in steps: the later ones are their beginner's, if they come from the same place and name nobody else."""

from __future__ import annotations

from dataclasses import replace

from dlp.policy.matching import Facts
from dlp.proxy.caller import Caller
from dlp.proxy.resumable import MAX_UPLOADS, Uploads

ANNA = Caller(name="key:anna", person="addr:1", project="", facts=Facts(api_key="anna", path="/start"))
NAMELESS = Caller(name="addr:1", person="addr:1", project="", facts=Facts(path="/upload"))
ADDRESS = "https://host/upload/v1beta/files?upload_id=abc&upload_protocol=resumable"
PATH = "/upload/v1beta/files?upload_id=abc&upload_protocol=resumable"


def test_who_goes_on_is_who_began() -> None:
    uploads = Uploads()
    uploads.begin(ADDRESS, ANNA)
    who = uploads.who(PATH, NAMELESS)
    assert (who.name, who.facts.api_key, who.facts.path) == ("key:anna", "anna", "/upload")


def test_nobody_else_is() -> None:
    uploads = Uploads()
    uploads.begin(ADDRESS, ANNA)
    bert = Caller(name="key:bert", person="addr:1", project="", facts=Facts(api_key="bert"))
    elsewhere = replace(NAMELESS, name="addr:2", person="addr:2")
    assert uploads.who(PATH, bert) is bert
    assert uploads.who(PATH, elsewhere) is elsewhere
    for path in ("/upload/v1beta/files", "/upload?upload_id=abd", "/x?upload_id="):
        assert uploads.who(path, NAMELESS) is NAMELESS


def test_what_says_nothing_is_not_remembered() -> None:
    uploads = Uploads()
    for address, caller in (("", ANNA), ("https://host/x", ANNA), (ADDRESS, NAMELESS)):
        uploads.begin(address, caller)
    assert repr(uploads) == "<0 uploads>"
    for number in range(MAX_UPLOADS + 1):
        uploads.begin(f"?upload_id={number}", ANNA)
    assert repr(uploads) == f"<{MAX_UPLOADS} uploads>"
    assert uploads.who("?upload_id=0", NAMELESS) is NAMELESS
