package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.Peer;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import io.grpc.ServerMethodDefinition;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the audit log says of calls that a session's host refuses, and what a change of the
/// policies means for a session that is about to open.
final class HostedSessionsTest {
  private static final Label LABEL = Label.of("host-a", "app1");
  private static final Peer PEER =
      new Peer(
          Identity.parse("farcap://lab/host-a"),
          new KeyId("aa".repeat(KeyId.BYTES)),
          Instant.parse("2100-01-01T00:00:00Z"));

  private LogLines audit;

  @BeforeEach
  void listen() {
    audit = LogLines.of("farcap.audit");
  }

  @AfterEach
  void leave() {
    audit.close();
  }

  @ParameterizedTest
  @CsvSource({
    "REFUSED, METHOD, session may not call Stop",
    "OVERLOADED, QUOTA, the grant allows 5 calls a second",
  })
  void refusedCallIsToldOnceWithItsOwnReason(Failure.Kind kind, String reason, String why) {
    SessionHost session =
        hosted(
            _ -> {
              throw Failure.notExecuted(kind, why).exception("server-proxy");
            });

    assertThrows(StatusRuntimeException.class, () -> session.method("Stop"));
    assertThrows(StatusRuntimeException.class, () -> session.method("Stop"));

    assertEquals(List.of(line(reason, why)), audit.lines());
  }

  @Test
  void methodThatIsNotThereIsToldOnce() {
    SessionHost session = hosted(_ -> null);

    assertNull(session.method("Stop"));
    assertNull(session.method("Stop"));
    assertNull(session.method("Halt"));

    assertEquals(
        List.of(
            line("NO_METHOD", "method Stop is not there"),
            line("NO_METHOD", "method Halt is not there")),
        audit.lines());
  }

  @Test
  void strangeNamesFillNoLog() {
    SessionHost session = hosted(_ -> null);

    for (int i = 0; i < 1_000; i++) {
      assertNull(session.method("Guess" + i));
    }

    assertEquals(64, audit.lines().size());
  }

  @Test
  void whatWasDecidedBeforeAChangeIsNotServedAfterIt() {
    Hosting host = new Hosting();
    HostedSessions sessions = sessions(host);
    Decision.Accepted decided = decided(sessions);
    sessions.endUnless((_, _) -> false);

    NotHostedException changed =
        assertThrows(NotHostedException.class, () -> decided.host().apply(new Named()));

    assertEquals(Failure.Kind.DISCONNECTED, changed.failure().kind());
    assertEquals(List.of("the server's policy has changed"), host.closed);
    assertEquals(0, sessions.size());
  }

  @Test
  void whatAChangeDoesNotConcernIsServedAfterIt() {
    HostedSessions sessions = sessions(new Hosting());
    Decision.Accepted decided = decided(sessions);
    sessions.endUnless((service, label) -> service.equals("acme.Engine") && label.equals(LABEL));

    var _ = decided.host().apply(new Named());

    assertEquals(1, sessions.size());
  }

  @Test
  void whatMissedTwoChangesIsDecidedAgain() {
    HostedSessions sessions = sessions(new Hosting());
    Decision.Accepted decided = decided(sessions);
    sessions.endUnless((_, _) -> true);
    sessions.endUnless((_, _) -> true);

    assertThrows(NotHostedException.class, () -> decided.host().apply(new Named()));

    assertEquals(0, sessions.size());
  }

  private static SessionHost hosted(SessionHost host) {
    return decided(sessions(host)).host().apply(new Named());
  }

  private static HostedSessions sessions(SessionHost host) {
    return new HostedSessions(
        (_, _, _) ->
            new Decision.Accepted(LABEL, Quota.DEFAULT, PEER.certificateExpires(), _ -> host),
        new Audit());
  }

  private static Decision.Accepted decided(HostedSessions sessions) {
    return (Decision.Accepted)
        sessions.decide(SessionRequest.of("acme.Engine", Label.of("app1")), PEER, null);
  }

  private static final class Hosting implements SessionHost {
    private final List<String> closed = new ArrayList<>();

    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      return null;
    }

    @Override
    public void closed(String reason) {
      closed.add(reason);
    }
  }

  private static String line(String reason, String detail) {
    return "decision=refused reason=%s session=s1 interface=acme.Engine label=\"%s\" detail=\"%s\""
        .formatted(reason, LABEL, detail);
  }

  private static final class Named implements SessionControl {
    @Override
    public String name() {
      return "s1";
    }

    @Override
    public void end(Failure failure) {}
  }
}
