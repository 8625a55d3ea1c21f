package dev.farcap.node;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.farcap.capability.Grant;
import dev.farcap.capability.GrantStore;
import dev.farcap.capability.SignedBundle;
import dev.farcap.client.FrontDoor;
import dev.farcap.link.Link;
import dev.farcap.link.LinkEndpoint;
import dev.farcap.routing.Directory.Freshness;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.session.Peer;
import dev.farcap.session.ServiceAlias;
import dev.farcap.transport.PathFacts;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a process is and does at one moment, as its status page tells it. Times are ISO 8601,
/// durations are in the unit of their name.
///
/// @param role `client-proxy`, `server-proxy` or both
/// @param certificateExpires the first instant at which peers refuse it
/// @param sessionsOpened sessions that its programs have open
/// @param sessionsHosted sessions that peers have open here
/// @param refusals for every reason that there is, since the start
/// @param directory null without a client part
/// @param registration null unless a server part is registered with a directory
public record NodeStatus(
    String identity,
    String role,
    String started,
    boolean ready,
    String certificateExpires,
    BundleStatus trustBundle,
    List<ListenerStatus> listeners,
    List<LinkStatus> links,
    int sessionsOpened,
    int sessionsHosted,
    List<RefusalStatus> refusals,
    @Nullable DirectoryStatus directory,
    @Nullable RegistrationStatus registration,
    List<GrantStatus> grants,
    List<String> exports) {
  /// What loops have not told by then is left out.
  private static final long PATHS_S = 1;

  private static final Gson JSON =
      new GsonBuilder().setPrettyPrinting().serializeNulls().disableHtmlEscaping().create();

  /// Reads what [#json] wrote, of another process, too.
  ///
  /// @throws IOException if it is none
  public static NodeStatus read(String json) throws IOException {
    try {
      NodeStatus status = JSON.fromJson(json, NodeStatus.class);
      if (status != null && status.identity != null) {
        return status;
      }
    } catch (JsonParseException e) {
      throw new IOException("no status: " + e.getMessage(), e);
    }
    throw new IOException("no status: it names no identity");
  }

  /// A JSON object of these names.
  public String json() {
    return JSON.toJson(this);
  }

  /// The trust bundle believed.
  public record BundleStatus(long number, String sha256) {}

  /// A place where something connects.
  ///
  /// @param name `links` where peers connect
  public record ListenerStatus(
      String name, String address, long connections, long calls, long sessions) {}

  /// A link to or from a peer.
  ///
  /// @param peer its identity, or whom it is meant to reach
  /// @param state where it is in its life
  /// @param sinceMs for how long it has been there
  /// @param medium of its last connection, null before the first
  /// @param roundTripMicros last measured, 0 before the first
  /// @param path what its medium knows of the way, null if nothing or while it is not connected
  /// @param lastFailure why the addresses that were tried and are not in use were of no use, the
  ///   last time; null if there is none
  public record LinkStatus(
      String peer,
      String state,
      long sinceMs,
      @Nullable String medium,
      long roundTripMicros,
      @Nullable PathStatus path,
      int sessionsOpened,
      int sessionsHosted,
      int calls,
      @Nullable String lastFailure) {}

  /// What a medium knows of the way to a peer, since the connection was made.
  ///
  /// @param roundTripMicros of the network, smoothed
  /// @param packetsSent null where the medium does not count them, as TCP
  /// @param packetsLost of those; null likewise
  /// @param packetsRetransmitted whose content was sent again
  /// @param packetBytesMax the largest that is sent now
  public record PathStatus(
      long roundTripMicros,
      @Nullable Long packetsSent,
      @Nullable Long packetsLost,
      long packetsRetransmitted,
      int packetBytesMax) {}

  /// How often something was refused.
  ///
  /// @param listener that refused it; null for sessions refused behind the listeners
  /// @param reason one word, the same as in metrics
  public record RefusalStatus(@Nullable String listener, String reason, long count) {}

  /// How far the directory can be trusted.
  ///
  /// @param source its file, or its place in Consul
  /// @param number grows with every change
  /// @param ageMs since it was last seen to say what is in force
  /// @param trouble why it could not be confirmed since, null while all is well
  public record DirectoryStatus(
      String source, long number, long ageMs, int providers, @Nullable String trouble) {}

  /// How a server part stands in a directory.
  ///
  /// @param addresses where users are told to dial
  /// @param trouble why it is not there, null while it is
  public record RegistrationStatus(List<String> addresses, @Nullable String trouble) {}

  /// A grant that can be shown.
  public record GrantStatus(
      String file, String service, String server, String label, String expires) {}

  static NodeStatus of(Node node) {
    ClientProxy client = node.client();
    Instant now = node.clock().instant();
    SignedBundle bundle = node.trust().signedBundle();
    return new NodeStatus(
        node.trust().identity().toString(),
        node.config().role(),
        node.started().toString(),
        node.isReady(),
        node.trust().certificateExpires().toString(),
        new BundleStatus(bundle.bundle().number(), bundle.sha256()),
        listeners(node),
        links(node),
        client == null ? 0 : client.sessions().size(),
        node.hosted().size(),
        RefusalCount.of(node).stream().map(NodeStatus::status).toList(),
        client == null ? null : directory(client, now),
        registration(node.presence()),
        client == null
            ? List.of()
            : client.grants().grants().stream().map(NodeStatus::status).toList(),
        exports(node));
  }

  private static List<ListenerStatus> listeners(Node node) {
    List<ListenerStatus> listeners = new ArrayList<>();
    ClientProxy client = node.client();
    if (client != null) {
      for (int i = 0; i < client.doors().size(); i++) {
        FrontDoor door = client.doors().get(i);
        listeners.add(
            new ListenerStatus(
                client.config().listeners().get(i).door().name(),
                door.address().toString(),
                door.doorCounters().connectionsOpen.sum(),
                door.doorCounters().callsOpen.sum(),
                door.counters().open.sum()));
      }
    }
    node.addresses()
        .forEach(address -> listeners.add(new ListenerStatus("links", address, 0, 0, 0)));
    ServerProxy server = node.server();
    if (server != null && server.local() != null) {
      listeners.add(
          new ListenerStatus(
              "local",
              server.local().address().toString(),
              server.local().counters().connectionsOpen.sum(),
              server.local().counters().callsOpen.sum(),
              0));
    }
    return listeners;
  }

  /// All loops are asked at once and waited for together: one that stands still makes a status page
  /// late only once, just when it is needed.
  private static List<LinkStatus> links(Node node) {
    List<Asked> links =
        node.endpoint().links().stream()
            .map(link -> new Asked(link, link.path().exceptionally(_ -> null)))
            .toList();
    CompletableFuture.allOf(links.stream().map(Asked::path).toArray(CompletableFuture<?>[]::new))
        .completeOnTimeout(null, PATHS_S, TimeUnit.SECONDS)
        .join();
    return links.stream()
        .map(asked -> status(asked.link(), asked.path().getNow(null), node.endpoint()))
        .toList();
  }

  private record Asked(Link link, CompletableFuture<@Nullable PathFacts> path) {}

  private static LinkStatus status(Link link, @Nullable PathFacts path, LinkEndpoint endpoint) {
    Peer peer = link.peer();
    Link.Facts facts = link.facts();
    return new LinkStatus(
        peer == null ? link.name() : peer.identity().toString(),
        link.state().name().toLowerCase(Locale.ROOT),
        Duration.ofNanos(link.stateNanos()).toMillis(),
        link.medium(),
        TimeUnit.NANOSECONDS.toMicros(facts.roundTripNanos()),
        path == null ? null : status(path),
        facts.ownSessions(),
        facts.hostedSessions(),
        facts.calls(),
        endpoint.lastFailure(link));
  }

  private static PathStatus status(PathFacts path) {
    return new PathStatus(
        TimeUnit.NANOSECONDS.toMicros(path.roundTripNanos()),
        path.packetsSent() < 0 ? null : path.packetsSent(),
        path.packetsLost() < 0 ? null : path.packetsLost(),
        path.packetsRetransmitted(),
        path.packetBytesMax());
  }

  private static RefusalStatus status(RefusalCount refused) {
    return new RefusalStatus(refused.listener(), refused.reason(), refused.count().sum());
  }

  private static DirectoryStatus directory(ClientProxy client, Instant now) {
    // In this order: what is confirmed now is said of routes that were in force by then.
    Freshness freshness = client.directory().freshness();
    DirectorySnapshot routes = client.directory().snapshot();
    return new DirectoryStatus(
        client.directory().source(),
        routes.number(),
        Math.max(0, Duration.between(freshness.confirmed(), now).toMillis()),
        routes.providers().size(),
        freshness.trouble());
  }

  private static @Nullable RegistrationStatus registration(@Nullable Presence presence) {
    return presence == null
        ? null
        : new RegistrationStatus(presence.addresses(), presence.trouble());
  }

  private static GrantStatus status(GrantStore.Stored stored) {
    Grant grant = stored.token().grant();
    return new GrantStatus(
        stored.file().toString(),
        ServiceAlias.shorten(grant.service()),
        grant.server().toString(),
        grant.label().toString(),
        grant.expires().toString());
  }

  private static List<String> exports(Node node) {
    ServerConfig server = node.config().server();
    return server == null
        ? List.of()
        : server.exports().keySet().stream().map(ServiceAlias::shorten).toList();
  }
}
