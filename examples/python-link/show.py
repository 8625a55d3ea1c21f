"""What a link does, step by step. Every step checks what it says; `run.sh` gives the arguments."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
from pathlib import Path
from typing import Awaitable, Callable

from farcap.rom.v1 import rom_pb2 as rom

from failure import Failed
from link import Link, Session
from medium import Credentials

COUNTER = "example.Counter"
ROM = "farcap.rom.v1.Rom"
PEER = "farcap://lab/host-b"
PATIENCE_S = 60


class Host:
    """host-a, and what it was given."""

    def __init__(self, options: argparse.Namespace):
        self.roms = options.roms
        self._address = options.address
        self._grants = options.grants
        self._credentials = Credentials(options.credentials, options.trust_bundle)

    async def dial(self) -> Link:
        return await Link.dial(self._address, self._credentials, PEER)

    def grant(self, name: str) -> bytes:
        return (self._grants / f"{name}.grant").read_bytes()

    def counter(self, link: Link) -> Session:
        return link.open(COUNTER, ["app1"], self.grant("counter"))

    def module(self, link: Link, name: str) -> Session:
        return link.open(ROM, ["app1", name], self.grant("rom"))


async def unary_call(host: Host, link: Link) -> str:
    counter = host.counter(link)
    assert await counter.unary("Add", b"first", timeout=PATIENCE_S) == b"first"
    await counter.opened()
    return "a call needs no round trip to open its session"


async def status_of_the_server(host: Host, link: Link) -> str:
    call = await host.counter(link).begin("Fail", message=b"")
    failed = await refused(call.receive())
    assert (failed.code, failed.description) == (9, "not today"), failed
    assert dict(failed.trailers)["raw-bin"] == b"\x00\xff", failed.trailers
    assert not failed.outcome(), "a server's own status has no outcome"
    return "status, description and trailers are the server's"


async def stream_with_credit(host: Host, link: Link) -> str:
    """4 MiB each way through windows of 144 KiB, and messages of every size around the bounds."""
    call = await host.counter(link).begin("Echo")
    sizes = [0, 1, 16368, 16384, 16385, 65536, 73712, 73713, 1 << 20, 4 << 20] + [73712] * 64
    messages = [os.urandom(size) for size in sizes]

    async def send() -> None:
        for message in messages:
            await call.send(message)
        call.half_close()

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        for message in messages:
            assert await call.receive() == message
        assert await call.receive() is None
    return f"{len(messages)} messages, {sum(sizes)} bytes, came back"


async def rom_is_watched_and_read(host: Host, link: Link) -> str:
    content = os.urandom(3 << 20)
    publish(host.roms, "asset", content)
    module = host.module(link, "asset")
    watch = await module.begin("Watch", message=rom.WatchRequest().SerializeToString())
    version = rom.Version()
    while version.sha256 != hashlib.sha256(content).digest():
        version = rom.Version.FromString(await watch.receive())
    watch.cancel()

    read = await module.begin("Read", message=rom.ReadRequest().SerializeToString())
    data = b""
    while (reply := await read.receive()) is not None:
        data += rom.Chunk.FromString(reply).data
    assert data == content, f"{len(data)} bytes came"
    return f"version {version.number}, {version.length} bytes, its SHA-256 is right"


async def calls_survive_a_cut(host: Host, link: Link) -> str:
    """Some were executed and not answered when the connection goes, others follow meanwhile."""
    counter = host.counter(link)
    before = int(await counter.unary("Total", b""))
    names = [b"held %d" % number for number in range(20)]
    held = [await counter.begin("Add", message=name) for name in names]
    while int(await counter.unary("Total", b"")) < before + len(held):
        pass
    link.connection.abort()
    later = [asyncio.create_task(counter.unary("Add", b"%d" % number)) for number in range(20)]
    await counter.unary("Release", b"")

    for call, name in zip(held, names):
        assert await call.receive() == name and await call.receive() is None
    assert await asyncio.gather(*later) == [b"%d" % number for number in range(20)]
    total = int(await counter.unary("Total", b""))
    assert total == before + 40, f"{total - before} of 40 calls were executed"
    assert link.resumes == 1, link.resumes
    return "40 calls around a cut, each executed once"


async def exactly_once_through_many_cuts(host: Host, link: Link) -> str:
    """The connection is lost after every few frames, wherever that is."""
    counter = host.counter(link)
    before, resumed = int(await counter.unary("Total", b"")), link.resumes
    stream = await counter.begin("Echo")

    async def cut() -> None:
        while True:
            mark = link.received + 7
            await link.until(lambda: link.received >= mark and link.connection is not None)
            link.connection.abort()

    async def call() -> None:
        for number in range(25):
            assert await counter.unary("Add", b"%d" % number) == b"%d" % number

    async def echo() -> None:
        for number in range(25):
            message = b"%d" % number * 20_000
            await stream.send(message)
            assert await stream.receive() == message
        stream.half_close()
        assert await stream.receive() is None

    cutting = asyncio.create_task(cut())
    await asyncio.gather(echo(), *(call() for _ in range(8)))
    cutting.cancel()
    total = int(await counter.unary("Total", b""))
    assert total == before + 200, f"{total - before} of 200 calls were executed"
    cuts = link.resumes - resumed
    assert cuts > 5, f"{cuts} cuts prove little"
    return f"200 calls and a stream through {cuts} cuts, each message once"


async def signal_arrives(host: Host, link: Link) -> str:
    publish(host.roms, "config", b"one")
    module = host.module(link, "config")
    context = link.create_context()
    request = rom.SighRequest(context=context.reference)
    await module.unary("Sigh", request.SerializeToString())
    edges = await context.receive()  # It has nothing yet, and there is a version.

    publish(host.roms, "config", b"two")
    edges += await context.receive()
    link.connection.abort()
    publish(host.roms, "config", b"three")
    edges += await context.receive()
    return f"{edges} edges, one of them from around a cut"


async def deadline_passes(host: Host, link: Link) -> str:
    counter = host.counter(link)
    call = await counter.begin("Echo", timeout=0.2)
    assert (await refused(call.receive())).code == 4
    await link.until(lambda: call.id not in link.calls)
    return "the call ends here by its own timer, and its Return arrives as well"


async def refusals(host: Host, link: Link) -> str:
    """The program learns that it is refused, and an id; the server's audit log says why."""
    sessions = [
        link.open(COUNTER, ["app1"], host.grant("stolen")),  # HOLDER
        link.open(COUNTER, ["app2"], host.grant("counter")),  # LABEL
        link.open(COUNTER, ["app1"]),  # NO_TOKEN
    ]
    for session in sessions:
        failed = await refused(session.unary("Add", b"never"))
        assert (failed.code, failed.outcome()) == (7, "not-executed"), failed
        assert "audit log" in failed.description, failed
    narrow = link.open(COUNTER, ["narrow"], host.grant("narrow"))
    await narrow.unary("Total", b"")
    failed = await refused(narrow.unary("Add", b"never"))
    assert (failed.code, failed.outcome()) == (7, "not-executed"), failed
    missing = await refused(host.counter(link).unary("Missing", b""))
    assert missing.code == 12, missing
    return f"four times PERMISSION_DENIED, not executed: {failed.description}"


