"""Whose values are meant: how people name scopes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """A choice of scopes: those that fit everything that is named; all of them when nothing is.

    A scope is the name of a policy, NUL, a caller (`user:anna`, `key:0123…`, `addr:…`), and perhaps NUL and a project of the caller's.
    """

    user: str | None = None
    caller: str | None = None
    policy: str | None = None

    @property
    def everybody(self) -> bool:
        return self.user is None and self.caller is None and self.policy is None

    def __call__(self, scope: str) -> bool:
        """Whether a scope is meant."""
        policy, caller, *_ = f"{scope}\0".split("\0")
        wanted = {f"user:{self.user}" if self.user is not None else caller, self.caller or caller}
        return wanted == {caller} and (self.policy is None or policy == self.policy)

    def __str__(self) -> str:
        named = {"user": self.user, "caller": self.caller, "policy": self.policy}
        return ", ".join(f"{kind} {name}" for kind, name in named.items() if name is not None) or "everybody"
