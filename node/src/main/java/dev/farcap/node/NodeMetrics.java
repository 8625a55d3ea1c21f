package dev.farcap.node;

import dev.farcap.client.FrontDoor;
import dev.farcap.client.FrontDoorCounters;
import dev.farcap.door.DoorCounters;
import dev.farcap.link.Link;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkEngine;
import dev.farcap.log.SinkCounters;
import dev.farcap.log.SpoolCounters;
import dev.farcap.rom.RomCounters;
import dev.farcap.routing.Directory;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.nic.NicCounters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// What a process counts, as Prometheus reads it: names begin with `farcap_`.
///
/// Everything is read from the parts' own counters when it is asked for; nothing here is on the way
/// of a call.
final class NodeMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  NodeMetrics(Node node) {
    new JvmMemoryMetrics().bindTo(registry);
    gauge(
        "farcap.direct.bytes",
        "Memory beside the heap that is kept for buffers",
        this,
        _ -> PlatformDependent.usedDirectMemory());
    links(node);
    sessions(node);
    RefusalCount.of(node).forEach(this::refusals);
    counter(
        "farcap.messages.stalled",
        "Long messages that lost their room because almost nothing came of them",
        node.arrivals(),
        a -> a.stalled().sum());
    node.counters().media().forEach(this::medium);
    ethernet(node.counters().nicFrames());
    if (node.client() != null) {
      doors(node.client());
      directory(node);
      spools(node.client().logs().counters());
    }
    if (node.server() != null) {
      counter(
          "farcap.backend.overloaded",
          "Answers refused, too many had begun",
          node.backDoor(),
          b -> b.overloaded().sum());
      roms(node.backends());
      if (node.presence() != null) {
        presence(node);
      }
      sinks(node.backends());
    }
    gauge(
        "farcap.certificate.expires.seconds",
        "Unix time at which peers refuse this process",
        node,
        n -> n.trust().certificateExpires().getEpochSecond());
  }

  /// All of them in Prometheus' text format.
  String text() {
    return registry.scrape();
  }

  private void links(Node node) {
    for (LinkEngine.State state : LinkEngine.State.values()) {
      gauge(
          "farcap.links",
          "Links by state",
          node,
          n -> count(n, state),
          "state",
          state.name().toLowerCase(Locale.ROOT));
    }
    LinkCounters counters = node.counters().links();
    gauge(
        "farcap.buffered.bytes",
        "Bytes of messages on their way to their readers",
        counters,
        LinkCounters::bufferedBytes);
    counter("farcap.calls", "Calls begun", counters, c -> c.callsOut.sum(), "direction", "out");
    counter("farcap.calls", "Calls begun", counters, c -> c.callsIn.sum(), "direction", "in");
    counter("farcap.link.resumes", "Links resumed after a cut", counters, c -> c.resumes.sum());
    counter("farcap.link.replayed", "Frames sent again", counters, c -> c.replayed.sum());
    counter("farcap.link.late", "Frames for what was over", counters, c -> c.late.sum());
    counter("farcap.link.malformed", "Links ended by a mistake", counters, c -> c.malformed.sum());
    counter(
        "farcap.link.unanswered", "Connections without pong", counters, c -> c.unanswered.sum());
    counter("farcap.link.overloaded", "Refused at a bound", counters, c -> c.overloaded.sum());
    counter("farcap.link.slowed", "Links left unread for a moment", counters, c -> c.slowed.sum());
  }

  private static double count(Node node, LinkEngine.State state) {
    return node.endpoint().links().stream().map(Link::state).filter(state::equals).count();
  }

  private void sessions(Node node) {
    gauge("farcap.sessions", "Sessions open now", node, n -> n.hosted().size(), "side", "hosted");
    gauge(
        "farcap.signal.contexts",
        "Signal contexts that live here",
        node,
        n -> n.endpoint().signalContexts());
    ClientProxy client = node.client();
    if (client != null) {
      gauge(
          "farcap.sessions",
          "Sessions open now",
          client,
          c -> c.sessions().size(),
          "side",
          "opened");
      ClientCounters counters = client.counters();
      counter("farcap.sessions.opened", "Sessions asked for", counters, c -> c.opened.sum());
      counter("farcap.sessions.rerouted", "Closed by a new route", counters, c -> c.rerouted.sum());
    }
  }

  private void refusals(RefusalCount refused) {
    String listener = refused.listener();
    if (listener == null) {
      counter(
          "farcap.refusals",
          "Sessions refused",
          refused.count(),
          LongAdder::sum,
          "reason",
          refused.reason());
    } else {
      counter(
          "farcap.door.refused",
          "Refused by a listener",
          refused.count(),
          LongAdder::sum,
          "listener",
          listener,
          "reason",
          refused.reason());
    }
  }

  private void medium(String name, TransportCounters counters) {
    moved(name, counters, "farcap.medium.frames", "Frames", s -> s.framesIn(), s -> s.framesOut());
    moved(
        name,
        counters,
        "farcap.medium.bytes",
        "Bytes of frames",
        s -> s.bytesIn(),
        s -> s.bytesOut());
    counter(
        "farcap.medium.handshakes.refused",
        "Connections that were not admitted",
        counters,
        c -> c.snapshot().handshakesRefused(),
        "medium",
        name);
    counter(
        "farcap.medium.socket.failures",
        "Errors of sockets that ended no connection",
        counters,
        c -> c.snapshot().socketFailures(),
        "medium",
        name);
    counter(
        "farcap.medium.packets.stray",
        "Packets of a connection from elsewhere than its peer",
        counters,
        c -> c.snapshot().packetsStray(),
        "medium",
        name);
  }

  private void ethernet(NicCounters frames) {
    ethernet(frames, c -> c.snapshot().framesIn(), "in");
    ethernet(frames, c -> c.snapshot().framesOut(), "out");
    ethernet(frames, c -> c.snapshot().framesMalformed(), "malformed");
    ethernet(frames, c -> c.snapshot().framesOverrun(), "overrun");
    ethernet(frames, c -> c.snapshot().framesUnsent(), "unsent");
  }

  private void ethernet(NicCounters frames, ToDoubleFunction<NicCounters> value, String fate) {
    counter("farcap.nic.frames", "Ethernet frames", frames, value, "fate", fate);
  }

  private void moved(
      String medium,
      TransportCounters counters,
      String name,
      String description,
      ToDoubleFunction<TransportCounters.Snapshot> in,
      ToDoubleFunction<TransportCounters.Snapshot> out) {
    moved(medium, counters, name, description, in, "in");
    moved(medium, counters, name, description, out, "out");
  }

  private void moved(
      String medium,
      TransportCounters counters,
      String name,
      String description,
      ToDoubleFunction<TransportCounters.Snapshot> value,
      String direction) {
    counter(
        name,
        description,
        counters,
        c -> value.applyAsDouble(c.snapshot()),
        "medium",
        medium,
        "direction",
        direction);
  }

  private void doors(ClientProxy client) {
    List<FrontDoor> doors = client.doors();
    for (int i = 0; i < doors.size(); i++) {
      String name = client.config().listeners().get(i).door().name();
      DoorCounters door = doors.get(i).doorCounters();
      FrontDoorCounters front = doors.get(i).counters();
      door("connections", "Connections open now", door, c -> c.connectionsOpen.sum(), name);
      door("calls", "Calls in flight", door, c -> c.callsOpen.sum(), name);
      door("sessions", "Sessions open now", front, c -> c.open.sum(), name);
      counter(
          "farcap.door.slowed",
          "Connections left unread for a moment, too many control frames",
          door,
          c -> c.slowed.sum(),
          "listener",
          name);
    }
  }

  private <T> void door(
      String what, String description, T source, ToDoubleFunction<T> value, String listener) {
    gauge("farcap.door." + what, description, source, value, "listener", listener);
  }

  private void directory(Node node) {
    Directory directory = Objects.requireNonNull(node.client()).directory();
    gauge(
        "farcap.directory.age.seconds",
        "Since the directory was last seen to say what is in force",
        directory,
        d -> Duration.between(d.freshness().confirmed(), node.clock().instant()).toSeconds());
    gauge(
        "farcap.directory.trouble",
        "1 while the directory cannot be confirmed",
        directory,
        d -> d.freshness().trouble() == null ? 0 : 1);
    counter(
        "farcap.directory.refused",
        "What the directory said and was not taken over",
        directory,
        Directory::refused);
  }

  private void presence(Node node) {
    gauge(
        "farcap.registered",
        "1 while the directory has this server's registration",
        node,
        n -> n.presence() != null && n.presence().trouble() == null ? 1 : 0);
  }

  private void spools(SpoolCounters spool) {
    counter("farcap.log.lines.taken", "Lines taken from programs", spool, c -> c.accepted());
    counter("farcap.log.lines.dropped", "Lines dropped by full spools", spool, c -> c.dropped());
  }

  private void roms(Backends backends) {
    rom(backends, "farcap.rom.versions", "Versions published", RomCounters::published);
    rom(backends, "farcap.rom.discarded", "Copies of a moving file", RomCounters::discarded);
    rom(backends, "farcap.rom.unreadable", "Files not readable", RomCounters::unreadable);
    rom(backends, "farcap.rom.refused", "Calls refused at a bound", RomCounters::refused);
  }

  private void rom(
      Backends backends, String name, String description, Function<RomCounters, Long> value) {
    counter(
        name, description, backends, b -> b.romCounters().stream().mapToLong(value::apply).sum());
  }

  private void sinks(Backends backends) {
    sink(backends, "farcap.log.lines.written", "Lines written", SinkCounters::written);
    sink(backends, "farcap.log.lines.lost", "Lines that never arrived", SinkCounters::lost);
    sink(backends, "farcap.log.lines.repeated", "Lines sent again", SinkCounters::duplicates);
    sink(backends, "farcap.log.failures", "Failed writes", SinkCounters::failures);
  }

  private void sink(
      Backends backends, String name, String description, Function<SinkCounters, Long> value) {
    counter(
        name, description, backends, b -> b.logCounters().stream().mapToLong(value::apply).sum());
  }

  // ---- registering

  private <T> void gauge(
      String name, String description, T source, ToDoubleFunction<T> value, String... tags) {
    Gauge.builder(name, source, value)
        .description(description)
        .tags(Tags.of(tags))
        .register(registry);
  }

  private <T> void counter(
      String name, String description, T source, ToDoubleFunction<T> value, String... tags) {
    FunctionCounter.builder(name, source, value)
        .description(description)
        .tags(Tags.of(tags))
        .register(registry);
  }

  @Override
  public void close() {
    registry.close();
  }
}
