package dev.farcap.node;

import dev.farcap.log.LogServer;
import dev.farcap.log.SinkCounters;
import dev.farcap.node.BackendConfig.Grpc;
import dev.farcap.node.BackendConfig.Hosted;
import dev.farcap.node.BackendConfig.LogFile;
import dev.farcap.node.BackendConfig.Report;
import dev.farcap.node.BackendConfig.Rom;
import dev.farcap.node.BackendConfig.Timer;
import dev.farcap.report.ReportServer;
import dev.farcap.rom.RomConfig;
import dev.farcap.rom.RomCounters;
import dev.farcap.rom.RomServer;
import dev.farcap.server.Backend;
import dev.farcap.session.ServiceAlias;
import dev.farcap.session.SignalPort;
import dev.farcap.timer.TimerServer;
import io.grpc.ServerServiceDefinition;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/// The built-in servers and the addresses of the others, by name.
///
/// One that is configured as before survives a change of the configuration. Used by one thread at a
/// time, but for the counters.
final class Backends implements AutoCloseable {
  private final Path state;
  private final SignalPort signals;
  private final IoEventLoop loop;
  private final InstantSource clock;
  private final Map<String, HostedService> hosted;
  private final Executor programs;
  private volatile Map<String, Running> running = Map.of();

  /// A backend in use.
  private sealed interface Running {
    BackendConfig config();

    Backend backend();

    /// What serves a service, where there is more than one.
    default Backend backend(String service) {
      return backend();
    }

    record OfRom(Rom config, RomServer server, Backend backend) implements Running {}

    record OfLog(LogFile config, LogServer server, Backend backend) implements Running {}

    /// @param backend takes the reports
    /// @param roms shows them
    record OfReport(Report config, ReportServer server, Backend backend, Backend roms)
        implements Running {
      @Override
      public Backend backend(String service) {
        return service.equals(ServiceAlias.ROM.service()) ? roms : backend;
      }
    }

    record OfTimer(Timer config, TimerServer server, Backend backend) implements Running {}

    record OfProgram(Hosted config, Backend backend) implements Running {}

    record OfGrpc(Grpc config, Backend backend) implements Running {}
  }

  /// @param state folder below which each ROM server has its own
  /// @param signals for readers of ROMs
  /// @param loop watches folders
  /// @param hosted what the program serves itself, by the backend's name
  /// @param programs where that runs
  Backends(
      Path state,
      SignalPort signals,
      IoEventLoop loop,
      InstantSource clock,
      Map<String, HostedService> hosted,
      Executor programs) {
    this.state = state;
    this.signals = signals;
    this.loop = loop;
    this.clock = clock;
    this.hosted = Map.copyOf(hosted);
    this.programs = programs;
  }

  /// Starts what is new.
  ///
  /// @return stops what is no longer configured; to be run when no session uses it
  /// @throws IOException if one cannot be started; then everything stays as it was
  Runnable follow(Map<String, BackendConfig> configs) throws IOException {
    Map<String, Running> next = new HashMap<>();
    List<Running> fresh = new ArrayList<>();
    Map<String, Running> present = running;
    try {
      for (Map.Entry<String, BackendConfig> entry : configs.entrySet()) {
        Running known = present.get(entry.getKey());
        if (known == null || !known.config().equals(entry.getValue())) {
          known = start(entry.getKey(), entry.getValue());
          fresh.add(known);
        }
        next.put(entry.getKey(), known);
      }
    } catch (IOException | RuntimeException e) {
      fresh.forEach(Backends::stop);
      throw e;
    }
    running = Map.copyOf(next);
    Set<Running> gone = new HashSet<>(present.values());
    gone.removeAll(next.values());
    return () -> gone.forEach(Backends::stop);
  }

  private Running start(String name, BackendConfig config) throws IOException {
    return switch (config) {
      case Rom rom -> {
        RomConfig romConfig =
            RomConfig.of(rom.root(), state.resolve("rom-" + name)).withDefaults(rom.defaults());
        RomServer server = RomServer.open(romConfig, signals, loop, clock);
        yield new Running.OfRom(rom, server, new Backend.InProcess(server.service(), null));
      }
      case LogFile log -> {
        LogServer server = LogServer.toFile(log.file(), log.sync(), clock);
        yield new Running.OfLog(log, server, new Backend.InProcess(server.service(), null));
      }
      case Hosted service ->
          new Running.OfProgram(service, new Backend.InProcess(bind(name, service), programs));
      case Report report -> {
        ReportServer server =
            ReportServer.open(state.resolve("report-" + name), signals, loop, clock);
        yield new Running.OfReport(
            report,
            server,
            new Backend.InProcess(server.reports(), null),
            new Backend.InProcess(server.roms(), null));
      }
      case Timer timer -> {
        TimerServer server = new TimerServer(signals, loop, System::nanoTime);
        yield new Running.OfTimer(timer, server, new Backend.InProcess(server.service(), null));
      }
      case Grpc grpc -> new Running.OfGrpc(grpc, new Backend.Grpc(grpc.target()));
    };
  }

  private ServerServiceDefinition bind(String name, Hosted config) throws IOException {
    HostedService service = hosted.get(name);
    if (service == null) {
      throw new IOException(
          "backend '%s' is hosted by a program, and this one gives no service for it"
              .formatted(name));
    }
    ServerServiceDefinition bound = service.bind(signals);
    String bare = bound.getServiceDescriptor().getName();
    if (!bare.equals(config.service())) {
      throw new IOException(
          "backend '%s' is to host %s, the program gives it %s"
              .formatted(name, config.service(), bare));
    }
    return bound;
  }

  private static void stop(Running running) {
    switch (running) {
      case Running.OfRom rom -> rom.server().close();
      case Running.OfLog log -> log.server().close();
      case Running.OfReport report -> report.server().close();
      case Running.OfTimer timer -> timer.server().close();
      case Running.OfProgram _, Running.OfGrpc _ -> {}
    }
  }

  /// What serves the sessions of a service that a policy gives to this backend.
  ///
  /// @throws IllegalArgumentException if there is no such backend
  Backend backend(String name, String service) {
    Running found = running.get(name);
    if (found == null) {
      throw new IllegalArgumentException("there is no backend '" + name + "'");
    }
    return found.backend(service);
  }

  /// Of all ROM servers that run now.
  List<RomCounters> romCounters() {
    List<RomCounters> counters = new ArrayList<>();
    for (Running each : running.values()) {
      if (each instanceof Running.OfRom rom) {
        counters.add(rom.server().counters());
      } else if (each instanceof Running.OfReport report) {
        counters.add(report.server().counters());
      }
    }
    return counters;
  }

  /// Of all sinks of log lines that run now.
  List<SinkCounters> logCounters() {
    List<SinkCounters> counters = new ArrayList<>();
    for (Running each : running.values()) {
      if (each instanceof Running.OfLog log) {
        counters.add(log.server().counters());
      }
    }
    return counters;
  }

  @Override
  public void close() {
    running.values().forEach(Backends::stop);
    running = Map.of();
  }
}
