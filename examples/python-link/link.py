"""A link, from the side that dials it. Written from wire.proto and docs/protocol.md only.

    link = await Link.dial("127.0.0.1:7443", credentials, "farcap://lab/host-b")
    session = link.open("example.Counter", ["app1"], grant)
    answer = await session.unary("Add", b"...")
    await link.close()

Everything runs on one asyncio loop, so there are no locks. Who waits for something waits in
`Link.until`; whoever changes something calls `Link.ring`.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import deque
from typing import Callable, Iterable, Optional

from farcap.wire.v1 import wire_pb2 as wire
from google.protobuf.message import DecodeError

from call import Call
from credit import ReceiveWindow, SendWindow
from failure import UNAVAILABLE, Failed, ProtocolError, of_farcap, told
from medium import Connection, Credentials, MediumError

# One for the whole life of this process.
EPOCH = secrets.token_bytes(16)

PROTOCOL = 1
OUTBOX_BYTES_MAX = 4 << 20
SLOTS = 64
RESUME_WINDOW_S = 30
HELLO_S = 10
PING_S = 5
PINGS_UNANSWERED = 3
DRAIN_S = 30

# Frames that carry a number and are sent again after a cut; the others are state.
NUMBERED = {
    *("present", "open", "opened", "refused", "upgrade", "close", "closed"),
    *("call", "headers", "message", "half_close", "return", "cancel"),
}

SIGNALS = "farcap.signal.v1.Signals"


class Link:
    """Sessions, calls and signals with one other process, across any number of connections."""

    def __init__(self, address: str, credentials: Credentials, peer: str, ours: wire.Limits):
        self.loop = asyncio.get_running_loop()
        self.ours = ours
        self.theirs = wire.Limits()
        self.calls: dict[int, Call] = {}
        self.failure: Optional[Failed] = None
        self.connection: Optional[Connection] = None
        self.received = 0
        self.resumes = 0
        self._address = address
        self._credentials = credentials
        self._peer = peer
        self._changed = asyncio.Event()
        self._id = b""
        self._their_epoch = b""
        self._been_up = False
        self._going_away = False
        self._sent = 0
        self._outbox: deque[tuple[int, bytes]] = deque()
        self._outbox_bytes = 0
        self._ack_planned = False
        self._unanswered = 0
        self._slots: dict[bytes, int] = {}
        self._sessions: dict[int, Session] = {}
        self._last_session = -1
        self._last_call = -1
        self._life: Optional[asyncio.Task[None]] = None
        self._contexts: dict[bytes, SignalContext] = {}
        self._hosted: dict[int, SignalContext] = {}
        self._last_hosted = 0

    @classmethod
    async def dial(
        cls,
        address: str,
        credentials: Credentials,
        peer: str,
        ours: Optional[wire.Limits] = None,
    ) -> Link:
        """Connects, or raises OSError, EOFError, MediumError or ProtocolError."""
        link = cls(address, credentials, peer, ours or limits())
        connection = await link._connect()
        link._life = asyncio.create_task(link._live(connection))
        return link

    # ---- A program's side

    def open(self, service: str, label: Iterable[str], token: Optional[bytes] = None) -> Session:
        """Opens a session. It may be used at once; a refusal ends its calls."""
        if self.failure or self._going_away:
            raise self.failure or of_farcap(UNAVAILABLE, "the link drains", False)
        slot = self._present(token) if token else 0
        self._last_session += 2
        session = Session(self, self._last_session)
        self._sessions[session.id] = session
        self.put(
            open=wire.Open(session=session.id, service=service, label=list(label), slot=slot)
        )
        return session

    def _present(self, token: bytes) -> int:
        """The slot of a token, which is shown once however many sessions it opens."""
        if token not in self._slots:
            if len(self._slots) == SLOTS:
                raise ValueError(f"more than {SLOTS} tokens; an old slot would have to be reused")
            self._slots[token] = len(self._slots) + 1
            self.put(present=wire.Present(slot=self._slots[token], token=token))
        return self._slots[token]

    def create_context(self) -> SignalContext:
        """A context that the other side may raise: pass its reference inside a message."""
        context = SignalContext(self, self._credentials.holder())
        self._contexts[context.reference] = context
        return context

    async def close(self) -> None:
        """Drains: nothing new, calls under way may finish, then the sessions are closed."""
        self._going_away = True
        self.put(go_away=wire.GoAway(reason="done"))
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.until(lambda: not self.calls)
                for session in self._sessions.values():
                    session.close()
                await self.until(lambda: not self._sessions)
        except TimeoutError:
            pass
        self._end(of_farcap(UNAVAILABLE, "the link was closed", True))
        if self.connection:
            self.connection.close()
        if self._life:
            await self._life

    # ---- What sessions and calls need

    def ring(self) -> None:
        """Something has changed: everybody who waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()

    def next_call(self, call: Call) -> int:
        """Ids follow the order in which Call is written: odd ones, for we have dialled."""
        self._last_call += 2
        self.calls[self._last_call] = call
        return self._last_call

    def has_room(self) -> bool:
        """Whether something new may be written. While suspended nothing is, so that a call which
        was never written can be known not to have been executed."""
        return self.connection is not None and self._outbox_bytes < OUTBOX_BYTES_MAX

    async def flush(self) -> None:
        if self.connection:
            await self.connection.flush()

    def put(self, **kind) -> None:
        """Writes one frame: `put(cancel=wire.Cancel(call=3))`.

        What is numbered waits in the outbox until it is acknowledged, so it may be put at any
        time. State is lost with the connection and written afresh by the next one.
        """
        frame = wire.Frame(**kind)
        if frame.WhichOneof("kind") in NUMBERED:
            self._sent += 1
            frame.number = self._sent
            data = frame.SerializeToString()
            self._outbox.append((frame.number, data))
            self._outbox_bytes += len(data)
        else:
            data = frame.SerializeToString()
        if self.connection:
            self.connection.send(data)

    # ---- Connections

    async def _live(self, connection: Connection) -> None:
        """Reads one connection after the other until the link ends."""
        failure = None
        while not self.failure and not failure:
            failure = await self._read(connection)
            self.connection = None
            connection.abort()
            if self._going_away and not failure:
                failure = of_farcap(UNAVAILABLE, "the link was drained", True)
            if not failure and not self.failure:
                connection, failure = await self._reconnect()
        if failure:
            self._end(failure)

    async def _read(self, connection: Connection) -> Optional[Failed]:
        """Takes frames until the connection ends; a failure where the link ends with it."""
        pings = asyncio.create_task(self._ping(connection))
        try:
            while not self.failure:
                self._on_frame(await connection.receive())
        except (OSError, EOFError):
            return None  # Suspended.
        except (ProtocolError, MediumError, ValueError) as mistake:
            return of_farcap(UNAVAILABLE, f"link ended: {mistake}", True)
        finally:
            pings.cancel()
        return self.failure

    async def _ping(self, connection: Connection) -> None:
        self._unanswered = 0
        while self._unanswered < PINGS_UNANSWERED:
            await asyncio.sleep(PING_S)
            self._unanswered += 1
            connection.send(
                wire.Frame(ping=wire.Ping(nonce=secrets.randbits(64))).SerializeToString()
            )
        connection.abort()

    async def _reconnect(self) -> tuple[Optional[Connection], Optional[Failed]]:
        """At once, then with growing pauses, until the window of the resume is over."""
        end = self.loop.time() + RESUME_WINDOW_S
        pause = 0.05
        while self.loop.time() < end and not self.failure:
            try:
                return await self._connect(), None
            except ProtocolError as mistake:
                return None, of_farcap(UNAVAILABLE, f"link ended: {mistake}", True)
            except (OSError, EOFError, MediumError):
                await asyncio.sleep(pause)
                pause = min(5.0, random.uniform(0.05, 3 * pause))
        return None, of_farcap(UNAVAILABLE, "link ended: not back in time", True)

    async def _connect(self) -> Connection:
        async with asyncio.timeout(HELLO_S):
            connection = await Connection.dial(self._address, self._credentials, self._peer)
            try:
                await self._greet(connection)
            except BaseException:
                connection.abort()
                raise
        self.connection = connection
        self.ring()
        return connection

    async def _greet(self, connection: Connection) -> None:
        """Hello both ways; on a resume then whatever the other side has not received."""
        if not self._been_up:
            # Until a link has been up once each attempt is a new link.
            self._id = secrets.token_bytes(16)
        hello = wire.Hello(
            protocol_min=PROTOCOL,
            protocol_max=PROTOCOL,
            epoch=EPOCH,
            link=self._id,
            resume=self._been_up,
            received=self.received,
            limits=self.ours,
        )
        connection.send(wire.Frame(hello=hello).SerializeToString())
        frame = parse(await connection.receive())
        if not frame.HasField("hello"):
            raise ProtocolError("Hello expected")
        answer = frame.hello
        if not answer.protocol_min <= PROTOCOL <= answer.protocol_max:
            raise ProtocolError("no common protocol")
        if answer.link != self._id:
            raise ProtocolError("the peer answers for another link")
        if answer.resume != self._been_up or self._their_epoch not in (b"", answer.epoch):
            raise ProtocolError("the peer does not know the link any more")
        if self._been_up:
            self._resume(connection, answer.received)
        else:
            self.theirs = answer.limits
            self._their_epoch = answer.epoch
            self._been_up = True

    def _resume(self, connection: Connection, received: int) -> None:
        self.resumes += 1
        self._forget_up_to(received)
        for _, frame in self._outbox:
            connection.send(frame)
        self.connection = connection
        for session in self._sessions.values():
            if session.replies.has_spoken():
                session.say_credit()
        for call in self.calls.values():
            if call.has_spoken():
                call.say_credit()

    def _forget_up_to(self, number: int) -> None:
        if number > self._sent:
            raise ProtocolError(f"{number} was acknowledged, {self._sent} were sent")
        while self._outbox and self._outbox[0][0] <= number:
            self._outbox_bytes -= len(self._outbox.popleft()[1])

    # ---- Frames

    def _on_frame(self, data: bytes) -> None:
        frame = parse(data)
        name = frame.WhichOneof("kind")
        if name in NUMBERED:
            # Exactly once: the next number, or the end of the link.
            if frame.number != self.received + 1:
                raise ProtocolError(f"frame {frame.number} after {self.received}")
            self.received = frame.number
            self._plan_ack()
        elif frame.number:
            raise ProtocolError(f"{name} has a number")
        getattr(self, "_on_" + name)(getattr(frame, name))
        self.ring()

    def _plan_ack(self) -> None:
        """One Ack for whatever arrives together."""
        if not self._ack_planned:
            self._ack_planned = True
            self.loop.call_soon(self._ack)

    def _ack(self) -> None:
        self._ack_planned = False
        if self.connection:
            self.put(ack=wire.Ack(number=self.received))

    def _on_ack(self, frame: wire.Ack) -> None:
        self._forget_up_to(frame.number)

    def _on_ping(self, frame: wire.Ping) -> None:
        self.put(pong=wire.Pong(nonce=frame.nonce))

    def _on_pong(self, frame: wire.Pong) -> None:
        self._unanswered = 0

    def _on_go_away(self, frame: wire.GoAway) -> None:
        self._going_away = True

    def _on_hello(self, frame: wire.Hello) -> None:
        raise ProtocolError("a second Hello")

    def _on_credit(self, frame: wire.Credit) -> None:
        # What is not known is over: such frames were under way when it ended.
        if call := self.calls.get(frame.call):
            call.requests.widen(frame.bytes)
            call.long_granted = max(call.long_granted, frame.long_messages)
        elif session := self._sessions.get(frame.session):
            session.requests.widen(frame.bytes)

    def _on_opened(self, frame: wire.Opened) -> None:
        if session := self._sessions.get(frame.session):
            session.is_open = True

    def _on_refused(self, frame: wire.Refused) -> None:
        self._end_session(frame.session, told(frame.failure))

    def _on_closed(self, frame: wire.Closed) -> None:
        closed = of_farcap(UNAVAILABLE, "the session was closed", True)
        asked = not frame.HasField("failure")
        self._end_session(frame.session, closed if asked else told(frame.failure))

    def _end_session(self, number: int, failure: Failed) -> None:
        if session := self._sessions.pop(number, None):
            session.end(failure)

    def _on_headers(self, frame: wire.Headers) -> None:
        if call := self.calls.get(frame.call):
            call.on_headers(frame)

    def _on_message(self, frame: wire.Message) -> None:
        if call := self.calls.get(frame.call):
            call.on_message(frame)

    def _on_return(self, frame) -> None:
        if call := self.calls.pop(frame.call, None):
            call.on_return(frame)

    # ---- The other side opens sessions too: on our signal contexts

    def _on_present(self, frame: wire.Present) -> None:
        pass  # No token gives anything here.

    def _on_open(self, frame: wire.Open) -> None:
        if frame.session % 2 or frame.session <= self._last_hosted:
            raise ProtocolError(f"Open{{session: {frame.session}}}")
        self._last_hosted = frame.session
        # Without signed references an object serves only whom it was made for. Contexts belong to
        # a link here, and a link to one peer.
        context = self._contexts.get(frame.object)
        if context is None:
            refusal = wire.Failure(kind=wire.Failure.REFUSED, message="no such object")
            self.put(refused=wire.Refused(session=frame.session, failure=refusal))
            return
        self._hosted[frame.session] = context
        context.counts[frame.session] = 0
        self.put(opened=wire.Opened(session=frame.session))

    def _on_signal(self, frame: wire.Signal) -> None:
        if context := self._hosted.get(frame.session):
            context.raise_to(frame.session, frame.count)

    def _on_close(self, frame: wire.Close) -> None:
        if context := self._hosted.pop(frame.session, None):
            del context.counts[frame.session]
            self.put(closed=wire.Closed(session=frame.session))

    def _on_upgrade(self, frame: wire.Upgrade) -> None:
        pass  # There is no answer, and no session here ends by a token.

    def _on_call(self, frame: wire.Call) -> None:
        """A signal context has no methods."""
        trailers = [b"farcap-origin", b"link", b"farcap-outcome", b"not-executed"]
        self.put(**{"return": getattr(wire, "Return")(call=frame.call, code=12, trailers=trailers)})

    def _on_half_close(self, frame: wire.HalfClose) -> None:
        pass  # Of a call that is over: see _on_call.

    def _on_cancel(self, frame: wire.Cancel) -> None:
        pass

    # ---- The end

    def _end(self, failure: Failed) -> None:
        if self.failure is None:
            self.failure = failure
            for number in list(self._sessions):
                self._end_session(number, failure)
            self.calls.clear()
            self.ring()


