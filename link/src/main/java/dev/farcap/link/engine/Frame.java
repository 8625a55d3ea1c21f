package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Session.CloseReason;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One frame, as `wire.proto` defines it. Metadata is name, value, name, value...
///
/// A payload belongs to the frame: whoever takes the frame releases it or passes it on. Frames are
/// taken apart, never compared, so their arrays need no equality.
@SuppressWarnings("ArrayRecordComponent")
public sealed interface Frame {
  /// Stands for the absent `length` of a message.
  int NO_LENGTH = -1;

  /// Which it is.
  FrameKind kind();

  record Hello(
      int protocolMin,
      int protocolMax,
      Id128 epoch,
      Id128 link,
      boolean resume,
      long received,
      Limits limits,
      long bundleNumber,
      long listNumber)
      implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.HELLO;
    }
  }

  record Present(int slot, byte[] token) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.PRESENT;
    }
  }

  record Open(long session, String service, List<String> label, int slot, byte @Nullable [] object)
      implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.OPEN;
    }
  }

  record Opened(long session, long expiresMs) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.OPENED;
    }
  }

  record Refused(long session, Failure failure) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.REFUSED;
    }
  }

  record Upgrade(long session, int slot) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.UPGRADE;
    }
  }

  record Close(long session, CloseReason reason) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.CLOSE;
    }
  }

  record Closed(long session, @Nullable Failure failure) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.CLOSED;
    }
  }

  record Call(
      long call,
      long session,
      String method,
      long timeoutUs,
      byte[][] metadata,
      boolean halfClose,
      int length,
      ByteBuf payload)
      implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.CALL;
    }
  }

  record Headers(long call, byte[][] metadata) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.HEADERS;
    }
  }

  record Message(long call, int length, ByteBuf payload) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.MESSAGE;
    }
  }

  record HalfClose(long call) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.HALF_CLOSE;
    }
  }

  record Return(
      long call,
      int code,
      String description,
      byte @Nullable [][] headers,
      byte[][] trailers,
      int length,
      ByteBuf payload)
      implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.RETURN;
    }
  }

  record Cancel(long call) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.CANCEL;
    }
  }

  record Credit(long session, long call, long bytes, long longMessages) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.CREDIT;
    }
  }

  record Signal(long session, long count) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.SIGNAL;
    }
  }

  record Ack(long number) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.ACK;
    }
  }

  record Ping(long nonce, long bundleNumber, long listNumber) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.PING;
    }
  }

  record Pong(long nonce) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.PONG;
    }
  }

  record GoAway(String reason) implements Frame {
    @Override
    public FrameKind kind() {
      return FrameKind.GO_AWAY;
    }
  }
}
