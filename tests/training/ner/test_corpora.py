"""Column files to records."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from training.ner import corpora

CASES = {
    "iob2 with numbers and comments": ("# sent_id = 1\n1\tAnna\tB-PER\t-\tx\n2\tWeber\tI-PER\t-\tx\n3\t,\tO\t-\tx\n4\tOslo\tB-LOC\t-\tx\n", 1,
                                        [("Anna Weber, Oslo", [(0, 10, "PERSON"), (12, 16, "LOCATION")])]),
    "iob1 by blanks": ("Zelmor I-ORG\nBank I-ORG\n. O\n\nBob I-PER\nAna B-PER\n", 0,
                       [("Zelmor Bank.", [(0, 11, "ORGANIZATION")]), ("Bob Ana", [(0, 3, "PERSON"), (4, 7, "PERSON")])]),
    "small letters and unknown labels": ("Foo\tB-creative-work\nAna\tB-person\n", 0, [("Foo Ana", [(4, 7, "PERSON")])]),
    "empty": ("\n\n", 0, []),
}  # fmt: skip


@pytest.mark.parametrize(("content", "token", "expected"), CASES.values(), ids=CASES)
def test_sentences(content: str, token: int, expected: list[tuple[str, list[tuple[int, int, str]]]]) -> None:
    assert list(corpora.sentences(content, token)) == expected


def test_a_changed_corpus_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "train").mkdir(parents=True)
    for name in ("good", "changed"):
        (source / "train" / f"{name}.jsonl.gz").write_bytes(gzip.compress(json.dumps({"name": name}).encode()))
    good = corpora.digest(source / "train" / "good.jsonl.gz")
    monkeypatch.setattr(corpora, "DIGESTS", {"train/good.jsonl.gz": good, "train/changed.jsonl.gz": good})
    assert corpora.main([str(out), "--from", str(source)]) == 0
    assert [path.name for path in (out / "train").iterdir()] == ["good.jsonl.gz"]


def test_equal_records_give_equal_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for path in (first, second):
        corpora.write(path, corpora.ORIGINS[0], [("Anna", [(0, 4, "PERSON")])])
    assert first.read_bytes() == second.read_bytes()
