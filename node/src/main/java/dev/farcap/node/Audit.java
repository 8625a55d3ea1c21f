package dev.farcap.node;

import dev.farcap.session.Failure;
import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit lines of this room: one for each opening, refusal and end of a session, to the logger
/// `farcap.audit`, where the gatekeeper writes its decisions too. Labels and details come from
/// outside, so they are quoted. A grant is named by its hash.
final class Audit {
  private static final Logger AUDIT = LoggerFactory.getLogger("farcap.audit");

  private Audit() {}

  static void opened(RoutedSession session) {
    AUDIT.info(
        "decision=opening session={} interface={} label=\"{}\" server={} wire=\"{}\" grant={}",
        session.name(),
        session.request().service(),
        quoted(session.request().label().toString()),
        session.place().provider(),
        quoted(session.opened().label().toString()),
        session.grant().token().hash());
  }

  static void refused(SessionRequest request, String reason, String detail) {
    AUDIT.info(
        "decision=refused reason={} interface={} label=\"{}\" detail=\"{}\"",
        reason,
        request.service(),
        quoted(request.label().toString()),
        quoted(detail));
  }

  static void rerouted(RoutedSession session, String reason) {
    AUDIT.info("decision=rerouted session={} detail=\"{}\"", session.name(), quoted(reason));
  }

  static void renewed(RoutedSession session) {
    AUDIT.info(
        "decision=renewed session={} grant={} expires={}",
        session.name(),
        session.grant().token().hash(),
        session.grant().token().grant().expires());
  }

  static void closed(RoutedSession session, Failure failure) {
    boolean refused = failure.kind() == Failure.Kind.REFUSED;
    AUDIT.info(
        "decision={} session={} interface={} label=\"{}\" detail=\"{}\"",
        refused ? "refused" : "closed",
        session.name(),
        session.request().service(),
        quoted(session.request().label().toString()),
        quoted(failure.message()));
  }

  /// A call in a session hosted here was refused.
  static void refusedCall(
      String session, String service, Label label, String reason, String detail) {
    AUDIT.info(
        "decision=refused reason={} session={} interface={} label=\"{}\" detail=\"{}\"",
        reason,
        session,
        service,
        quoted(label.toString()),
        quoted(detail));
  }

  /// A session hosted here is over.
  static void ended(String session, String service, Label label, String reason) {
    AUDIT.info(
        "decision=closed session={} interface={} label=\"{}\" detail=\"{}\"",
        session,
        service,
        quoted(label.toString()),
        quoted(reason));
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
