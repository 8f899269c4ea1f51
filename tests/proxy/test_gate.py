"""Which connections and requests are a provider's, and who sends them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.test import tflow

from dlp.providers.formats.generic import GENERIC
from dlp.providers.table import Provider, default_table, normalise_host, normalise_path
from dlp.proxy.caller import identify, is_signed
from dlp.proxy.client_certificates import Certified
from dlp.proxy.gate import Mismatch, is_address, opens_tls, provider_of

TABLE = default_table()
OPENAI, ANTHROPIC, OTHER = ("api.openai.com", 443), ("api.anthropic.com", 443), ("example.com", 443)


# -- hosts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("api.openai.com", "openai"),
        ("API.OpenAI.COM", "openai"),
        ("api.openai.com.", "openai"),
        (" api.openai.com ", "openai"),
        ("api.anthropic.com", "anthropic"),
        ("generativelanguage.googleapis.com", "gemini"),
        ("bedrock-runtime.eu-central-1.amazonaws.com", "bedrock"),
        ("evilapi.openai.com", None),
        ("api.openai.com.evil.example", None),
        ("api-openai.com", None),
        ("openai.com.", None),
        ("bedrock-runtime.eu.central.1.amazonaws.com.evil.example", None),
        ("bedrock-runtime..amazonaws.com", None),
        ("a" * 300 + ".openai.com", None),
        ("", None),
        ("api.openai.com\n", "openai"),
        ("api.openai\u3002com", "openai"),
        ("\uff41pi.openai.com\uff0e", "openai"),
        ("api.\u03bfpenai.com", None),
        ("xn--pi-8ka.openai.com", None),
    ],
)
def test_hosts_are_known_by_their_whole_name(host: str, expected: str | None) -> None:
    """Any case, with a trailing dot; never a name that merely contains one."""
    found = TABLE.find(host)
    assert (found.id if found else None) == expected


def test_a_policy_adds_hosts_with_and_without_port() -> None:
    table = TABLE.with_hosts({"llm.corp.example": "openai", "127.0.0.1:8765": "anthropic", "[::1]:80": "openai"})
    assert [provider and provider.id for provider in (
        table.find("llm.corp.example"), table.find("LLM.corp.example", 8443), table.find("127.0.0.1", 8765),
        table.find("127.0.0.1", 8766), table.find("127.0.0.1"), table.find("api.openai.com"),
    )] == ["openai", "openai", "anthropic", None, None, "openai"]  # fmt: skip
    assert TABLE.find("llm.corp.example") is None
    with pytest.raises(KeyError):
        TABLE.with_hosts({"x.example": "nobody"})


@pytest.mark.parametrize(
    "spelt",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0X7F.1",
        "127.0.0.1.",
        "::ffff:127.0.0.1",
        "[::ffff:7f00:1]",
    ],
)
def test_an_address_is_known_however_it_is_spelt(spelt: str) -> None:
    """As resolvers do, so that no spelling of a gateway's address is somebody else's."""
    found = TABLE.with_hosts({"127.0.0.1:8765": "openai"}).find(spelt, 8765)
    assert found is not None
    assert is_address(spelt)
    assert normalise_host(spelt) == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("fe80:0::1%eth0", "fe80::1%eth0"),
        ("256.1.1.1", "256.1.1.1"),
        ("1.2.3.4.5", "1.2.3.4.5"),
        ("1.2.3.4 5", "1.2.3.4 5"),
        ("0x.example", "0x.example"),
        (":", ":"),
    ],
)
def test_what_is_a_name_stays_one(host: str, expected: str) -> None:
    assert normalise_host(host) == expected


@given(st.text(max_size=40))
def test_any_host_is_looked_up_without_error(host: str) -> None:
    """SNI and Host headers hold what a client likes."""
    assert isinstance(TABLE.find(host, 443), Provider | None)
    normalise_host(host)
    is_address(host)


# -- paths -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "method", "path", "expected"),
    [
        ("api.openai.com", "POST", "/v1/chat/completions", "oai.chat"),
        ("api.openai.com", "POST", "/v1/chat/completions?x=1#y", "oai.chat"),
        ("api.openai.com", "POST", "//v1//chat/completions/", "oai.chat"),
        ("api.openai.com", "POST", "/v1/x/../chat/./completions", "oai.chat"),
        ("api.openai.com", "POST", "/v1/chat%2Fcompletions", "oai.chat"),
        ("api.openai.com", "POST", "/v1/responses", "oai.responses"),
        ("api.openai.com", "POST", "/v1/embeddings", "oai.embeddings"),
        ("api.openai.com", "POST", "/v1/never/heard/of", "generic"),
        ("api.openai.com", "BREW", "/v1/chat/completions", "generic"),
        ("api.anthropic.com", "POST", "/v1/messages?beta=true", "ant.messages"),
        ("api.anthropic.com", "POST", "/v1/messages/count_tokens", "ant.messages"),
        (
            "generativelanguage.googleapis.com",
            "POST",
            "/v1beta/models/g-2:streamGenerateContent?alt=sse",
            "gem.generate",
        ),
        ("generativelanguage.googleapis.com", "POST", "/v1beta/models/g-2:countTokens", "gem.generate"),
        ("generativelanguage.googleapis.com", "POST", "/v1beta/models/g-2:embedContent", "gem.embed"),
    ],
)
def test_a_path_has_the_format_of_its_endpoint_or_is_examined_as_any_json(
    host: str, method: str, path: str, expected: str
) -> None:
    provider = TABLE.find(host)
    assert provider is not None
    assert provider.wire_format(method, path).id == expected


@given(st.text(max_size=60))
def test_any_path_has_a_format(path: str) -> None:
    """No path is an error, none escapes: what nobody names is `GENERIC`, of which every text is examined."""
    provider = TABLE.find("api.openai.com")
    assert provider is not None
    assert provider.wire_format("POST", path).request is not None
    assert provider.wire_format("BREW", path) is GENERIC
    assert ".." not in normalise_path(path).split("/")


# -- requests ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([OPENAI], "openai"),
        ([OPENAI, OPENAI, OPENAI], "openai"),
        ([OTHER], None),
        ([], None),
        ([OTHER, ("sub.example.com", 443)], None),
        ([OPENAI, OTHER], Mismatch()),
        ([OTHER, OPENAI], Mismatch()),
        ([OPENAI, ANTHROPIC], Mismatch()),
        ([("203.0.113.7", 443), OPENAI], "openai"),
        ([("2001:db8::1", 443), OPENAI], "openai"),
        ([("[2001:db8::1]", 443), OPENAI], "openai"),
        ([("203.0.113.7", 443)], None),
        ([("203.0.113.7", 443), OTHER], None),
    ],
)
def test_all_names_of_a_request_must_agree(names: list[tuple[str, int]], expected: str | Mismatch | None) -> None:
    """On one provider, or on none; addresses have no say."""
    found = provider_of(TABLE, names)
    assert (found.id if isinstance(found, Provider) else found) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([OPENAI, None], True),
        ([None, OPENAI], True),
        ([OTHER, OPENAI], True),
        ([OTHER, None], False),
        ([None, None], False),
        ([("", 443), None], False),
        ([("203.0.113.7", 443), None], False),
    ],
)
def test_tls_is_opened_when_any_name_is_a_providers(names: list[tuple[str, int] | None], expected: object) -> None:
    assert opens_tls(TABLE, names) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("fe80::1%eth0", True),
        ("1.2.3", True),
        ("1.2.3.x", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_addresses_are_told_from_names(host: str, expected: object) -> None:
    assert is_address(host) is expected


# -- callers -----------------------------------------------------------------------------------------------------------

KEY = "sk-verysecretkey"


@pytest.mark.parametrize(
    "header",
    [
        ("authorization", f"Bearer {KEY}"),
        ("x-api-key", KEY),
        ("api-key", KEY),
        ("x-goog-api-key", KEY),
        ("X-API-Key", KEY),
    ],
)
def test_a_credential_names_its_caller_without_being_named(header: tuple[str, str]) -> None:
    """The same key under any header is the same caller, on every connection."""
    flow = tflow.tflow()
    flow.request.headers[header[0]] = header[1]
    seen = []
    assert identify(flow, lambda credential: seen.append(credential) or "f1").name == "key:f1"  # type: ignore[func-returns-value]
    assert seen == [KEY]
    assert flow.request.headers[header[0]] == header[1]


@pytest.mark.parametrize("name", ["key", "access_token"])
def test_a_credential_in_the_query_counts(name: str) -> None:
    flow = tflow.tflow()
    flow.request.path = f"/v1beta/models/x:generateContent?alt=sse&{name}={KEY}"
    assert identify(flow, lambda credential: str(credential == KEY)).name == "key:True"


def test_an_aws_signature_names_the_access_key_and_not_the_moment() -> None:
    """The signature differs with every request, the access key doesn't."""
    flow = tflow.tflow()
    flow.request.headers["authorization"] = (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/bedrock/aws4_request, Signature=ab"
    )
    assert identify(flow, lambda credential: credential).name == "key:AKIAIOSFODNN7EXAMPLE"
    assert is_signed(flow.request)
    flow.request.headers["authorization"] = "Bearer x"
    assert not is_signed(flow.request)


