package dev.farcap.node;

import dev.farcap.capability.GrantStore;
import dev.farcap.client.FrontDoor;
import dev.farcap.client.StandIn;
import dev.farcap.discovery.FileSet;
import dev.farcap.door.Arrivals;
import dev.farcap.link.LinkEndpoint;
import dev.farcap.log.LogStandIn;
import dev.farcap.log.v1.LogOuterClass;
import dev.farcap.rom.v1.RomOuterClass;
import dev.farcap.routing.Directory;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.consul.ConsulConfig;
import dev.farcap.routing.consul.ConsulDirectory;
import dev.farcap.routing.consul.ConsulFailure;
import dev.farcap.routing.file.FileDirectory;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import dev.farcap.signals.SignalsService;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The part of a process that opens sessions for programs.
///
/// Started and closed by one thread.
final class ClientProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClientProxy.class);

  /// Signal contexts of one listener's programs.
  private static final int CONTEXTS_MAX = 10_000;

  /// What programs ask of the built-in services needs no word of a server.
  private static final FileSet KNOWN =
      FileSet.of(RomOuterClass.getDescriptor()).with(FileSet.of(LogOuterClass.getDescriptor()));

  private final ClientConfig config;
  private final LinkEndpoint endpoint;
  private final Arrivals arrivals;
  private final Loops loops;
  private final Directory directory;
  private final ProviderLinks links;
  private final GrantStore grants;
  private final ClientCounters counters = new ClientCounters();
  private final RoutedSessions sessions;
  private final LogStandIn logs;
  private final List<FrontDoor> doors = new CopyOnWriteArrayList<>();

  /// Reads the directory and the grants.
  ///
  /// @param trust whose grants count
  /// @param state where a directory in Consul keeps what it knows
  /// @param media reach providers
  /// @param random cryptographic
  ClientProxy(
      ClientConfig config,
      Trust trust,
      Path state,
      LinkEndpoint endpoint,
      Media media,
      Arrivals arrivals,
      Loops loops,
      InstantSource clock,
      RandomGenerator random,
      Audit audit) {
    this.config = config;
    this.endpoint = endpoint;
    this.arrivals = arrivals;
    this.loops = loops;
    directory = open(config.directory(), trust, state, loops, clock);
    links = new ProviderLinks(endpoint, media);
    grants = new GrantStore(config.grants(), trust.holderKey());
    sessions =
        new RoutedSessions(
            trust.identity(), directory::snapshot, links, grants, clock, counters, audit);
    logs = new LogStandIn(LogStandIn.Config.DEFAULT, loops.main(), clock, random);
    reloadGrants();
  }

  private static Directory open(
      DirectoryConfig config, Trust trust, Path state, Loops loops, InstantSource clock) {
    try {
      return switch (config) {
        case DirectoryConfig.File(Path file) ->
            FileDirectory.open(file, Media::checkAddress, loops.housekeeping(), clock);
        case DirectoryConfig.Consul(ConsulConfig consul) ->
            ConsulDirectory.open(
                consul,
                trust.identity().realm(),
                state,
                new RealmTrust(trust, clock),
                Media::checkAddress,
                clock);
      };
    } catch (ConsulFailure e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Dials the providers, then opens the doors.
  ///
  /// @throws IOException if a door cannot be opened
  void start() throws IOException {
    // Each change in order: first the links, so that what is opened anew finds its way.
    directory.subscribe(this::follow);
    for (ListenerConfig listener : config.listeners()) {
      SocketFolder.make(listener.door().address());
      doors.add(FrontDoor.open(listener.door(), parts(listener), loops.main()));
    }
  }

  /// Opens a session for the program that this lives in.
  ///
  /// @throws IllegalStateException if the configuration names no program
  /// @throws IllegalArgumentException if the service or the label is none
  Session open(String service, Label label) {
    ProgramConfig program = config.program();
    if (program == null) {
      throw new IllegalStateException("the configuration's section 'client' names no 'program'");
    }
    SessionRequest request =
        SessionRequest.of(ServiceAlias.resolve(service), label.prepend(program.name()));
    return sessions.opener(program.whileDown(), loops.programs()).open(request);
  }

  /// Signals that come and go in the program's sessions.
  SignalPort signals() {
    return endpoint.signals(sessions::recipient);
  }

  private FrontDoor.Parts parts(ListenerConfig listener) {
    String name = listener.door().name();
    SignalsService signals =
        new SignalsService(signals(), label -> label.prepend(name), loops.main(), CONTEXTS_MAX);
    List<ServerServiceDefinition> services = List.of(signals.bindService());
    return new FrontDoor.Parts(
        sessions.opener(listener.whileDown(), null),
        sessions.reach(),
        KNOWN,
        standIns(),
        _ -> services,
        arrivals);
  }

  private Map<String, StandIn> standIns() {
    return config.logStandIn() ? Map.of(ServiceAlias.LOG.service(), logs::apply) : Map.of();
  }

  private void follow(DirectorySnapshot changed) {
    links.follow(changed);
    sessions.reroute(changed);
    doors.forEach(FrontDoor::routesChanged);
  }

  /// Reads the folder of grants, and shows newer ones for the sessions that are open.
  void reloadGrants() {
    grants.reload().forEach(problem -> LOG.warn("grant not usable: {}", problem));
    LOG.info("{}: {} grants", config.grants(), grants.grants().size());
    sessions.renew();
    doors.forEach(FrontDoor::routesChanged);
  }

  /// Reads the directory now, if it is a file: Consul tells by itself.
  void reloadDirectory() {
    if (directory instanceof FileDirectory file) {
      file.reload();
    }
  }

  ClientConfig config() {
    return config;
  }

  Directory directory() {
    return directory;
  }

  ProviderLinks links() {
    return links;
  }

  GrantStore grants() {
    return grants;
  }

  RoutedSessions sessions() {
    return sessions;
  }

  ClientCounters counters() {
    return counters;
  }

  LogStandIn logs() {
    return logs;
  }

  /// The listeners, in the order of the configuration.
  List<FrontDoor> doors() {
    return List.copyOf(doors);
  }

  /// Lets calls finish, takes no new ones.
  void drain(Duration patience) {
    doors.forEach(door -> door.drain(patience));
  }

  @Override
  public void close() {
    doors.forEach(FrontDoor::close);
    directory.close();
  }
}
