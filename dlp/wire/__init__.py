"""Sans-I/O codecs: bytes to structure and back, no sockets, no mitmproxy, no opinion on what is sensitive.

Streams (`sse`, `json_array`, `ndjson`, `eventstream`, `grpc`, `content_encoding`) have one contract:

- `feed(chunk)` returns what is complete, maybe nothing; `flush()` ends the stream. Any chunking gives the same result.
- The raw bytes of all that is returned are the input, so what nobody changes leaves as it came. (Not so in
  `content_encoding`: what was decoded must be sent on, never the encoded original.)
- What is held back is bounded by a named constant; beyond it `TooLarge` is raised.
- A fault comes after what was complete before it: that is returned first, the next call raises. `drain()` then gives the
  bytes that are left, for whoever may forward them unread (an answer may; a request may not).

Whole bodies (`json_leaves`, `multipart`, `urlencoded`, `protobuf`) are parsed into ranges, changed by splicing.
Everything that can't be read raises `WireError`, whose message names the format and the fault, never the content.
"""