def test_without_credentials_the_address_is_the_caller() -> None:
    flow = tflow.tflow()
    flow.client_conn.peername = ("192.0.2.9", 5555)
    assert identify(flow, lambda credential: "never").name == "addr:192.0.2.9"


def test_a_proxy_user_is_the_caller_and_the_password_goes() -> None:
    flow = tflow.tflow()
    flow.request.headers["authorization"] = f"Bearer {KEY}"
    flow.metadata["proxyauth"] = ("carol", "pa55word")
    assert identify(flow, lambda credential: "never").name == "user:carol"
    assert "pa55word" not in repr(flow.metadata)


def test_a_project_parts_callers_without_being_named() -> None:
    """Its value is the caller's own words: it is hashed, and the name that limits go by stays."""
    flow = tflow.tflow()
    flow.request.headers["authorization"] = f"Bearer {KEY}"
    plain = identify(flow, lambda text: f"f({len(text)})")
    assert plain.project == ""
    flow.request.headers["OpenAI-Project"] = "proj_acquisition"
    one = identify(flow, lambda text: f"f({text})")
    flow.request.headers["x-goog-user-project"] = "other"
    both = identify(flow, lambda text: f"f({text})")
    assert one.name == both.name == f"key:f({KEY})"
    assert one.project == "f(openai-project=proj_acquisition)"
    assert both.project not in ("", one.project)
    assert "acquisition" not in one.name + one.person


def test_a_certificate_counts_more_than_a_password() -> None:
    flow = tflow.tflow()
    flow.metadata["proxyauth"] = ("carol", "pa55word")
    caller = identify(flow, lambda credential: "never", Certified("dave", frozenset({"ops"})))
    assert (caller.name, caller.facts.user, caller.facts.groups) == ("user:dave", "dave", {"ops"})
    assert "pa55word" not in repr(flow.metadata)
