package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.node.ListenerConfig.WhileDown;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What changes while a session opens, when it is not yet among those that a change looks at.
final class RoutedSessionsTest {
  private static final SessionRequest REQUEST =
      SessionRequest.of(ServiceAlias.ROM.service(), Label.of("app1", "config"));

  @TempDir private Path folder;
  @AutoClose private RomPair pair;
  private final ClientCounters counters = new ClientCounters();
  private ClientProxy parts;

  @BeforeEach
  void start() throws Exception {
    pair = new RomPair(folder);
    pair.hosts.grant(Duration.ofHours(1));
    pair.startClient("tls://127.0.0.1:1");
    parts = Objects.requireNonNull(pair.client().client());
  }

  /// @param later what the directory says once the session was routed
  private RoutedSession open(Supplier<DirectorySnapshot> later) {
    DirectorySnapshot first = parts.directory().snapshot();
    int[] asked = {0};
    RoutedSessions sessions =
        new RoutedSessions(
            Identity.parse("farcap://lab/host-a"),
            () -> asked[0]++ == 0 ? first : later.get(),
            parts.links(),
            parts.grants(),
            InstantSource.system(),
            counters,
            new Audit());
    return (RoutedSession) sessions.opener(WhileDown.WAIT, null).open(REQUEST);
  }

  @Test
  void routeThatIsGoneByThenIsLeft() throws Exception {
    RoutedSession session =
        open(() -> DirectorySnapshot.of(4_711, List.of(), List.of(), List.of()));

    Await.until(() -> session.state() == Session.State.CLOSED);
    assertEquals(1, counters.rerouted.sum());
  }

  @Test
  void routeThatStaysIsKept() {
    DirectorySnapshot same = parts.directory().snapshot();

    RoutedSession session =
        open(
            () ->
                DirectorySnapshot.of(
                    4_711,
                    List.copyOf(same.providers().values()),
                    same.rules(),
                    same.defaultRoute()));

    assertEquals(0, counters.rerouted.sum());
    assertEquals(Session.State.OPENING, session.state());
  }

  @Test
  void grantThatHasComeByThenIsShown() {
    Instant tomorrow = Instant.now().plus(Duration.ofHours(23));

    RoutedSession session =
        open(
            () -> {
              grantADay();
              return parts.directory().snapshot();
            });

    assertTrue(session.grant().token().grant().expires().isAfter(tomorrow));
  }

  private void grantADay() {
    try {
      pair.hosts.grant(Duration.ofDays(1));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    parts.grants().reload();
  }
}
