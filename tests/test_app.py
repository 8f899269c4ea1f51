"""What the composition root takes over from one edition of the policies to the next."""

from __future__ import annotations

from pathlib import Path

from dlp import app
from tests.proxy.live import shared_detector


def test_an_edit_of_one_policy_leaves_the_engines_of_the_others_as_they_are(tmp_path: Path) -> None:
    """An engine knows what it decided in the conversations under way; an edit elsewhere in the folder must not cost them that."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "base.yaml").write_text("entities: {EMAIL_ADDRESS: mask}\n")
    (folder / "strict.yaml").write_text("match: {paths: [/v1/strict]}\nentities: {EMAIL_ADDRESS: block}\n")
    built = app.build(app.Settings(policy=str(folder), state=tmp_path / "state"), detector=shared_detector())
    before = built.policies.current
    (folder / "strict.yaml").write_text("match: {paths: [/v1/strict]}\nentities: {EMAIL_ADDRESS: redact}\n")
    assert built.policies.refresh()
    after = built.policies.current
    assert after.engines["base"] is before.engines["base"]
    assert after.engines["strict"] is not before.engines["strict"]
    assert after.engines["strict"].policy == next(each for each in after.policies.policies if each.name == "strict")
