package dev.farcap.node;

import dev.farcap.session.Failure;
import dev.farcap.session.Label;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import io.grpc.ServerMethodDefinition;
import io.grpc.StatusRuntimeException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/// Remembers which sessions a gate let open, so that they can be ended when the policies change. A
/// session that was decided before a change and opens after it is not hosted unless it stays. Each
/// end is one audit line. Thread-safe.
final class HostedSessions implements SessionGate {
  /// Refusals of calls told in the audit log, of one session: as many as an interface has methods.
  private static final int TOLD_MAX = 64;

  private static final String CHANGED = "the server's policy has changed";

  private final SessionGate gate;
  private final Audit audit;
  private final Set<Hosted> open = ConcurrentHashMap.newKeySet();
  private volatile Change last = new Change(0, (_, _) -> true);

  /// A change of what is served.
  ///
  /// @param number counts them
  /// @param stays whether the sessions of a service under a label are served as before
  private record Change(long number, BiPredicate<String, Label> stays) {}

  HostedSessions(SessionGate gate, Audit audit) {
    this.gate = gate;
    this.audit = audit;
  }

  @Override
  public Decision decide(SessionRequest request, Peer peer, byte @Nullable [] token) {
    Change known = last;
    return switch (gate.decide(request, peer, token)) {
      case Decision.Refused refused -> refused;
      case Decision.Accepted accepted ->
          new Decision.Accepted(
              accepted.effectiveLabel(),
              accepted.quota(),
              accepted.expires(),
              control -> hosted(request.service(), accepted, control, known));
    };
  }

  private Hosted hosted(
      String service, Decision.Accepted accepted, SessionControl control, Change known) {
    SessionHost host = accepted.host().apply(control);
    Hosted session = new Hosted(service, accepted.effectiveLabel(), control, host);
    open.add(session);
    // A change either finds it among the open ones or is seen here.
    if (!holds(session, known)) {
      session.closed(CHANGED);
      throw new NotHostedException(Failure.notExecuted(Failure.Kind.DISCONNECTED, CHANGED));
    }
    return session;
  }

  /// What was decided before more than one change is to be decided again.
  private boolean holds(Hosted session, Change known) {
    Change now = last;
    long missed = now.number - known.number;
    return missed == 0 || (missed == 1 && now.stays.test(session.service, session.label));
  }

  /// Ends the sessions that would be served otherwise, or not at all, after a change. By then the
  /// gate decides by what is new.
  ///
  /// @param stays whether the sessions of a service under a label are served as before
  synchronized void endUnless(BiPredicate<String, Label> stays) {
    last = new Change(last.number + 1, stays);
    for (Hosted session : open) {
      if (!stays.test(session.service, session.label)) {
        session.control.end(Failure.unknown(Failure.Kind.DISCONNECTED, CHANGED));
      }
    }
  }

  /// Sessions open now.
  int size() {
    return open.size();
  }

  private final class Hosted implements SessionHost {
    private final String service;
    private final Label label;
    private final SessionControl control;
    private final SessionHost host;
    private final Set<String> told = new HashSet<>();

    Hosted(String service, Label label, SessionControl control, SessionHost host) {
      this.service = service;
      this.label = label;
      this.control = control;
      this.host = host;
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      try {
        ServerMethodDefinition<?, ?> found = host.method(name);
        if (found == null) {
          refused("NO_METHOD", "method " + name + " is not there");
        }
        return found;
      } catch (StatusRuntimeException e) {
        boolean bound = e.getStatus().getCode() == Failure.Kind.OVERLOADED.code();
        refused(bound ? "QUOTA" : "METHOD", String.valueOf(e.getStatus().getDescription()));
        throw e;
      }
    }

    /// One line for a method or a bound, however often it is met.
    private void refused(String reason, String detail) {
      if (told.size() < TOLD_MAX && told.add(detail)) {
        audit.refusedCall(control.name(), service, label, reason, detail);
      }
    }

    @Override
    public @Nullable Executor executor(String name) {
      return host.executor(name);
    }

    @Override
    public void signalled(long count) {
      host.signalled(count);
    }

    @Override
    public void closed(String reason) {
      open.remove(this);
      audit.ended(control.name(), service, label, reason);
      host.closed(reason);
    }
  }
}
