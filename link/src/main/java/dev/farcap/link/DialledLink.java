package dev.farcap.link;

import dev.farcap.link.LinkEndpoint.Route;
import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.Peer;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer.DialHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a [Link] connected by dialling its peer: at once after a loss, then with growing, random
/// pauses, so that many diallers do not come back in one wave. The addresses are tried in turn.
///
/// Source of the pauses: "decorrelated jitter", each drawn between the least pause and three times
/// the last one.
public final class DialledLink {
  private static final Logger LOG = LoggerFactory.getLogger(DialledLink.class);
  private static final long PAUSE_MIN_MS = 50;
  private static final long PAUSE_MAX_MS = 5_000;

  private final LinkEndpoint endpoint;
  private final Identity expected;
  private final List<Route> routes;
  private final Link link;
  private volatile @Nullable String lastFailure;
  // On the loop only.
  private long pauseMs = PAUSE_MIN_MS;
  private int nextRoute;
  private boolean dialling;
  private boolean stopped;

  DialledLink(LinkEndpoint endpoint, Identity expected, List<Route> routes) {
    if (routes.isEmpty()) {
      throw new IllegalArgumentException(expected + " has no address");
    }
    this.endpoint = endpoint;
    this.expected = expected;
    this.routes = List.copyOf(routes);
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

  /// Why the last dial failed, null if it did not.
  public @Nullable String lastFailure() {
    return lastFailure;
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

  private void lost() {
    if (link.wasUp()) {
      pauseMs = PAUSE_MIN_MS;
      dial();
    } else {
      dialAfterPause();
    }
  }

  private void dialAfterPause() {
    pauseMs = Math.min(PAUSE_MAX_MS, endpoint.random().nextLong(PAUSE_MIN_MS, 3 * pauseMs + 1));
    var _ = endpoint.loop().schedule(this::dial, pauseMs, TimeUnit.MILLISECONDS);
  }

  private void dial() {
    if (stopped || dialling) {
      return;
    }
    dialling = true;
    Route route = routes.get(nextRoute);
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
      lastFailure = null;
      nextRoute = 0;
      return link.dialled(connection, peer);
    }

    @Override
    public void failed(String reason) {
      dialling = false;
      if (!reason.equals(lastFailure)) {
        LOG.warn("link {}: {}", link.name(), reason);
      }
      lastFailure = reason;
      nextRoute = (nextRoute + 1) % routes.size();
      dialAfterPause();
    }
  }
}
