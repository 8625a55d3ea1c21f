package dev.farcap.node;

import dev.farcap.capability.GrantStore;
import dev.farcap.client.Reach;
import dev.farcap.link.Link;
import dev.farcap.node.ListenerConfig.WhileDown;
import dev.farcap.routing.Decision;
import dev.farcap.routing.Decision.Candidate;
import dev.farcap.routing.Decision.Routed;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Nearness;
import dev.farcap.routing.RouteQuery;
import dev.farcap.routing.Router;
import dev.farcap.routing.Router.Fate;
import dev.farcap.routing.Router.OpenSession;
import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionOpener;
import dev.farcap.session.SessionRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Opens the sessions of programs: the route says where, a grant says whether.
///
/// What is open is remembered: it is routed again when the directory changes, and shown a newer
/// grant when there is one. A change that comes while a session opens either finds it among the
/// open ones or is seen by who opens it. Each opening, refusal and end is one audit line.
/// Thread-safe.
final class RoutedSessions {
  static final String ORIGIN = "client-proxy";

  /// New sessions go elsewhere once a link has been away for so long.
  private static final Duration AWAY = Duration.ofSeconds(1);

  private final Supplier<DirectorySnapshot> directory;
  private final ProviderLinks links;
  private final GrantStore grants;
  private final InstantSource clock;
  private final ClientCounters counters;
  private final Audit audit;
  private final Nearness nearness;
  private final Set<RoutedSession> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong names = new AtomicLong();

  /// @param self who asks
  RoutedSessions(
      Identity self,
      Supplier<DirectorySnapshot> directory,
      ProviderLinks links,
      GrantStore grants,
      InstantSource clock,
      ClientCounters counters,
      Audit audit) {
    this.directory = directory;
    this.links = links;
    this.grants = grants;
    this.clock = clock;
    this.counters = counters;
    this.audit = audit;
    this.nearness = new Nearness(self.toString(), this::distance);
  }

  /// The opener for one listener, or for the program itself.
  ///
  /// @param callbacks where listeners of calls run that name no executor; null for the loop
  SessionOpener opener(WhileDown whileDown, @Nullable Executor callbacks) {
    return request -> open(request, new Manner(whileDown == WhileDown.FAIL, callbacks));
  }

  /// How sessions of one opener behave.
  private record Manner(boolean failWhileDown, @Nullable Executor callbacks) {}

  private Session open(SessionRequest request, Manner manner) {
    RouteQuery query = query(request);
    DirectorySnapshot routes = directory.get();
    return switch (Router.route(query, routes)) {
      case Decision.Denied denied -> {
        counters.refusedRoute.increment();
        throw refused(request, "NO_ROUTE", denied.reason());
      }
      case Routed routed -> {
        RoutedSession session = open(request, query, routed, manner);
        remember(session);
        catchUp(session, routes);
        yield session;
      }
    };
  }

  /// Does for a session what was done for the open ones while it was not yet among them.
  private void catchUp(RoutedSession session, DirectorySnapshot routes) {
    DirectorySnapshot now = directory.get();
    if (now.number() != routes.number()) {
      reroute(session, now);
    }
    renew(session);
  }

  private RouteQuery query(SessionRequest request) {
    try {
      return RouteQuery.of(request);
    } catch (IllegalArgumentException e) {
      throw refused(request, "LABEL", String.valueOf(e.getMessage()));
    }
  }

  private RoutedSession open(
      SessionRequest request, RouteQuery query, Routed routed, Manner manner) {
    Candidate place = choose(routed);
    Identity provider = place.provider().identity();
    SessionRequest rewritten = SessionRequest.of(request.service(), place.label());
    GrantStore.Stored grant =
        grants
            .choose(rewritten, provider)
            .orElseThrow(
                () -> {
                  counters.refusedGrant.increment();
                  return refused(
                      request,
                      "NO_GRANT",
                      "no grant for %s at %s as '%s'"
                          .formatted(rewritten.service(), provider, rewritten.label()));
                });
    Link link =
        links
            .to(provider)
            .orElseThrow(
                () -> {
                  counters.refusedLink.increment();
                  return disconnected(request, "there is no link to " + provider + " yet");
                });
    return new RoutedSession(
        "c" + names.incrementAndGet(),
        request,
        new OpenSession(query, provider, place.label(), !routed.first().contains(place)),
        link,
        link.open(rewritten, grant.token().bytes(), manner.failWhileDown()),
        grant,
        manner.callbacks());
  }

