package dev.farcap.link.engine;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A queue of messages that costs nothing while it holds at most one, as that of a unary call.
final class MessageQueue {
  private @Nullable ByteBuf first;
  private @Nullable ArrayDeque<ByteBuf> further;

  void add(ByteBuf message) {
    if (first == null) {
      first = message;
    } else {
      if (further == null) {
        further = new ArrayDeque<>();
      }
      further.add(message);
    }
  }

  @Nullable ByteBuf peek() {
    return first;
  }

  /// Length of the first message; only where there is one.
  int firstBytes() {
    return requireNonNull(first).readableBytes();
  }

  /// Length of the longest message, 0 where there is none.
  int longestBytes() {
    int longest = first == null ? 0 : first.readableBytes();
    if (further != null) {
      for (ByteBuf message : further) {
        longest = Math.max(longest, message.readableBytes());
      }
    }
    return longest;
  }

  ByteBuf remove() {
    ByteBuf message = requireNonNull(first);
    first = further == null ? null : further.poll();
    return message;
  }

  boolean isEmpty() {
    return first == null;
  }

  int size() {
    return first == null ? 0 : 1 + (further == null ? 0 : further.size());
  }

  void forEach(Consumer<ByteBuf> action) {
    if (first != null) {
      action.accept(first);
    }
    if (further != null) {
      further.forEach(action);
    }
  }

  void clear() {
    first = null;
    further = null;
  }
}
