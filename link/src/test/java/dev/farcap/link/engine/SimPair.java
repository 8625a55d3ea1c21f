package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Quota;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Two simulated ends of one link, where the acceptor lets everybody in and serves [SimHost]'s
/// methods.
final class SimPair implements AutoCloseable {
  final SimDriver dialler;
  final SimAcceptor acceptor;
  final Map<Integer, Integer> executions = new HashMap<>();
  private final SimWorld world;
  private boolean dialling;
  private final SimConnection.Fate fate;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final LinkCounters counters = new LinkCounters();

  SimPair(SimWorld world, LinkSettings settings, SimConnection.Fate fate) {
    this(world, settings, fate, null);
  }

  /// @param host serves every session, or null for [SimHost]
  SimPair(
      SimWorld world,
      LinkSettings settings,
      SimConnection.Fate fate,
      @Nullable Supplier<CallListener.Host> host) {
    this.world = world;
    this.fate = fate;
    acceptor =
        new SimAcceptor(
            world,
            settings,
            allocator,
            (_, _) ->
                new GateAnswer.Yes(
                    host == null ? () -> new SimHost(executions) : host,
                    Quota.DEFAULT,
                    Long.MAX_VALUE >> 1,
                    0));
    dialler =
        new SimDriver(
            world,
            "dialler",
            true,
            Id128.mint(world.random),
            Id128.mint(world.random),
            settings,
            counters,
            allocator,
            (_, _) -> new GateAnswer.No(Failure.notExecuted(Failure.Kind.REFUSED, "")),
            this::lost);
  }

  private void lost() {
    if (dialling) {
      world.afterMs(world.between(1, 30), this::dial);
    }
  }

  /// Dials now and after every loss.
  void keepDialling() {
    dialling = true;
    dial();
  }

  void dial() {
    dialler.dialled(new SimConnection(world, fate, dialler, acceptor));
  }

  OwnSession open() {
    return dialler.engine.open(EngineRig.REQUEST, null, false, new RecordingSession());
  }

  /// Ends both and sees that nothing is left behind.
  @Override
  public void close() {
    assertEquals(0, counters.malformed.sum() + acceptor.counters.malformed.sum(), "malformed");
    dialling = false;
    dialler.engine.end("over");
    acceptor.end();
    assertEquals(0, counters.bufferedBytes() + acceptor.counters.bufferedBytes(), "buffered");
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes not released");
  }
}
