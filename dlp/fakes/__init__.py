"""Fake LLM providers over real TLS, for the demo and for tests: they echo, they follow scripts, and they record.

    with FakeProviders() as fake:                      # OpenAI, Anthropic and Gemini on 127.0.0.1:fake.port
        fake.authority.write(path)                     # the CA a client has to trust
        fake.enqueue(Script(text="Hello {said}", delta_size=1))
        ...                                            # any client, any provider's host name
        fake.received[0].json()                        # what the provider saw

`python -m dlp.fakes` runs the same server as a process of its own. A provider family is one file in
`dlp.fakes.families`; nothing here knows what the proxy does, which is why it can testify.
"""

from __future__ import annotations

from dlp.fakes.authority import Authority
from dlp.fakes.raw import RecordingUpstream
from dlp.fakes.recording import Received, Recorder
from dlp.fakes.script import Asked, Script
from dlp.fakes.server import SCRIPT_HEADER, FakeProviders

__all__ = [
    "SCRIPT_HEADER",
    "Asked",
    "Authority",
    "FakeProviders",
    "Received",
    "Recorder",
    "RecordingUpstream",
    "Script",
]
