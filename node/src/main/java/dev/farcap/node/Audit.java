package dev.farcap.node;

import static dev.farcap.door.AuditLog.quoted;

import dev.farcap.door.AuditLog;
import dev.farcap.session.Failure;
import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;

/// The audit lines of this room: one for each opening, refusal and end of a session. Labels and
/// details come from outside, so they are quoted. A grant is named by its hash.
final class Audit {
  private final AuditLog log = new AuditLog(System::nanoTime);

  void opened(RoutedSession session) {
    log.write(
        "decision=opening session={} interface={} label=\"{}\" server={} wire=\"{}\" grant={}",
        session.name(),
        session.request().service(),
        quoted(session.request().label().toString()),
        session.place().provider(),
        quoted(session.opened().label().toString()),
        session.grant().token().hash());
  }

  void refused(SessionRequest request, String reason, String detail) {
    log.refused(
        listener(request),
        "decision=refused reason={} interface={} label=\"{}\" detail=\"{}\"",
        reason,
        request.service(),
        quoted(request.label().toString()),
        quoted(detail));
  }

  void rerouted(RoutedSession session, String reason) {
    log.write("decision=rerouted session={} detail=\"{}\"", session.name(), quoted(reason));
  }

  void renewed(RoutedSession session) {
    log.write(
        "decision=renewed session={} grant={} expires={}",
        session.name(),
        session.grant().token().hash(),
        session.grant().token().grant().expires());
  }

  void closed(RoutedSession session, Failure failure) {
    boolean refused = failure.kind() == Failure.Kind.REFUSED;
    log.write(
        "decision={} session={} interface={} label=\"{}\" detail=\"{}\"",
        refused ? "refused" : "closed",
        session.name(),
        session.request().service(),
        quoted(session.request().label().toString()),
        quoted(failure.message()));
  }

  /// A call in a session hosted here was refused.
  void refusedCall(String session, String service, Label label, String reason, String detail) {
    log.write(
        "decision=refused reason={} session={} interface={} label=\"{}\" detail=\"{}\"",
        reason,
        session,
        service,
        quoted(label.toString()),
        quoted(detail));
  }

  /// A session hosted here is over.
  void ended(String session, String service, Label label, String reason) {
    log.write(
        "decision=closed session={} interface={} label=\"{}\" detail=\"{}\"",
        session,
        service,
        quoted(label.toString()),
        quoted(reason));
  }

  /// Who has a hundred lines a second. The first element is no program's to choose.
  private static String listener(SessionRequest request) {
    return request.label().isEmpty() ? "" : request.label().elements().getFirst();
  }
}
