package dev.farcap.transport.inprocess;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Principal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One end of a pair of [Pipe]s. Lives on its loop.
final class InProcessConnection implements Connection {
  private static final Logger log = LoggerFactory.getLogger(InProcessConnection.class);

  /// Frames delivered in one go, so that the others on the loop get their turn.
  private static final int BATCH_FRAMES_MAX = 256;

  private final EventLoop loop;
  private final Principal peer;
  private final Pipe in;
  private final Pipe out;
  private final ArrayDeque<ByteBuf> unflushed = new ArrayDeque<>();
  private final ConnectionListener listener;
  private boolean reading = true;
  private boolean ended;

  private InProcessConnection(
      EventLoop loop,
      Principal peer,
      Pipe in,
      Pipe out,
      Function<Connection, ConnectionListener> opener) {
    this.loop = loop;
    this.peer = peer;
    this.in = in;
    this.out = out;
    this.listener = opener.apply(this);
  }

  /// Begins one end. The opener says who listens and may send at once.
  static void open(
      EventLoop loop,
      Principal peer,
      Pipe in,
      Pipe out,
      Function<Connection, ConnectionListener> opener) {
    InProcessConnection end = new InProcessConnection(loop, peer, in, out, opener);
    out.onWritable(end::tellWritable);
    in.onReadable(end::deliver);
  }

  @Override
  public String medium() {
    return "inprocess";
  }

  @Override
  public Principal peer() {
    return peer;
  }

  @Override
  public EventLoop eventLoop() {
    return loop;
  }

  @Override
  public void send(ByteBuf frame) {
    Connection.check(frame);
    if (ended) {
      frame.release();
      return;
    }
    out.reserve(frame.readableBytes());
    unflushed.add(frame);
  }

  @Override
  public void flush() {
    if (unflushed.isEmpty()) {
      return;
    }
    for (ByteBuf frame = unflushed.poll(); frame != null; frame = unflushed.poll()) {
      out.put(frame);
    }
    if (!out.announce()) {
      end("the event loop of the other end has ended");
    }
  }

  @Override
  public boolean isWritable() {
    return out.isWritable();
  }

  @Override
  public void setReading(boolean reading) {
    this.reading = reading;
    if (reading) {
      in.announce();
    }
  }

  @Override
  public void close(String reason) {
    end(reason);
  }

  private void deliver() {
    try {
      deliverBatch();
    } catch (RuntimeException | Error mistake) {
      log.error("listener of the connection of {} failed", peer.name(), mistake);
      end("a mistake at this end: " + mistake);
    }
  }

  private void deliverBatch() {
    boolean last = in.isEnded();
    int frames = 0;
    while (!ended && (reading || last) && frames < BATCH_FRAMES_MAX) {
      ByteBuf frame = in.poll();
      if (frame == null) {
        break;
      }
      frames++;
      listener.frame(frame);
    }
    if (frames > 0 && !ended) {
      listener.readComplete();
    }
    if (ended) {
      in.discard();
    } else if (in.isEmpty()) {
      if (last) {
        end("the peer closed the connection");
      }
    } else if (reading || last) {
      in.announce();
    }
  }

  private void tellWritable() {
    if (ended) {
      return;
    }
    try {
      listener.writable();
    } catch (RuntimeException | Error mistake) {
      log.error("listener of the connection of {} failed", peer.name(), mistake);
      end("a mistake at this end: " + mistake);
    }
  }

  private void end(String reason) {
    if (ended) {
      return;
    }
    ended = true;
    unflushed.forEach(ByteBuf::release);
    unflushed.clear();
    in.discard();
    out.end();
    loop.execute(() -> listener.closed(reason));
  }
}
