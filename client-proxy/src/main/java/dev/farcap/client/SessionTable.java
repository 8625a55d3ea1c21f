package dev.farcap.client;

import static dev.farcap.client.FrontDoor.ORIGIN;

import dev.farcap.door.AuditLog;
import dev.farcap.door.Caller;
import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionOpener;
import dev.farcap.session.SessionRequest;
import io.grpc.Metadata;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which session a call belongs to.
///
/// *Implicit* sessions belong to one connection and are found by (service, `farcap-label`): opened
/// by the first call, closed when idle or with the connection. *Opened* ones are found by their
/// handle in `farcap-session`, by any connection of the same user to the same door, and live as
/// long as the stream that opened them. Services with a [StandIn] are served by it, one for each
/// label, for all connections. A session that is closing takes no new calls: the next one opens its
/// successor.
final class SessionTable implements SessionHolds, Caller.Watcher {
  private record Key(String service, String label) {}

  /// Labels that stand-ins serve at a time: as many as a large host has programs.
  private static final int STOOD_IN_MAX = 1_024;

  private record Opened(Caller caller, Lease lease) {}

  /// The sessions of one connection.
  private static final class Owned {
    private final Map<Key, Lease> implicit = new HashMap<>();
    private final Set<Lease> all = new HashSet<>();
  }

  private final FrontDoorConfig config;
  private final SessionOpener opener;
  private final Map<String, StandIn> standIns;
  private final LoopTime time;
  private final FrontDoorCounters counters;
  private final AuditLog audit;
  private final SecureRandom random = new SecureRandom();
  private final Map<Caller, Owned> owned = new HashMap<>();
  private final Map<String, Opened> handles = new HashMap<>();
  private final Map<Key, StoodIn> stoodIn = new HashMap<>();

  SessionTable(
      FrontDoorConfig config,
      SessionOpener opener,
      Map<String, StandIn> standIns,
      LoopTime time,
      FrontDoorCounters counters) {
    this.config = config;
    this.opener = opener;
    this.standIns = Map.copyOf(standIns);
    this.time = time;
    this.counters = counters;
    audit = new AuditLog(time::nanoTime);
  }

  /// What serves a call: its session, or a stand-in.
  ///
  /// @throws StatusRuntimeException how the call ends if nothing does
  ServerCallHandler<ByteBuf, ByteBuf> find(Caller caller, String service, Metadata headers) {
    String handle = headers.get(MetadataKeys.SESSION);
    if (handle != null) {
      return opened(caller, service, handle);
    }
    String asked = headers.get(MetadataKeys.LABEL);
    String label = asked == null ? "" : asked;
    StandIn standIn = standIns.get(service);
    return standIn == null
        ? implicit(caller, service, label)
        : stoodIn(new Key(service, label), standIn);
  }

  /// A stand-in serves all programs of this listener that ask for the label. It begins with a
  /// session so that who has no route or grant learns it from the first call.
  private StoodIn stoodIn(Key key, StandIn standIn) {
    StoodIn present = stoodIn.get(key);
    if (present != null) {
      return present;
    }
    if (stoodIn.size() >= STOOD_IN_MAX) {
      throw overloaded(
          key.service, "listener stands in for " + STOOD_IN_MAX + " labels, its limit");
    }
    ReopeningChannel server = new ReopeningChannel(opener, request(key.service, key.label));
    server.session();
    StoodIn fresh = new StoodIn(server, standIn, time);
    stoodIn.put(key, fresh);
    fresh.watchIdle(
        config.idle().toNanos(),
        () -> {
          stoodIn.remove(key);
          fresh.close(CloseReason.UNUSED);
        });
    return fresh;
  }

  private Lease opened(Caller caller, String service, String handle) {
    Opened opened = handles.get(handle);
    if (opened == null || !opened.caller().uid().equals(caller.uid())) {
      counters.refusedInvalid.increment();
      String reason = "no such session here: open it again";
      audit("HANDLE", service, reason);
      throw Failure.notExecuted(Failure.Kind.DISCONNECTED, reason).exception(ORIGIN);
    }
    String provided = opened.lease().session().request().service();
    if (!provided.equals(service)) {
      throw invalid(service, "session is of " + provided + ", not of " + service);
    }
    return opened.lease();
  }