class Session:
    """What was opened once and is called many times."""

    def __init__(self, link: Link, number: int):
        self.id = number
        self.link = link
        self.is_open = False
        # Requests start small: the other side has not decided yet.
        self.requests = SendWindow(link.theirs.opening_window)
        self.replies = ReceiveWindow(link.ours.session_window)
        self.failure: Optional[Failed] = None
        self._calls: set[Call] = set()
        # Room for the rest of long messages, as much again as the window.
        self._long_room = link.ours.session_window
        self._long_waiting: deque[tuple[int, Callable[[], None]]] = deque()

    async def opened(self) -> None:
        """Waits for the other side's decision. Raises Failed when it refuses."""
        await self.link.until(lambda: self.is_open or self.failure is not None)
        if self.failure:
            raise self.failure

    async def begin(
        self,
        method: str,
        metadata: Iterable[tuple[str, bytes]] = (),
        timeout: Optional[float] = None,
        message: Optional[bytes] = None,
    ) -> Call:
        """Begins a call. With `message` the request is that one message."""
        if self.failure:
            raise self.failure
        call = Call(self, timeout)
        self._calls = {other for other in self._calls if not other.over} | {call}
        await call.begin(method, metadata, message)
        return call

    async def unary(self, method: str, message: bytes, **options) -> bytes:
        call = await self.begin(method, message=message, **options)
        reply = await call.receive()
        await call.receive()
        if reply is None:
            raise Failed(13, "no reply")
        return reply

    def close(self) -> None:
        """Asks the other side to forget the session; its calls end."""
        if self.failure is None and self.id in self.link._sessions:
            self.link.put(close=wire.Close(session=self.id))

    def end(self, failure: Failed) -> None:
        self.failure = failure
        for call in self._calls:
            self.link.calls.pop(call.id, None)
            # A call that was not written was not executed, however the session ended.
            call.end(failure if call.id else of_farcap(failure.code, failure.description, False))
        self.link.ring()

    # ---- Credit

    def give_back(self, cost: int) -> None:
        if self.replies.give_back(cost) and self.failure is None:
            self.replies.say()
            self.say_credit()

    def say_credit(self) -> None:
        self.link.put(credit=wire.Credit(session=self.id, bytes=self.replies.said))

    def reserve(self, size: int, granted: Callable[[], None]) -> None:
        """Sets room aside for the rest of a long message, first asked first served."""
        self._long_waiting.append((size, granted))
        self._serve()

    def release(self, size: int) -> None:
        self._long_room += size
        self._serve()

    def _serve(self) -> None:
        while self._long_waiting and self._long_waiting[0][0] <= self._long_room:
            size, granted = self._long_waiting.popleft()
            self._long_room -= size
            granted()


