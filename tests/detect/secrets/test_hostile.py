"""No text makes detection slower than linear: four times the text may cost some four times the time, never sixteen."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable

import pytest

from dlp.detect.secrets import SecretDetector

DETECTOR = SecretDetector()
SMALL, FACTOR = 6_000, 4
SLACK = 2.5  # quadratic would be FACTOR; linear is 1 but for noise


def base64_noise(n: int) -> str:
    rng = random.Random(1)
    return "".join(rng.choices(string.ascii_letters + string.digits + "+/", k=n))


def spaced_noise(n: int) -> str:
    noise = base64_noise(n)
    return " ".join(noise[k : k + 20] for k in range(0, n, 20))


def repeated(unit: str) -> Callable[[int], str]:
    return lambda n: (unit * (n // len(unit) + 1))[:n]


UNITS = (
    "x", "A", "0", " ", "\n", '"', "'", "\\", "=", "|", "-", ".", "a=", "key=", "password=", 'password: "', "password is ", "password ",
    "password(", "password = env(", "<password>", "token | ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n", "://", "://a:b@",
    "curl -u ", "mysql -", "docker -p ", "eyJ", "eyJaaaaaaaaaa.", '{"kty":"EC","d":"', "sk-", "AKIA", "aws secret ", "authorization: ",
    "bearer ", "echo a | ", "identified by ", "login a password ", "a:5432:b:c:", "seed phrase: ", "abcd ", "$ANSIBLE_VAULT;1.1;AES256\n",
    "пароль", "dropbox deadbeef12345678 ", ".atlasv1.", "sk-T3BlbkFJ", "AzCa", "LS0tLS1CRUdJTi", "password for a b c d ", "123456:A", "&password=a",
)  # fmt: skip
MAKERS = {**{repr(unit): repeated(unit) for unit in UNITS}, "base64": base64_noise, "base64 words": spaced_noise}


def cost(text: str, runs: int) -> float:
    """Least processor time of so many runs, in seconds."""
    best = float("inf")
    for _ in range(runs):
        start = time.thread_time()
        DETECTOR.find(text)
        best = min(best, time.thread_time() - start)
    return best


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_time_grows_with_the_text_and_not_with_its_square(make: Callable[[int], str]) -> None:
    """The ratio of two runs on one machine says so whatever the machine.

    A disturbance must not hide that a text is slow, so of the small one the least of several runs counts. One of the large one
    makes the test try again, with more runs of it each time.
    """
    DETECTOR.find("warm")
    for runs in (1, 2, 3, 4):
        small, large = cost(make(SMALL), 3), cost(make(SMALL * FACTOR), runs)
        if large <= small * FACTOR * SLACK or large < 0.005:
            return
    pytest.fail(f"{SMALL} characters took {small:.4f} s, {SMALL * FACTOR} took {large:.4f} s")
