"""The rules: each refusal, by what was asked for, and each on the record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dlp.audit.log import AuditLog
from dlp.audit.verify import verify
from dlp.errors import AuditError, ConfigurationError, NotAllowed
from dlp.masking.minting import Minter
from dlp.restore.desk import LONGEST_SECONDS, Credentials, Desk
from dlp.restore.ledger import FREE_TRIES
from dlp.restore.operators import Role
from dlp.vault.keys import KeyRing
from dlp.vault.sealed import SealedVault
from dlp.vault.sqlite import SqliteStore
from dlp.vault.whose import Whose
from tests.restore.test_ledger import Clock

KEY = b"0123456789abcdef0123456789abcdef"
MAIL, SECRET = "anna.keller@nordwind.org", "hunter2-hunter2"
CODES = {name: f"{name} has a passcode" for name in ("root", "anna", "carl", "dora", "emil")}
MINTER = Minter(KEY, "default\0user:bert")
TOKEN, SECRET_TOKEN = MINTER.token("EMAIL_ADDRESS", MAIL), MINTER.token("PASSWORD", SECRET)
BERT = Whose(user="bert")


def who(name: str, passcode: str = "") -> Credentials:
    return Credentials(name, passcode or CODES[name])


class Office:
    """A desk with operators, a vault with values, and the log of what happened."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.folder = folder
        self.log = folder / "audit.jsonl"
        self.vault = SealedVault(SqliteStore(folder / "vault.db"), KeyRing((KEY,)))
        self.vault.exchange("default\0user:bert", MINTER.values, 10**9)
        self.book = AuditLog(self.log)
        self.desk = Desk(folder, self.book, self.clock)
        self.desk.add(None, "root", frozenset({Role.ADMIN}), CODES["root"])
        admin = who("root")
        self.desk.add(admin, "anna", frozenset({Role.RESTORE}), CODES["anna"], never=("secret",))
        self.desk.add(admin, "carl", frozenset({Role.APPROVE, Role.RESTORE}), CODES["carl"])
        self.desk.add(admin, "dora", frozenset({Role.APPROVE}), CODES["dora"])

    def restored(self, grant: str, text: str = TOKEN, by: str = "anna") -> str:
        return self.desk.restore(who(by), grant, text, self.vault, (KEY,)).text

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def close(self) -> None:
        self.desk.close()
        self.vault.close()
        self.book.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path)
    yield opened
    opened.close()
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for hidden in (MAIL, SECRET, *CODES.values()):
        assert hidden.encode() not in everything
    report = verify([opened.log], {})
    assert report.problems == []
    assert report.last == len(opened.records())


def test_a_look(office: Office) -> None:
    grant = office.desk.open_grant(who("anna"), "ticket  4711,\nasked for by his bank", BERT, seconds=60)
    text = f"{TOKEN} {SECRET_TOKEN} [PII:EMAIL:00000000]"
    looked = office.desk.restore(who("anna"), grant.id, text, office.vault, (KEY,))
    assert looked.text == text.replace(TOKEN, MAIL)
    opened, last = office.records()[-2:]
    assert opened["action"] == "grant_open"
    digests = [token.split(":")[2].rstrip("]") for token in (TOKEN, SECRET_TOKEN)]
    assert {name: last[name] for name in last if name not in ("time", "seq", "prev", "until")} == {
        "client": "operator:anna",
        "action": "restore",
        "grant": grant.id,
        "reason": "ticket 4711, asked for by his bank",
        "whose": "user bert",
        "tokens": digests,
        "shown": {"EMAIL_ADDRESS": 1},
        "withheld": 1,
        "unknown": 1,
    }
    assert office.restored(grant.id, by="anna") == MAIL  # again, within its time
    office.clock.now += 60
    with pytest.raises(NotAllowed, match="over"):
        office.restored(grant.id)


def test_a_grant_for_certain_tokens(office: Office) -> None:
    digest = TOKEN.split(":")[2].rstrip("]")
    grant = office.desk.open_grant(who("carl"), "ticket 4711", Whose(), (digest,))
    assert office.restored(grant.id, f"{TOKEN} {SECRET_TOKEN}", "carl") == f"{MAIL} {SECRET_TOKEN}"


