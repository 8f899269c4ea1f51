"""The files under `deploy/` as the programs read them that they are for, as far as that goes without a cluster."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from dlp.cli import main
from tests.harness import ROOT

DEPLOY = ROOT / "deploy"
PATHS = re.findall(r'"(/[a-z]+)"', (ROOT / "dlp" / "metrics" / "server.py").read_text())
PROXY_OPTIONS = re.compile(r"--[a-z-]+")


def program(name: str, package: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin")
    if found is None:
        pytest.skip(f"needs {name} (Debian: apt-get install {package})")
    return found


def known_options() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "dlp", "proxy", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(PROXY_OPTIONS.findall(done.stdout))


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    text = (DEPLOY / "systemd" / "dlp-proxy@.service").read_text()
    here = text.replace("/opt/llm-egress-dlp/.venv/bin/python", sys.executable).replace(
        "/opt/llm-egress-dlp", str(ROOT)
    )
    here = re.sub(r"(?m)^(User|Group)=dlp$", r"\1=root", here)  # who exists on this machine
    (tmp_path / "dlp-proxy@.service").write_text(here)
    unit = str(tmp_path / "dlp-proxy@8080.service")
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "dlp-proxy" not in done.stderr
    asked = [analyze, "security", "--offline=yes", "--json=short", unit]
    rating = subprocess.run(asked, capture_output=True, text=True, check=False)
    exposure = [float(entry["exposure"]) for entry in json.loads(rating.stdout) if entry.get("exposure")]
    assert sum(exposure) < 3


def test_the_unit_gives_options_that_there_are() -> None:
    text = (DEPLOY / "systemd" / "dlp-proxy@.service").read_text()
    [command] = re.findall(r"(?m)^ExecStart=(.*)$", text)
    assert set(PROXY_OPTIONS.findall(command)) <= known_options()


def test_haproxy_takes_its_configuration(tmp_path: Path) -> None:
    haproxy = program("haproxy", "haproxy")
    text = (DEPLOY / "docker" / "haproxy.cfg").read_text()
    here = (
        re.sub(r"(?m)^    (user|group) haproxy$", "", text)
        .replace("proxy1:", "127.0.0.1:")
        .replace("proxy2:", "127.0.0.2:")
    )
    (tmp_path / "haproxy.cfg").write_text(here)
    done = subprocess.run(
        [haproxy, "-c", "-f", str(tmp_path / "haproxy.cfg")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "/readyz" in text
    assert "/readyz" in PATHS


def test_the_image_holds_what_its_commands_need() -> None:
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", text):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists(), name
            kept = (ROOT / ".dockerignore").read_text().splitlines()
            assert f"!{name}" in kept, name
    [entry] = re.findall(r"(?m)^ENTRYPOINT (.*)$", text)
    assert set(PROXY_OPTIONS.findall(entry)) <= known_options()
    assert re.search(r"(?m)^USER (?!0|root)", text)
    extras = re.findall(r'ARG EXTRAS="(.*)"', text)[0].split()
    lock = (ROOT / "requirements-dev.lock").read_text()
    runtime = (ROOT / "requirements.lock").read_text()
    for package in extras:
        assert f"\n{package}==" in lock
        assert f"\n{package}==" not in runtime, f"{package} is installed already"


def test_compose_takes_its_file(tmp_path: Path) -> None:
    """Debian's version reads all of it but `name:`, which is younger."""
    tool = program("docker-compose", "docker-compose")
    text = (DEPLOY / "docker" / "compose.yaml").read_text()
    older = tmp_path / "compose.yaml"
    older.write_text(re.sub(r"(?m)^name: .*\n", "", text))
    asked = [tool, "--project-directory", str(DEPLOY / "docker"), "--file", str(older), "config"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == {"haproxy", "proxy1", "proxy2", "valkey"}
    assert services["proxy2"]["depends_on"]["proxy1"] == {"condition": "service_healthy"}
    assert services["proxy1"]["secrets"] == services["proxy2"]["secrets"]
    older.write_text(text.replace("stop_grace_period: 60s", "stop_grace_period: [60]"))
    assert subprocess.run(asked, capture_output=True, check=False).returncode != 0


def test_compose_fits_together() -> None:
    compose: dict[str, Any] = documents("docker/compose.yaml")[0]
    services = compose["services"]
    configured = set(re.findall(r"server \w+ (\w+):8080", (DEPLOY / "docker" / "haproxy.cfg").read_text()))
    proxies = {name for name, service in services.items() if service.get("image") == "llm-egress-dlp"}
    assert configured == proxies
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert set(service.get("networks", ())) <= set(compose["networks"])
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or (DEPLOY / "docker" / source).exists()
    for name in proxies:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert set(PROXY_OPTIONS.findall(" ".join(services[name]["command"]))) <= known_options()
    assert "ports" not in services["valkey"]


@pytest.mark.parametrize("version", ["1.29", kubernetes_validate.latest_version()])
def test_kubernetes_knows_every_field(version: str) -> None:
    """By the schemas of an older cluster and the newest, unknown fields being mistakes."""
    kustomization = documents("kubernetes/kustomization.yaml")[0]
    kinds = []
    for name in kustomization["resources"]:
        for resource in documents(f"kubernetes/{name}"):
            kubernetes_validate.validate(resource, version, strict=True)
            kinds.append(resource["kind"])
    assert {"Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"} <= set(kinds)
    broken = documents("kubernetes/proxy.yaml")[0]
    broken["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(broken, version, strict=True)


def test_kubernetes_resources_fit_together() -> None:
    kustomization = documents("kubernetes/kustomization.yaml")[0]
    resources = [each for name in kustomization["resources"] for each in documents(f"kubernetes/{name}")]
    by_kind = {each["kind"]: each for each in resources}
    pod = by_kind["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    for selector in (
        by_kind["Deployment"]["spec"]["selector"]["matchLabels"],
        by_kind["Service"]["spec"]["selector"],
        by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        by_kind["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    assert (
        by_kind["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"]
        == by_kind["Deployment"]["metadata"]["name"]
    )
    assert (
        by_kind["PodDisruptionBudget"]["spec"]["minAvailable"]
        < by_kind["HorizontalPodAutoscaler"]["spec"]["minReplicas"]
    )
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    for container in (*pod["spec"]["containers"], *pod["spec"]["initContainers"]):
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        secured = container["securityContext"]
        assert secured["readOnlyRootFilesystem"] is True
        assert secured["allowPrivilegeEscalation"] is False
        assert secured["capabilities"]["drop"] == ["ALL"]
    [proxy] = pod["spec"]["containers"]
    assert set(PROXY_OPTIONS.findall(" ".join(proxy["args"]))) <= known_options()
    ports = {port["name"] for port in proxy["ports"]}
    assert by_kind["Service"]["spec"]["ports"][0]["targetPort"] in ports
    for probe in ("readinessProbe", "livenessProbe"):
        assert proxy[probe]["httpGet"]["path"] in PATHS
        assert proxy[probe]["httpGet"]["port"] in ports
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True


def test_the_policy_of_the_cluster_is_a_policy() -> None:
    assert main(["check", str(DEPLOY / "kubernetes" / "policy.yaml")]) == 0
