package dev.farcap.link;

import static java.util.stream.Collectors.joining;

import dev.farcap.link.LinkEndpoint.Route;
import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.Peer;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer.DialHandler;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a [Link] connected by dialling its peer.
///
/// *Theory.* The addresses are tried in rounds, in order of preference, one after the other without
/// a pause. After a round in which none was of use comes a pause: growing, and random, so that many
/// diallers do not come back in one wave. Which address is dialled after a loss depends on what the
/// link had of the last one:
///
/// | the link was | then |
/// |---|---|
/// | up for long | that address at once, and the whole list after it |
/// | up for a short time, and worked | the next address at once: this one breaks too soon |
/// | up for a short time without any use, or not at all | the next address; after the last one a pause |
///
/// Source of the pauses: "decorrelated jitter", each drawn between the least pause and three times
/// the last one.
public final class DialledLink {
  private static final Logger LOG = LoggerFactory.getLogger(DialledLink.class);
  private static final long PAUSE_MIN_MS = 50;
  private static final long PAUSE_MAX_MS = 5_000;

  /// Pings that make a long time: twice as many as it takes to notice that nothing comes through,
  /// so that a way on which only the beginning does is not taken for a good one.
  private static final int LONG_PINGS = 8;

  private final LinkEndpoint endpoint;
  private final Identity expected;
  private final List<Route> routes;
  private final long longNanos;
  private final Link link;

  /// Why an address was of no use when it was last tried. Written on the loop.
  private final Map<Route, String> failures = new ConcurrentHashMap<>();

  /// What the present connection was dialled by. Written on the loop.
  private volatile @Nullable Route inUse;

  // On the loop only.
  private final ArrayDeque<Route> round;
  private long pauseMs = PAUSE_MIN_MS;
  private boolean dialling;
  private boolean stopped;

  DialledLink(LinkEndpoint endpoint, Identity expected, List<Route> routes) {
    if (routes.isEmpty()) {
      throw new IllegalArgumentException(expected + " has no address");
    }
    this.endpoint = endpoint;
    this.expected = expected;
    this.routes = List.copyOf(routes);
    longNanos = LONG_PINGS * endpoint.settings().pingInterval().toNanos();
    round = new ArrayDeque<>(routes);
    link =
        new Link(
            endpoint,
            expected.toString(),
            true,
            Id128.mint(endpoint.random()),
            endpoint.sendRoom().newShare());
    link.onLoss(this::lost, () -> {});
  }

  void start() {
    link.run(this::dial);
  }

  /// The link it keeps.
  public Link link() {
    return link;
  }

  /// Who is dialled.
  public Identity expected() {
    return expected;
  }

  /// Why the addresses that were tried and are not in use were of no use, the last time; null if
  /// there is none.
  public @Nullable String lastFailure() {
    Route used = inUse;
    String told =
        routes.stream()
            .filter(route -> !route.equals(used))
            .map(failures::get)
            .filter(Objects::nonNull)
            .collect(joining("; "));
    return told.isEmpty() ? null : told;
  }

  /// Lets calls finish, then ends the link for good.
  public void drain(String reason) {
    stop();
    link.drain(reason);
  }

  /// Ends the link for good.
  public void close(String reason) {
    stop();
    link.close(reason);
  }

  private void stop() {
    endpoint.forget(this);
    link.run(() -> stopped = true);
  }

  private void lost(String reason) {
    Route used = inUse;
    inUse = null;
    if (used == null) {
      return;
    }
    if (link.upNanos() >= longNanos) {
      failures.remove(used);
      pauseMs = PAUSE_MIN_MS;
      beginRound();
      round.remove(used);
      round.addFirst(used);
      dial();
    } else if (link.hasWorked()) {
      note(used, used.address() + ": " + reason);
      pauseMs = PAUSE_MIN_MS;
      dialNext();
    } else {
      note(used, used.address() + ": " + reason);
      dialNextOrPause();
    }
  }

  private void note(Route route, String failure) {
    if (!failure.equals(failures.put(route, failure))) {
      LOG.warn("link {}: {}", link.name(), failure);
    }
  }

  private void dialNextOrPause() {
    if (round.isEmpty()) {
      pauseMs = Math.min(PAUSE_MAX_MS, endpoint.random().nextLong(PAUSE_MIN_MS, 3 * pauseMs + 1));
      var _ = endpoint.loop().schedule(this::dialNext, pauseMs, TimeUnit.MILLISECONDS);
    } else {
      dial();
    }
  }

  private void dialNext() {
    if (round.isEmpty()) {
      beginRound();
    }
    dial();
  }

  private void beginRound() {
    round.clear();
    round.addAll(routes);
  }

  private void dial() {
    if (stopped || dialling) {
      return;
    }
    dialling = true;
    Route route = round.remove();
    route.dialer().dial(route.address(), endpoint.loop(), new Outcome(route));
  }

  /// What becomes of one dial.
  private final class Outcome implements DialHandler {
    private final Route route;

    Outcome(Route route) {
      this.route = route;
    }

    @Override
    public ConnectionListener connected(Connection connection) {
      dialling = false;
      Peer peer = LinkEndpoint.peer(connection.peer());
      if (stopped || !peer.identity().equals(expected)) {
        String reason =
            stopped
                ? "no longer wanted"
                : "expected " + expected + ", but the peer is " + peer.identity();
        connection.close(reason);
        failed(route.address() + ": " + reason);
        return new LinkEndpoint.Refused();
      }
      inUse = route;
      return link.dialled(connection, peer);
    }

    @Override
    public void failed(String reason) {
      dialling = false;
      note(route, reason);
      dialNextOrPause();
    }
  }
}