  private Lease implicit(Caller caller, String service, String label) {
    Owned sessions = owned.computeIfAbsent(caller, _ -> new Owned());
    Key key = new Key(service, label);
    Lease present = sessions.implicit.get(key);
    if (present != null && present.isUsable()) {
      return present;
    }
    Lease fresh = open(sessions, service, label);
    sessions.implicit.put(key, fresh);
    fresh.session().onClosed(_ -> sessions.implicit.remove(key, fresh));
    fresh.watchIdle(
        config.idle().toNanos(),
        () -> {
          counters.idle.increment();
          sessions.implicit.remove(key, fresh);
          fresh.session().close(CloseReason.UNUSED);
        });
    return fresh;
  }

  @Override
  public Hold hold(Caller caller, String service, String label) {
    Lease lease = implicit(caller, service, label);
    lease.use();
    return lease;
  }

  private Lease open(Owned sessions, String service, String label) {
    SessionRequest request = request(service, label);
    if (sessions.all.size() >= config.sessionsPerConnection()) {
      throw overloaded(service, "connection has " + sessions.all.size() + " sessions, its limit");
    }
    Session session = opener.open(request);
    Lease lease = new Lease(session, time);
    counters.opened.increment();
    counters.open.increment();
    sessions.all.add(lease);
    session.onClosed(
        _ -> {
          counters.open.decrement();
          sessions.all.remove(lease);
          lease.ended();
        });
    return lease;
  }

  /// The session that a program asks for.
  ///
  /// @throws StatusRuntimeException if there can be no such session
  SessionRequest request(String service, String label) {
    try {
      return SessionRequest.of(service, label(label));
    } catch (IllegalArgumentException e) {
      throw invalid("-", String.valueOf(e.getMessage()));
    }
  }

  /// The label that a program asks for, the listener's name first.
  ///
  /// @throws StatusRuntimeException if there can be no such label
  Label label(String asked) {
    try {
      return Label.parse(asked).prepend(config.name());
    } catch (IllegalArgumentException e) {
      throw invalid("-", String.valueOf(e.getMessage()));
    }
  }

  private StatusRuntimeException overloaded(String service, String reason) {
    counters.refusedBound.increment();
    audit("BOUND", service, reason);
    return Failure.notExecuted(Failure.Kind.OVERLOADED, reason).exception(ORIGIN);
  }

  /// @param service what was asked, or `-` where that is no service's name
  private StatusRuntimeException invalid(String service, String reason) {
    counters.refusedInvalid.increment();
    audit("INVALID", service, reason);
    Metadata trailers = Failure.notExecuted(Failure.Kind.REFUSED, reason).trailers(ORIGIN);
    return Status.INVALID_ARGUMENT.withDescription(reason).asRuntimeException(trailers);
  }

  private void audit(String reason, String service, String detail) {
    audit.refused(
        config.name(),
        "decision=refused reason={} listener={} interface={} detail=\"{}\"",
        reason,
        config.name(),
        service,
        AuditLog.quoted(detail));
  }

  /// Opens a session with a handle.
  ///
  /// @throws StatusRuntimeException if it cannot be
  String openHandle(Caller caller, String service, String label) {
    Owned sessions = owned.computeIfAbsent(caller, _ -> new Owned());
    Lease lease = open(sessions, service, label);
    String handle = Id128.mint(random).hex();
    handles.put(handle, new Opened(caller, lease));
    lease.session().onClosed(_ -> handles.remove(handle));
    return handle;
  }

  /// The session of a handle, or null if it is over.
  @Nullable Session session(String handle) {
    Opened opened = handles.get(handle);
    return opened == null ? null : opened.lease().session();
  }

  /// The stream of a handle has ended.
  void closeHandle(String handle) {
    Opened opened = handles.remove(handle);
    if (opened != null) {
      opened.lease().session().close(CloseReason.UNUSED);
    }
  }

  @Override
  public void gone(Caller caller) {
    Owned sessions = owned.remove(caller);
    if (sessions != null) {
      List.copyOf(sessions.all).forEach(lease -> lease.session().close(CloseReason.UNUSED));
    }
  }

  /// Ends every session.
  void close() {
    new ArrayList<>(owned.values())
        .forEach(
            sessions ->
                List.copyOf(sessions.all)
                    .forEach(lease -> lease.session().close(CloseReason.SHUTDOWN)));
    stoodIn.values().forEach(standing -> standing.close(CloseReason.SHUTDOWN));
    stoodIn.clear();
    owned.clear();
    handles.clear();
  }
}
