package dev.farcap.node;

import dev.farcap.session.Failure;
import dev.farcap.session.Label;
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

/// Remembers which sessions a gate let open, so that they can be ended when the policies change.
/// Each end is one audit line. Thread-safe.
final class HostedSessions implements SessionGate {
  /// Refusals of calls told in the audit log, of one session: as many as an interface has methods.
  private static final int TOLD_MAX = 64;

  private final SessionGate gate;
  private final Audit audit;
  private final Set<Hosted> open = ConcurrentHashMap.newKeySet();

  HostedSessions(SessionGate gate, Audit audit) {
    this.gate = gate;
    this.audit = audit;
  }

  @Override
  public Decision decide(SessionRequest request, Peer peer, byte @Nullable [] token) {
    return switch (gate.decide(request, peer, token)) {
      case Decision.Refused refused -> refused;
      case Decision.Accepted accepted ->
          new Decision.Accepted(
              accepted.effectiveLabel(),
              accepted.quota(),
              accepted.expires(),
              control -> {
                SessionHost host = accepted.host().apply(control);
                return new Hosted(request.service(), accepted.effectiveLabel(), control, host);
              });
    };
  }

  /// Ends the sessions that would be served otherwise, or not at all, after a change.
  ///
  /// @param stays whether the sessions of a service under a label are served as before
  void endUnless(BiPredicate<String, Label> stays) {
    for (Hosted session : open) {
      if (!stays.test(session.service, session.label)) {
        session.control.end(
            Failure.unknown(Failure.Kind.DISCONNECTED, "the server's policy has changed"));
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
      open.add(this);
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
