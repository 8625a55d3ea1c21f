package dev.farcap.transport.tls;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslClosedEngineException;
import java.nio.channels.ClosedChannelException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An admitted connection: the last handler behind the TLS handler. Lives on its loop.
///
/// It ends once, by [#end], from whichever comes first: this side closes, the stream ends, a
/// failure. Ending drops what was not delivered, has the socket closed (what was flushed may still
/// drain for a few seconds) and tells the listener from a task of its own.
final class TlsConnection extends ChannelInboundHandlerAdapter implements Connection {
  private static final Logger log = LoggerFactory.getLogger(TlsConnection.class);

  private final Channel channel;
  private final Principal peer;
  private final TransportCounters counters;
  private final FrameWriter writer;
  private final FrameReader reader;
  private final ConnectionListener listener;
  private boolean reading = true;
  private boolean deliveryDue;
  private boolean delivered;
  private boolean stalled;
  private boolean farewell;
  private @Nullable String failure;
  private boolean ended;

  /// @param opener says who listens; may use the connection at once
  TlsConnection(
      Channel channel,
      Principal peer,
      TransportCounters counters,
      Function<Connection, ConnectionListener> opener) {
    this.channel = channel;
    this.peer = peer;
    this.counters = counters;
    this.writer = new FrameWriter(channel, counters);
    this.reader = new FrameReader(channel.alloc());
    this.listener = opener.apply(this);
  }

  @Override
  public String medium() {
    return "tls";
  }

  @Override
  public Principal peer() {
    return peer;
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  @Override
  public void send(ByteBuf frame) {
    Connection.check(frame);
    if (ended) {
      frame.release();
      counters.frameDropped();
    } else {
      writer.add(frame);
    }
  }

  @Override
  public void flush() {
    if (!ended) {
      writer.flush();
    }
  }

  @Override
  public boolean isWritable() {
    boolean writable = channel.isWritable();
    stalled |= !writable;
    return writable;
  }

  @Override
  public void setReading(boolean reading) {
    if (ended) {
      return;
    }
    this.reading = reading;
    channel.config().setAutoRead(reading);
    if (reading && !deliveryDue) {
      deliveryDue = true;
      channel.eventLoop().execute(this::deliverHeld);
    }
  }

  @Override
  public void close(String reason) {
    end(reason);
  }

  // What comes from the socket.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (ended) {
      bytes.release();
      return;
    }
    reader.offer(bytes);
    deliver(false);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (delivered && !ended) {
      delivered = false;
      tell(listener::readComplete);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!channel.isWritable()) {
      stalled = true;
    } else if (stalled && !ended) {
      // From a task of its own: this may run within flush().
      channel.eventLoop().execute(this::tellWritable);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
      farewell = true;
      var _ = ctx.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A write into a stream that is already shut says less than the end of the stream will.
    boolean aftermath =
        cause instanceof ClosedChannelException || cause instanceof SslClosedEngineException;
    if (failure == null && !aftermath) {
      failure = TlsFailure.describe(cause);
    }
    var _ = ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deliver(true);
    channelReadComplete(ctx);
    end(endOfStream());
  }

  private String endOfStream() {
    if (farewell) {
      return "the peer closed the connection";
    }
    return failure == null ? "the connection broke off" : failure;
  }

  // Deliveries.

  private void deliverHeld() {
    deliveryDue = false;
    deliver(false);
    if (delivered && !ended) {
      delivered = false;
      tell(listener::readComplete);
    }
  }

  private void deliver(boolean last) {
    int frames = 0;
    long bytes = 0;
    try {
      while (!ended && (reading || last)) {
        ByteBuf frame = reader.next();
        if (frame == null) {
          break;
        }
        frames++;
        bytes += frame.readableBytes();
        listener.frame(frame);
      }
    } catch (FrameReader.MalformedFrameException malformed) {
      counters.frameMalformed();
      end(String.valueOf(malformed.getMessage()));
    } catch (RuntimeException mistake) {
      endByMistake(mistake);
    }
    if (frames > 0) {
      delivered = true;
      counters.received(frames, bytes);
    }
  }

  private void tellWritable() {
    if (stalled && channel.isWritable() && !ended) {
      stalled = false;
      tell(listener::writable);
    }
  }

  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException mistake) {
      endByMistake(mistake);
    }
  }

  private void endByMistake(RuntimeException mistake) {
    log.error("listener of the connection of {} failed", peer.name(), mistake);
    end("a mistake at this end: " + mistake);
  }

  private void end(String reason) {
    if (ended) {
      return;
    }
    ended = true;
    counters.connectionClosed();
    writer.discard();
    reader.discard();
    // What still comes is read and dropped, so that the end of the stream is seen.
    channel.config().setAutoRead(true);
    var _ = channel.close();
    channel.eventLoop().execute(() -> listener.closed(reason));
  }
}
