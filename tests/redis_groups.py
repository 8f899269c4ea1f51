"""Several Redis servers on loopback ports that belong together: a master with a replica and a Sentinel, a cluster of three."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from tests.harness import wait_for
from tests.redis_server import RedisServer

MASTER = "dlp-master"


class Sentinels:
    """A master, its replica, and one Sentinel that may decide alone. `url` is their address."""

    def __init__(self, master: RedisServer, replica: RedisServer, sentinel: RedisServer) -> None:
        self.master, self.replica, self.sentinel = master, replica, sentinel
        self.url = f"redis+sentinel://127.0.0.1:{sentinel.port}/0?master={MASTER}"


@contextlib.contextmanager
def sentinels(folder: Path) -> Iterator[Sentinels]:
    with contextlib.ExitStack() as stack:
        master = stack.enter_context(RedisServer(folder / "master"))
        follow = ("--replicaof", "127.0.0.1", str(master.port), "--repl-diskless-sync-delay", "0")
        replica = stack.enter_context(RedisServer(folder / "replica", *follow))
        with contextlib.closing(replica.client()) as client:
            _until(lambda: client.info("replication").get("master_link_status") == "up")
        (folder / "sentinel").mkdir()
        configuration = folder / "sentinel" / "sentinel.conf"
        configuration.write_text(
            f"sentinel monitor {MASTER} 127.0.0.1 {master.port} 1\n"
            f"sentinel down-after-milliseconds {MASTER} 300\nsentinel failover-timeout {MASTER} 3000\n"
        )
        sentinel = stack.enter_context(
            RedisServer(folder / "sentinel", "--sentinel", configuration=configuration, save=False)
        )
        with contextlib.closing(sentinel.client()) as client:
            _until(lambda: client.execute_command("SENTINEL", "REPLICAS", MASTER))
        yield Sentinels(master, replica, sentinel)


@contextlib.contextmanager
def cluster(folder: Path, *, replicas: int = 0) -> Iterator[list[RedisServer]]:
    """Three masters that share the slots; what one of them has is away with it, the rest is not.

    Args:
        replicas: Of each master, one of which takes its place when it has been away for two seconds.
    """
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no")
    with contextlib.ExitStack() as stack:
        nodes = [
            stack.enter_context(RedisServer(folder / str(number), *options)) for number in range(3 * (1 + replicas))
        ]
        addresses = [f"127.0.0.1:{node.port}" for node in nodes]
        command = ["redis-cli", "--cluster", "create", *addresses, "--cluster-replicas", str(replicas), "--cluster-yes"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        for node in nodes:
            with contextlib.closing(node.client()) as client:
                _until(lambda client=client: client.cluster("INFO")["cluster_state"] == "ok")  # type: ignore[misc]
                _until(lambda client=client: _is_settled(client, replicas))  # type: ignore[misc]
        yield nodes


def masters(nodes: list[RedisServer]) -> list[RedisServer]:
    """Those of a cluster's nodes that have slots; not its replicas."""
    found = []
    for node in nodes:
        with contextlib.closing(node.client()) as client:
            if client.info("replication")["role"] == "master":
                found.append(node)
    return found


def _is_settled(client: redis.Redis, replicas: int) -> bool:
    """Whether a node is in touch with its replicas, or its master."""
    known = client.info("replication")
    if known["role"] == "master":
        return bool(known["connected_slaves"] == replicas)
    return bool(known["master_link_status"] == "up")


def _until(holds: Callable[[], object]) -> None:
    """Servers tell nobody when they have found each other, and refuse some questions until then."""

    def answered() -> object:
        with contextlib.suppress(redis.exceptions.ResponseError):
            return holds()
        return False

    wait_for(answered)
