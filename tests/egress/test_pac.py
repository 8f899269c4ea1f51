"""The PAC file, run by a JavaScript engine, sends to the proxy what the proxy would open, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import urllib.request
from pathlib import Path

import pytest

from dlp.cli import main
from dlp.egress.pac import CONTENT_TYPE, pac_file, pac_server
from dlp.errors import ConfigurationError
from dlp.providers.table import default_table

TABLE = default_table().with_hosts({"llm.corp.example": "openai", "gateway.corp.example:8443": "openai"})
ROUTE = "PROXY proxy.corp.example:8080; PROXY [2001:db8::1]:8080"
OTHERS = (
    "example.org",
    "evilchatgpt.com",
    "api.openai.com.evil.example",
    "xapi.openai.com",
    "bedrock-runtime..amazonaws.com",
    "auth.openai.com",
    "constructor",
    "__proto__",
    "",
)


def run(text: str, hosts: list[str]) -> list[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node (Debian: apt-get install nodejs)")
    asked = f"console.log(JSON.stringify({json.dumps(hosts)}.map(h => FindProxyForURL('https://' + h + '/', h))))"
    done = subprocess.run([node, "-"], input=text + asked, capture_output=True, text=True, check=True, timeout=60)
    found: list[str] = json.loads(done.stdout)
    return found


def test_it_agrees_with_the_table() -> None:
    text = pac_file(TABLE, ["proxy.corp.example:8080", "[2001:db8::1]:8080"])
    samples = [
        host.replace("{r}", "eu-west-1").replace("*.", "my-resource.").rpartition(":")[0] or host
        if ":" in host
        else host.replace("{r}", "eu-west-1").replace("*.", "my-resource.")
        for provider in TABLE.providers
        for host in TABLE.hosts_of(provider.id)
    ]
    samples = [sample for sample in samples if sample not in TABLE.never_open]
    assert len(samples) > 50
    assert set(run(text, [*samples, *(sample.upper() + "." for sample in samples)])) == {ROUTE}
    assert set(run(text, list(OTHERS))) == {"DIRECT"}


@pytest.mark.parametrize("proxies", [[], ["proxy"], ['x:1"; evil()'], ["a:1", "b c:2"]])
def test_a_proxy_that_is_none(proxies: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="HOST:PORT"):
        pac_file(TABLE, proxies)


def test_it_is_served_under_both_names() -> None:
    with pac_server("text", "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for path in ("/proxy.pac", "/wpad.dat?x"):
            with opener.open(address + path, timeout=120) as answer:
                assert answer.read() == b"text"
                assert answer.headers["content-type"] == CONTENT_TYPE
        with pytest.raises(urllib.error.HTTPError, match="404"):
            opener.open(address + "/else", timeout=120)
        server.shutdown()


def test_the_verb_takes_hosts_of_a_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nhosts: {llm.corp.example: openai}\n")
    assert main(["egress", "pac", "--proxy", "proxy:8080", "--policy", str(policy)]) == 0
    assert run(capsys.readouterr().out, ["llm.corp.example", "corp.example"]) == ["PROXY proxy:8080", "DIRECT"]