async def link_drains(host: Host, link: Link) -> str:
    counter = host.counter(link)
    call = await counter.begin("Echo", message=b"last")
    await link.close()
    assert await call.receive() == b"last" and await call.receive() is None
    return "the call under way has finished, then the connection was closed"


STEPS: list[Callable[[Host, Link], Awaitable[str]]] = [
    unary_call,
    status_of_the_server,
    stream_with_credit,
    rom_is_watched_and_read,
    calls_survive_a_cut,
    exactly_once_through_many_cuts,
    signal_arrives,
    deadline_passes,
    refusals,
    link_drains,
]


async def refused(waiting: Awaitable) -> Failed:
    try:
        unexpected = await waiting
    except Failed as failed:
        return failed
    raise AssertionError(f"expected a failure, found {unexpected!r}")


def publish(roms: Path, name: str, content: bytes) -> None:
    """Written beside, then renamed: a version appears at once."""
    fresh = roms / f".{name}.new"
    fresh.write_bytes(content)
    fresh.rename(roms / name)


async def main(options: argparse.Namespace) -> None:
    host = Host(options)
    for step in STEPS:
        name = step.__name__.replace("_", " ")
        try:
            async with asyncio.timeout(PATIENCE_S):
                link = await host.dial()
                print(f"{name}: {await step(host, link)}", flush=True)
                if link.failure is None:
                    await link.close()
        except Exception as failure:
            raise SystemExit(f"{name}: FAILED: {failure!r}") from failure


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True, help="host:port of the server-proxy")
    parser.add_argument("--trust-bundle", required=True, help="SHA-256 of the trust bundle")
    for folder in ("--credentials", "--grants", "--roms"):
        parser.add_argument(folder, required=True, type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(arguments()))
