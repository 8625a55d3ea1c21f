"""One call: any gRPC call, seen from its caller."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Iterable, Optional

from farcap.wire.v1 import wire_pb2 as wire

from credit import CHUNK_BYTES, ReceiveWindow, SendWindow, cost_of, is_long
from failure import DEADLINE_EXCEEDED, CANCELLED, Failed, Metadata, ProtocolError, flat, pairs

if TYPE_CHECKING:
    from link import Session


class Call:
    """Made by `Session.begin`. One task sends, one receives.

    Our direction ends with our *terminal* frame (HalfClose or Cancel), the other one with Return.
    Until Return has come the call is in the link's table, even if nobody wants it any more: what
    still arrives is taken, dropped, and its credit given back.
    """

    def __init__(self, session: Session, timeout: Optional[float]):
        link = session.link
        self.id = 0  # Chosen when Call is written.
        self.headers: Optional[Metadata] = None
        self.trailers: Metadata = []
        self.over = False  # Nothing more is sent or expected; messages may wait to be read.
        self.long_granted = 0
        self.requests = SendWindow(link.theirs.call_window)
        self.replies = ReceiveWindow(link.ours.call_window)
        self._session = session
        self._link = link
        self._failure: Optional[Failed] = None
        self._terminal_sent = False
        self._long_sent = 0
        self._incoming: Optional[_Incoming] = None
        self._messages: deque[_Incoming] = deque()
        self._reading = False
        self._long_said = 0
        self._deadline = None if timeout is None else link.loop.time() + timeout
        self._timer = None if timeout is None else link.loop.call_later(timeout, self._expire)

    # ---- Sending

    async def begin(self, method: str, metadata: Iterable, message: Optional[bytes]) -> None:
        """Writes Call, with a message (then the only one) or without.

        It need not wait for the session to be Opened: what is sent before stays within the
        session's opening window.
        """
        headers = flat(metadata, self._link.theirs.metadata_bytes)
        cost = 0 if message is None else self._cost(message)
        await self._credit(cost)
        if self.over:
            return
        self.id = self._link.next_call(self)
        frame = wire.Call(call=self.id, session=self._session.id, method=method, metadata=headers)
        if self._deadline is not None:
            frame.timeout_us = max(1, int((self._deadline - self._link.loop.time()) * 1e6))
        if message is not None:
            frame.length = len(message)
            frame.payload = message[:CHUNK_BYTES]
            self._terminal_sent = frame.half_close = len(message) <= CHUNK_BYTES
        self._link.put(call=frame)
        if message is not None and not self._terminal_sent:
            await self._send_rest(message)
            self.half_close()

    async def send(self, message: bytes) -> None:
        """Sends a message of a stream; waits for credit. Does nothing once the call is over."""
        await self._credit(self._cost(message))
        if self.over:
            return
        self._link.put(
            message=wire.Message(call=self.id, length=len(message), payload=message[:CHUNK_BYTES])
        )
        await self._send_rest(message)

    async def _credit(self, cost: int) -> None:
        """Takes `cost` from both windows, at once and from nobody else's."""
        session = self._session
        await self._link.until(
            lambda: self.over
            or (self._link.has_room() and session.requests.has(cost) and self.requests.has(cost))
        )
        if not self.over:
            session.requests.take(cost)
            self.requests.take(cost)

    async def _send_rest(self, message: bytes) -> None:
        """The chunks after the first: paid for already, but a long message waits to be wanted."""
        if is_long(len(message), self._link.theirs.call_window):
            self._long_sent += 1
            ordinal = self._long_sent
            await self._link.until(lambda: self.over or self.long_granted >= ordinal)
        for at in range(CHUNK_BYTES, len(message), CHUNK_BYTES):
            # Other calls write between our chunks.
            await self._link.flush()
            await self._link.until(lambda: self.over or self._link.has_room())
            if self.over:
                return
            payload = message[at : at + CHUNK_BYTES]
            self._link.put(message=wire.Message(call=self.id, payload=payload))

    def _cost(self, message: bytes) -> int:
        theirs = self._link.theirs
        if len(message) > theirs.message_bytes:
            self.cancel()
            raise Failed(8, f"message is {len(message)} bytes, limit {theirs.message_bytes}")
        return cost_of(len(message), theirs.call_window)

    def half_close(self) -> None:
        """No message follows."""
        if not self._terminal_sent:
            self._terminal_sent = True
            self._link.put(half_close=wire.HalfClose(call=self.id))

    def cancel(self) -> None:
        """Gives the call up."""
        self._give_up(Failed(CANCELLED, "cancelled by the caller"))

    def _expire(self) -> None:
        self._give_up(Failed(DEADLINE_EXCEEDED, "deadline has passed"))

    def _give_up(self, failure: Failed) -> None:
        if not self.over:
            self.end(failure)
            while self._messages:
                self._give_back(self._messages.popleft())
            if self.id and self.id in self._link.calls:
                # Cancel may follow HalfClose.
                self._terminal_sent = True
                self._link.put(cancel=wire.Cancel(call=self.id))

    # ---- Receiving

    async def receive(self) -> Optional[bytes]:
        """The next message; None after the last one of a call that went well. Raises Failed."""
        self._reading = True
        self._want_long()
        await self._link.until(lambda: bool(self._messages) or self.over)
        self._reading = False
        if self._messages:
            message = self._messages.popleft()
            self._give_back(message)
            return bytes(message.data)
        if self._failure:
            raise self._failure
        return None

    def on_headers(self, frame: wire.Headers) -> None:
        self.headers = pairs(frame.metadata)

    def on_message(self, frame) -> None:
        """A chunk, in Message or in Return."""
        if frame.HasField("length"):
            self._begin_message(frame.length)
        message = self._incoming
        if message is None:
            raise ProtocolError("a chunk without a message")
        message.data += frame.payload
        if len(message.data) > message.length:
            raise ProtocolError("chunks beyond the message's length")
        if message.long and len(message.data) > CHUNK_BYTES and not message.granted:
            raise ProtocolError("the rest of a long message that was not granted")
        if len(message.data) == message.length:
            self._incoming = None
            if self.over:
                self._give_back(message)
            else:
                self._messages.append(message)

    def _begin_message(self, length: int) -> None:
        ours = self._link.ours
        if self._incoming is not None or length > ours.message_bytes:
            raise ProtocolError(f"a message of {length} bytes that may not begin")
        cost = cost_of(length, ours.call_window)
        allowed = self.replies.take(cost)
        if not self._session.replies.take(cost) or not allowed:
            raise ProtocolError("more than the window")
        self._incoming = _Incoming(length, cost, is_long(length, ours.call_window))
        if self._reading:
            self._want_long()

    def _want_long(self) -> None:
        """Asks for room for a long message that somebody wants to read."""
        message = self._incoming
        if message and message.long and not message.asked:
            message.asked = True
            self._session.reserve(message.length - CHUNK_BYTES, self._grant)

    def _grant(self) -> None:
        if self._incoming is None:
            return  # Discarded while it waited for room.
        self._incoming.granted = True
        self._long_said += 1
        self.say_credit()

    def _give_back(self, message: _Incoming) -> None:
        if message.granted:
            self._session.release(message.length - CHUNK_BYTES)
        if self.replies.give_back(message.cost) and self.id in self._link.calls:
            self.replies.say()
            self.say_credit()
        self._session.give_back(message.cost)

    def say_credit(self) -> None:
        self._link.put(
            credit=wire.Credit(
                call=self.id, bytes=self.replies.said, long_messages=self._long_said
            )
        )

    def has_spoken(self) -> bool:
        return self.replies.has_spoken() or self._long_said > 0

    # ---- The end

    def on_return(self, frame) -> None:
        if frame.has_headers:
            self.headers = pairs(frame.headers)
        if frame.HasField("length"):
            self.on_message(frame)
        if not self._terminal_sent:
            # The other side forgets the call only when both directions have ended.
            self._terminal_sent = True
            self._link.put(cancel=wire.Cancel(call=self.id))
        if self._incoming is not None:
            self._give_back(self._incoming)
            self._incoming = None
        if not self.over:
            self.trailers = pairs(frame.trailers)
            failed = frame.code != 0
            self.end(Failed(frame.code, frame.description, self.trailers) if failed else None)

    def end(self, failure: Optional[Failed]) -> None:
        """What the program sees when it has read the messages that are there."""
        if self.over:
            return
        self.over = True
        self._failure = failure
        if self._timer:
            self._timer.cancel()
        self._link.ring()


class _Incoming:
    """A message that arrives, or waits to be read."""

    def __init__(self, length: int, cost: int, long: bool):
        self.length = length
        self.cost = cost
        self.long = long
        self.asked = False
        self.granted = False
        self.data = bytearray()