REFUSALS: dict[str, tuple[Callable[[Office], object], str]] = {
    "wrong passcode": (lambda o: o.desk.open_grant(who("anna", "x" * 12), "ticket 4711", BERT), "wrong name"),
    "no such operator": (lambda o: o.desk.open_grant(who("emil"), "ticket 4711", BERT), "wrong name"),
    "not the role": (lambda o: o.desk.open_grant(who("dora"), "ticket 4711", BERT), "role 'restore'"),
    "no reason": (lambda o: o.desk.open_grant(who("anna"), "    x  ", BERT), "a reason"),
    "everything": (lambda o: o.desk.open_grant(who("anna"), "ticket 4711", Whose()), "not for everything"),
    "for ever": (lambda o: o.desk.open_grant(who("anna"), "ticket 4711", BERT, (), LONGEST_SECONDS + 1), "8 h at most"),
    "no grant": (lambda o: o.restored("00000000"), "no such grant"),
    "somebody else's": (
        lambda o: o.restored(o.desk.open_grant(who("carl"), "ticket 4711", BERT).id),
        "isn't theirs",
    ),
    "closed": (
        lambda o: o.restored(o.desk.close_grant(who("anna"), o.desk.open_grant(who("anna"), "ticket", BERT).id).id),
        "over",
    ),
    "closed by a stranger": (
        lambda o: o.desk.close_grant(who("carl"), o.desk.open_grant(who("anna"), "ticket 4711", BERT).id),
        "isn't theirs",
    ),
    "not an admin": (lambda o: o.desk.add(who("carl"), "emil", frozenset({Role.ADMIN}), CODES["emil"]), "'admin'"),
    "approved by themselves": (
        lambda o: o.desk.approve(who("carl"), o.desk.open_grant(who("carl"), "ticket 4711", BERT).id),
        "of their own",
    ),
    "nothing to approve": (lambda o: o.desk.approve(who("dora"), "00000000"), "no such grant"),
    "not an approver": (
        lambda o: o.desk.approve(who("anna"), o.desk.open_grant(who("carl"), "ticket 4711", BERT).id),
        "role 'approve'",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused(case: str, office: Office) -> None:
    ask, why = REFUSALS[case]
    with pytest.raises(NotAllowed, match=why) as refused:
        ask(office)
    last = office.records()[-1]
    assert (last["action"], last["note"]) == ("restore_refused", str(refused.value))
    assert "tried" in last


def test_a_stranger_and_a_wrong_passcode_look_alike(office: Office) -> None:
    answers: dict[str, list[str]] = {"anna": [], "emil": []}
    for name, said in answers.items():
        for _ in range(FREE_TRIES + 2):
            with pytest.raises(NotAllowed) as refused:
                office.desk.open_grant(who(name, "a wrong one, again"), "ticket 4711", BERT)
            said.append(str(refused.value))
    assert answers["anna"] == answers["emil"]
    assert answers["anna"][-1] == "too many wrong passcodes; try again in 30 s"
    with pytest.raises(NotAllowed, match="too many"):
        office.desk.open_grant(who("anna"), "ticket 4711", BERT)  # even the right one
    assert [record["client"] for record in office.records()[-2:]] == ["operator", "operator:anna"]
    office.clock.now += 31
    office.desk.open_grant(who("anna"), "ticket 4711", BERT)


def test_two_people(office: Office) -> None:
    office.desk.require_two_people(who("root"), wanted=True)
    grant = office.desk.open_grant(who("anna"), "ticket 4711", BERT)
    with pytest.raises(NotAllowed, match="second operator"):
        office.restored(grant.id)
    office.desk.approve(who("dora"), grant.id)
    assert office.restored(grant.id) == MAIL
    approved = next(record for record in office.records() if record["action"] == "grant_approve")
    assert (approved["client"], approved["subject"]) == ("operator:dora", "anna")
    office.desk.remove(who("root"), "dora")
    with pytest.raises(NotAllowed, match="any more"):
        office.restored(grant.id)


def test_a_grant_of_somebody_who_is_gone(office: Office) -> None:
    grant = office.desk.open_grant(who("anna"), "ticket 4711", BERT)
    office.desk.remove(who("root"), "anna")
    with pytest.raises(NotAllowed, match="wrong name"):
        office.restored(grant.id)


@pytest.mark.parametrize("reason", [f"he said {MAIL}", "his number is 0171 2345678 90"])
def test_what_may_be_a_value_is_left_out_of_a_reason(reason: str, office: Office) -> None:
    grant = office.desk.open_grant(who("anna"), reason, BERT)
    assert office.restored(grant.id) == MAIL
    assert "*" in office.records()[-1]["reason"]
    assert "2345678" not in office.log.read_text()


def test_a_reason_that_holds_the_value_is_not_kept(office: Office) -> None:
    grant = office.desk.open_grant(who("carl"), f"is it {SECRET}?", BERT)
    with pytest.raises(NotAllowed, match="reason holds"):
        office.restored(grant.id, SECRET_TOKEN, "carl")


def test_nothing_is_shown_that_is_not_on_the_record(office: Office) -> None:
    grant = office.desk.open_grant(who("anna"), "ticket 4711", BERT)
    office.book.close()
    with pytest.raises(AuditError):
        office.restored(grant.id)
    with pytest.raises(AuditError):
        office.desk.open_grant(who("anna"), "ticket 4712", BERT)
    assert [each.id for each in office.desk.grants()] == [grant.id]
    with pytest.raises(AuditError):
        office.desk.add(who("root"), "emil", frozenset({Role.RESTORE}), CODES["emil"])
    assert "emil" not in (office.folder / "operators.json").read_text()


def test_operators_are_changed_by_admins_alone(office: Office) -> None:
    with pytest.raises(ConfigurationError, match="which admin"):
        office.desk.add(None, "emil", frozenset({Role.ADMIN}), CODES["emil"])
    with pytest.raises(ConfigurationError, match="last admin"):
        office.desk.add(who("root"), "root", frozenset({Role.RESTORE}), CODES["root"])
    with pytest.raises(ConfigurationError, match="last admin"):
        office.desk.remove(who("root"), "root")
    with pytest.raises(ConfigurationError, match="no operator"):
        office.desk.remove(who("root"), "emil")
    for name, roles in (("a b", {Role.RESTORE}), ("emil", set())):
        with pytest.raises(ConfigurationError):
            office.desk.add(who("root"), name, frozenset(roles), CODES["emil"])


def test_the_first_operator_is_an_admin(tmp_path: Path) -> None:
    book = AuditLog(tmp_path / "audit.jsonl")
    desk = Desk(tmp_path, book)
    with pytest.raises(ConfigurationError, match="must be an admin"):
        desk.add(None, "anna", frozenset({Role.RESTORE}), CODES["anna"])
    with pytest.raises(ConfigurationError, match="no operators"):
        desk.require_two_people(None, wanted=True)
    desk.close()
    book.close()
