package dev.farcap.link;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.farcap.link.engine.FrameKind;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Dials connections that break, abruptly, at the next frame of a chosen kind.
final class CuttingDialer implements Dialer {
  /// Where to break.
  ///
  /// @param outbound whether the dialler sends the frame
  /// @param before whether it is lost
  record Cut(FrameKind kind, boolean outbound, boolean before) {}

  private final Dialer dialer;
  private final AtomicReference<@Nullable Cut> armed = new AtomicReference<>();

  CuttingDialer(Dialer dialer) {
    this.dialer = dialer;
  }

  /// Breaks at the next frame that fits.
  void arm(Cut cut) {
    armed.set(cut);
  }

  /// Gives up the cut that was armed, if it has not happened.
  void disarm() {
    armed.set(null);
  }

  /// Whether it has happened.
  boolean hasCut() {
    return armed.get() == null;
  }

  /// Takes the cut if this frame is where to break.
  private @Nullable Cut meets(boolean outbound, ByteBuf frame) {
    Cut cut = armed.get();
    return cut != null
            && cut.outbound() == outbound
            && cut.kind() == kind(frame)
            && armed.compareAndSet(cut, null)
        ? cut
        : null;
  }

  private static FrameKind kind(ByteBuf frame) {
    try {
      var parsed = dev.farcap.link.wire.Frame.parseFrom(frame.nioBuffer());
      return FrameKind.valueOf(parsed.getKindCase().name());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void dial(String address, EventLoop loop, DialHandler handler) {
    dialer.dial(
        address,
        loop,
        new DialHandler() {
          @Override
          public ConnectionListener connected(Connection connection) {
            return new Inbound(connection, handler.connected(new Outbound(connection)));
          }

          @Override
          public void failed(String reason) {
            handler.failed(reason);
          }
        });
  }

  /// What the dialler sends through.
  private final class Outbound implements Connection {
    private final Connection connection;

    Outbound(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void send(ByteBuf frame) {
      Cut cut = meets(true, frame);
      if (cut == null) {
        connection.send(frame);
        return;
      }
      if (cut.before()) {
        frame.release();
      } else {
        connection.send(frame);
        connection.flush();
      }
      connection.close("cut at " + cut);
    }

    @Override
    public String medium() {
      return connection.medium();
    }

    @Override
    public Principal peer() {
      return connection.peer();
    }

    @Override
    public EventLoop eventLoop() {
      return connection.eventLoop();
    }

    @Override
    public void flush() {
      connection.flush();
    }

    @Override
    public boolean isWritable() {
      return connection.isWritable();
    }

    @Override
    public void setReading(boolean reading) {
      connection.setReading(reading);
    }

    @Override
    public void close(String reason) {
      connection.close(reason);
    }
  }

  /// What the dialler hears through.
  private final class Inbound implements ConnectionListener {
    private final Connection connection;
    private final ConnectionListener listener;

    Inbound(Connection connection, ConnectionListener listener) {
      this.connection = connection;
      this.listener = listener;
    }

    @Override
    public void frame(ByteBuf frame) {
      Cut cut = meets(false, frame);
      if (cut != null) {
        connection.close("cut at " + cut);
      }
      if (cut != null && cut.before()) {
        frame.release();
      } else {
        listener.frame(frame);
      }
    }

    @Override
    public void readComplete() {
      listener.readComplete();
    }

    @Override
    public void writable() {
      listener.writable();
    }

    @Override
    public void closed(String reason) {
      listener.closed(reason);
    }
  }
}
