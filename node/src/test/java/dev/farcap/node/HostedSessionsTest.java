package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.Peer;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the audit log says of calls that a session's host refuses.
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

  private static SessionHost hosted(SessionHost host) {
    HostedSessions sessions =
        new HostedSessions(
            (_, _, _) ->
                new Decision.Accepted(LABEL, Quota.DEFAULT, PEER.certificateExpires(), _ -> host),
            new Audit());
    return ((Decision.Accepted)
            sessions.decide(SessionRequest.of("acme.Engine", Label.of("app1")), PEER, null))
        .host()
        .apply(new Named());
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
