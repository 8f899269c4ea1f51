"""Compressed WebSocket messages within bounds: wsproto would decompress a frame of a megabyte to a gigabyte at once."""

from __future__ import annotations

import zlib
from typing import Any, override

import wsproto.extensions
from wsproto.frame_protocol import CloseReason

from dlp.wire.content_encoding import MAX_RATIO, RATIO_FREE_BYTES


class BoundedDeflate(wsproto.extensions.PerMessageDeflate):
    """`permessage-deflate` (RFC 7692) that closes the connection for a message that decompresses to suspiciously much.

    A message may grow to `RATIO_FREE_BYTES`, or `MAX_RATIO` times what came in, whichever is more. The receiver
    has limits for what a message may hold.
    """

    _came = 0
    _gave = 0

    @override
    def frame_inbound_payload_data(self, proto: Any, data: bytes) -> bytes | CloseReason:
        stream = self._decompressor
        if stream is None or not self._inbound_compressed or not self._inbound_is_compressible:
            return super().frame_inbound_payload_data(proto, data)
        self._came += len(data)
        room = max(RATIO_FREE_BYTES, MAX_RATIO * self._came) - self._gave
        try:
            out = stream.decompress(bytes(data), room + 1)
        except zlib.error:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        self._gave += len(out)
        return CloseReason.MESSAGE_TOO_BIG if len(out) > room or stream.unconsumed_tail else out

    @override
    def frame_inbound_complete(self, proto: Any, fin: bool) -> bytes | CloseReason | None:
        if fin and self._inbound_is_compressible:
            self._came = self._gave = 0
        return super().frame_inbound_complete(proto, fin)


def install() -> None:
    """Make mitmproxy use it, which looks the class up for every connection. Idempotent."""
    vars(wsproto.extensions)["PerMessageDeflate"] = BoundedDeflate
