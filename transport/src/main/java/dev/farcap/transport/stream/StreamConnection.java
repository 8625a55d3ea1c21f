package dev.farcap.transport.stream;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.PathFacts;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An admitted connection: the last handler of a channel that carries a stream of bytes. Lives on
/// its loop.
///
/// It ends once, by [#end], from whichever comes first: this side closes, the stream ends, a
/// failure. Ending drops what was not delivered, has the line ended (what was flushed may still
/// drain for a moment) and tells the listener from a task of its own.
public final class StreamConnection extends ChannelInboundHandlerAdapter implements Connection {
  private static final Logger log = LoggerFactory.getLogger(StreamConnection.class);

  private final Channel channel;
  private final StreamLine line;
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

  /// To be put at the end of the channel's pipeline at once.
  ///
  /// @param channel reads and writes [ByteBuf]s
  /// @param opener says who listens; may use the connection at once
  public StreamConnection(
      Channel channel,
      StreamLine line,
      Principal peer,
      TransportCounters counters,
      Function<Connection, ConnectionListener> opener) {
    this.channel = channel;
    this.line = line;
    this.peer = peer;
    this.counters = counters;
    this.writer = new FrameWriter(channel, counters);
    this.reader = new FrameReader(channel.alloc());
    this.listener = opener.apply(this);
  }

  @Override
  public String medium() {
    return line.medium();
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
    if (!reading) {
      channel.config().setAutoRead(false);
    } else if (!deliveryDue) {
      // From a task of its own: some channels read at once when they are told to.
      deliveryDue = true;
      channel.eventLoop().execute(this::deliverHeld);
    }
  }

  @Override
  public @Nullable PathFacts path() {
    return ended ? null : line.path();
  }

  @Override
  public void close(String reason) {
    end(reason);
  }

  /// The line knows why the channel is about to close.
  public void failed(String reason) {
    if (failure == null) {
      failure = reason;
    }
  }

  // What comes from the channel.

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
    if (line.isFarewell(event)) {
      farewell = true;
      line.hangUp();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    String told = line.describe(cause);
    if (told != null) {
      failed(told);
    }
    line.hangUp();
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
    return failure == null ? line.brokenOff() : failure;
  }

  // Deliveries.

  private void deliverHeld() {
    deliveryDue = false;
    deliver(false);
    if (reading && !ended) {
      channel.config().setAutoRead(true);
    }
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
    } catch (RuntimeException | Error mistake) {
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
    } catch (RuntimeException | Error mistake) {
      endByMistake(mistake);
    }
  }

  private void endByMistake(Throwable mistake) {
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
    channel.eventLoop().execute(() -> channel.config().setAutoRead(true));
    line.end();
    channel.eventLoop().execute(() -> listener.closed(reason));
  }
}
