"""A process as the supervisor's tests need it: `toy.py HOW --supervised FD,NUMBER`. It tells whoever connects its number, its pid and their port."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time

from dlp.supervisor.link import Order, ProxyEnd, Said


async def main(how: str, handle: int, number: int) -> int:
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def stop(_: Order) -> None:
        if how != "stays" and not done.done():
            done.set_result(0)

    def connected(_: int, connection: socket.socket) -> None:
        if how == "deaf" and number == 1:
            return
        end.say(Said.TAKEN)
        with connection:
            connection.sendall(f"{number} {os.getpid()} {connection.getpeername()[1]}\n".encode())
        end.say(Said.CLOSED)

    end = ProxyEnd(socket.socket(fileno=handle), connected, stop)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: end.say(Said.LEAVING))
    end.start()
    end.say(Said.UNFIT if how == "unfit" else Said.READY)
    if how == "hangs":
        time.sleep(1000)  # noqa: ASYNC251 - that is the fault
    if how == "dies":
        return 3
    return await done


if __name__ == "__main__":
    if sys.argv[1] == "fails":
        sys.stderr.write("this is why\n")
        sys.exit(2)
    sys.exit(asyncio.run(main(sys.argv[1], *map(int, sys.argv[3].split(",")))))