  /// The best candidate whose link is there or was until just now, else the best.
  private Candidate choose(Routed routed) {
    List<Candidate> candidates = routed.inOrder(nearness);
    return candidates.stream()
        .filter(
            candidate -> links.to(candidate.provider().identity()).filter(this::takes).isPresent())
        .findFirst()
        .orElseGet(candidates::getFirst);
  }

  private long distance(Identity provider) {
    return links
        .to(provider)
        .filter(Link::isUp)
        .map(link -> link.facts().roundTripNanos())
        .filter(nanos -> nanos > 0)
        .orElse(Nearness.UNKNOWN);
  }

  private boolean takes(Link link) {
    return link.isUp() || link.stateNanos() < AWAY.toNanos();
  }

  private void remember(RoutedSession session) {
    counters.opened.increment();
    open.add(session);
    audit.opened(session);
    session.onClosed(
        failure -> {
          open.remove(session);
          if (failure.kind() == Failure.Kind.REFUSED) {
            counters.refusedPeer.increment();
          }
          audit.closed(session, failure);
        });
  }

  private StatusRuntimeException refused(SessionRequest request, String reason, String detail) {
    audit.refused(request, reason, detail);
    return Failure.notExecuted(Failure.Kind.REFUSED, detail).exception(ORIGIN);
  }

  private StatusRuntimeException disconnected(SessionRequest request, String detail) {
    audit.refused(request, "NO_LINK", detail);
    return Failure.notExecuted(Failure.Kind.DISCONNECTED, detail).exception(ORIGIN);
  }

  /// To whom a session leads: who may raise what is passed in it.
  ///
  /// @throws StatusRuntimeException if there is no route
  Identity recipient(SessionRequest request) {
    return switch (Router.route(query(request), directory.get())) {
      case Decision.Denied denied -> throw refused(request, "NO_ROUTE", denied.reason());
      case Routed routed -> choose(routed).provider().identity();
    };
  }

  /// What the programs of every listener may be shown.
  Reach reach() {
    return new Reach() {
      @Override
      public Set<String> services(Label label) {
        return RoutedSessions.this.services(label);
      }

      @Override
      public Optional<Place> place(SessionRequest request) {
        return RoutedSessions.this.place(request);
      }

      @Override
      public Session open(SessionRequest request) {
        return RoutedSessions.this.open(request, new Manner(true, null));
      }
    };
  }

  private Set<String> services(Label label) {
    Set<String> services = new TreeSet<>();
    grants.grants().forEach(stored -> services.add(stored.token().grant().service()));
    services.removeIf(service -> place(SessionRequest.of(service, label)).isEmpty());
    return services;
  }

  private Optional<Reach.Place> place(SessionRequest request) {
    try {
      return Router.route(RouteQuery.of(request), directory.get()) instanceof Routed routed
          ? place(request, choose(routed))
          : Optional.empty();
    } catch (IllegalArgumentException tooLong) {
      return Optional.empty();
    }
  }

  private Optional<Reach.Place> place(SessionRequest request, Candidate place) {
    Identity provider = place.provider().identity();
    return grants
        .choose(SessionRequest.of(request.service(), place.label()), provider)
        .filter(this::holdsNow)
        .map(
            _ ->
                new Reach.Place(
                    provider.toString(), links.to(provider).filter(Link::isUp).isPresent()));
  }

  private boolean holdsNow(GrantStore.Stored stored) {
    Instant now = clock.instant();
    return !now.isBefore(stored.token().grant().notBefore())
        && now.isBefore(stored.token().grant().expires());
  }

  /// Routes every open session again.
  void reroute(DirectorySnapshot changed) {
    open.forEach(session -> reroute(session, changed));
  }

  private void reroute(RoutedSession session, DirectorySnapshot changed) {
    if (Router.affected(session.place(), changed) instanceof Fate.Rerouted(String reason)) {
      counters.rerouted.increment();
      audit.rerouted(session, reason);
      session.close(CloseReason.REROUTED);
    }
  }

  /// Shows open sessions the grants that outlive those they were opened with.
  void renew() {
    open.forEach(this::renew);
  }

  private void renew(RoutedSession session) {
    grants
        .choose(session.opened(), session.place().provider())
        .filter(session::renew)
        .ifPresent(_ -> audit.renewed(session));
  }

  /// Sessions open now.
  int size() {
    return open.size();
  }
}
