"""One call by grpcio, printed as JSON: HOST METHOD MESSAGE-IN-HEX COMPRESSION. Where to and whom to trust is in the environment."""

from __future__ import annotations

import contextlib
import json
import sys

import grpc


def main(host: str, method: str, message: str, compression: str) -> None:
    with grpc.secure_channel(
        f"{host}:443", grpc.ssl_channel_credentials(), compression=getattr(grpc.Compression, compression)
    ) as channel:
        call = channel.unary_stream(method)(bytes.fromhex(message), timeout=60)
        messages = []
        with contextlib.suppress(grpc.RpcError):  # its code is printed
            messages.extend(answer.hex() for answer in call)
        sys.stdout.write(
            json.dumps(
                {
                    "messages": messages,
                    "status": call.code().name,
                    "details": call.details(),
                    "trailers": {key: value for key, value in call.trailing_metadata() if isinstance(value, str)},
                }
            )
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
