"""Credit: how much one side may send before the other has read.

wire.proto, CHUNKS AND CREDIT. All values are *cost* since the session or call began, so a Credit
frame that is sent twice does no harm.
"""

from __future__ import annotations

CHUNK_BYTES = 16 * 1024
_OVERHEAD = 16
LONG_COST = CHUNK_BYTES + _OVERHEAD


def is_long(length: int, call_window: int) -> bool:
    """Whether a message of `length` bytes must wait for a grant after its first chunk."""
    return length + _OVERHEAD > call_window // 2


def cost_of(length: int, call_window: int) -> int:
    """What a message takes from both windows, all of it with its first chunk."""
    return LONG_COST if is_long(length, call_window) else length + _OVERHEAD


class SendWindow:
    """What we may send."""

    def __init__(self, limit: int):
        self._limit = limit
        self._taken = 0

    def has(self, cost: int) -> bool:
        return self._taken + cost <= self._limit

    def take(self, cost: int) -> None:
        self._taken += cost

    def widen(self, limit: int) -> None:
        # After a resume a value may come again, never a smaller one.
        self._limit = max(self._limit, limit)


class ReceiveWindow:
    """What the other side may send."""

    def __init__(self, size: int):
        self._size = size
        self._taken = 0
        self._returned = 0
        self.said = size

    def take(self, cost: int) -> bool:
        """Whether the other side was allowed to."""
        self._taken += cost
        return self._taken <= self.said

    def give_back(self, cost: int) -> bool:
        """Whether it is time to say so: from half a window on."""
        self._returned += cost
        return self._size + self._returned - self.said >= self._size // 2

    def say(self) -> int:
        self.said = self._size + self._returned
        return self.said

    def has_spoken(self) -> bool:
        """Whether the other side must be told after a resume."""
        return self.said != self._size