class SignalContext:
    """Where signals arrive. Edges are counted; a receiver that is late finds their sum."""

    def __init__(self, link: Link, holder: bytes):
        self.reference = holder + EPOCH + secrets.token_bytes(16) + SIGNALS.encode("ascii")
        self.counts: dict[int, int] = {}
        self._link = link
        self._edges = 0

    def raise_to(self, session: int, count: int) -> None:
        # Sent again after every resume: only what goes beyond the maximum is news.
        self._edges += max(0, count - self.counts[session])
        self.counts[session] = max(count, self.counts[session])

    async def receive(self) -> int:
        """Waits for edges: how many there were since the last time."""
        await self._link.until(lambda: self._edges > 0 or self._link.failure is not None)
        if not self._edges:
            raise self._link.failure or Failed(13, "no edges")
        edges, self._edges = self._edges, 0
        return edges


def parse(data: bytes) -> wire.Frame:
    """A frame of a known kind without unknown fields: whatever is new has a higher protocol."""
    try:
        frame = wire.Frame.FromString(data)
    except DecodeError as mistake:
        raise ProtocolError("not a frame") from mistake
    size = frame.ByteSize()
    frame.DiscardUnknownFields()
    if frame.ByteSize() != size or frame.WhichOneof("kind") is None:
        raise ProtocolError("a frame with something unknown")
    return frame


def limits() -> wire.Limits:
    return wire.Limits(
        call_window=144 << 10,
        opening_window=256 << 10,
        session_window=8 << 20,
        message_bytes=4 << 20,
        sessions=100,
        metadata_bytes=16 << 10,
    )
