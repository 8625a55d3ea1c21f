package dev.farcap.link.engine;

import dev.farcap.session.Id128;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// The accepting process of a simulation: finds the link a Hello means. May be restarted, which
/// forgets everything.
final class SimAcceptor {
  final LinkCounters counters = new LinkCounters();
  private final SimWorld world;
  private final LinkSettings settings;
  private final ByteBufAllocator allocator;
  private final BiFunction<HostedSession, byte @Nullable [], GateAnswer> gate;
  private final Map<Id128, SimDriver> links = new HashMap<>();
  private Id128 epoch;

  SimAcceptor(
      SimWorld world,
      LinkSettings settings,
      ByteBufAllocator allocator,
      BiFunction<HostedSession, byte @Nullable [], GateAnswer> gate) {
    this.world = world;
    this.settings = settings;
    this.allocator = allocator;
    this.gate = gate;
    epoch = Id128.mint(world.random);
  }

  @Nullable SimDriver greet(SimConnection connection, byte[] bytes) {
    Frame.Hello hello =
        Objects.requireNonNull(LinkEngine.readHello(Unpooled.wrappedBuffer(bytes)), "no Hello");
    SimDriver link = links.get(hello.link());
    if (link == null && hello.resume()) {
      SimDriver stranger = fresh(hello.link());
      connection.send(stranger, LinkEngine.unknownLink(allocator, epoch, hello, settings.limits()));
      return null;
    }
    if (link == null) {
      link = fresh(hello.link());
      links.put(hello.link(), link);
    }
    if (!link.accepted(connection, hello)) {
      connection.cut();
      return null;
    }
    return link;
  }

  private SimDriver fresh(Id128 id) {
    return new SimDriver(
        world, "acceptor", false, epoch, id, settings, counters, allocator, gate, () -> {});
  }

  /// The process dies and starts again: connections break, links are unknown.
  void restart() {
    links.values().forEach(link -> link.engine.end("restart"));
    links.clear();
    epoch = Id128.mint(world.random);
  }

  void end() {
    links.values().forEach(link -> link.engine.end("over"));
  }

  int calls() {
    return links.values().stream().mapToInt(link -> link.engine.calls()).sum();
  }
}
