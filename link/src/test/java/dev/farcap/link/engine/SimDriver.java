package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Drives an engine in a [SimWorld]. The other driver is `dev.farcap.link.Link`, on Netty.
final class SimDriver implements LinkDriver {
  final LinkEngine engine;
  private final SimWorld world;
  private final SendRoom sendRoom;
  private final BiFunction<HostedSession, byte @Nullable [], GateAnswer> gate;
  private final Runnable whenLost;
  private @Nullable SimConnection connection;
  private boolean awake;
  private long timerAt = Long.MAX_VALUE;

  SimDriver(
      SimWorld world,
      String name,
      boolean dialler,
      Id128 epoch,
      Id128 link,
      LinkSettings settings,
      LinkCounters counters,
      ByteBufAllocator allocator,
      BiFunction<HostedSession, byte @Nullable [], GateAnswer> gate,
      Runnable whenLost) {
    this.world = world;
    sendRoom =
        new SendRoom(
            SendRoom.LEAST_BYTES, settings.limits().messageBytes(), task -> world.afterMs(0, task));
    this.gate = gate;
    this.whenLost = whenLost;
    engine =
        new LinkEngine(
            name,
            dialler,
            epoch,
            link,
            settings,
            sendRoom.newShare(),
            counters,
            allocator,
            world::now,
            this);
  }

  // ---- events ---------------------------------------------------------------------------------

  void dialled(SimConnection fresh) {
    connection = fresh;
    engine.dialled(Id128.mint(world.random));
  }

  boolean accepted(SimConnection fresh, Frame.Hello hello) {
    SimConnection former = connection;
    if (former != null) {
      connection = null;
      engine.disconnected("replaced");
      former.cut();
    }
    connection = fresh;
    if (!engine.accepted(hello)) {
      connection = null;
      return false;
    }
    return true;
  }

  void frame(SimConnection from, byte[] bytes) {
    if (from == connection) {
      engine.frame(Unpooled.wrappedBuffer(bytes));
    }
  }

  void writable(SimConnection from) {
    if (from == connection) {
      engine.pump();
    }
  }

  void lost(SimConnection from) {
    if (from == connection) {
      connection = null;
      engine.disconnected("cut");
      whenLost.run();
    }
  }

  // ---- effects --------------------------------------------------------------------------------

  @Override
  public void send(ByteBuf frame) {
    if (connection == null) {
      frame.release();
    } else {
      connection.send(this, frame);
    }
  }

  @Override
  public void flush() {}

  @Override
  public boolean isWritable() {
    return connection != null && connection.isWritable(this);
  }

  @Override
  public void setReading(boolean reading) {
    // Nobody here asks for too much.
  }

  @Override
  public void closeConnection(String reason) {
    SimConnection present = connection;
    connection = null;
    if (present != null) {
      present.cut();
      world.afterMs(0, whenLost);
    }
  }

  @Override
  public void wake() {
    if (!awake) {
      awake = true;
      world.afterMs(
          world.between(0, 0.05),
          () -> {
            awake = false;
            engine.pump();
          });
    }
  }

  @Override
  public void schedule(long atNanos) {
    timerAt = atNanos;
    if (atNanos != Long.MAX_VALUE) {
      world.at(
          atNanos,
          () -> {
            if (timerAt == atNanos) {
              timerAt = Long.MAX_VALUE;
              engine.timer();
            }
          });
    }
  }

  @Override
  public void decide(HostedSession session, byte @Nullable [] token) {
    world.afterMs(world.between(0, 4), () -> engine.decided(session, gate.apply(session, token)));
  }

  @Override
  public void stateChanged(LinkEngine.State state, String reason) {}

  @Override
  public void draining(Failure reason) {}
}
