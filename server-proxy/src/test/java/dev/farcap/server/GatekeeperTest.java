package dev.farcap.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.farcap.capability.BundleKey;
import dev.farcap.capability.Grant;
import dev.farcap.capability.LabelPattern;
import dev.farcap.capability.MethodSet;
import dev.farcap.capability.ServerPattern;
import dev.farcap.capability.SigningKey;
import dev.farcap.capability.Token;
import dev.farcap.capability.TrustBundle;
import dev.farcap.door.Arrivals;
import dev.farcap.routing.Policies;
import dev.farcap.routing.Policy;
import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.channel.DefaultEventLoop;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class GatekeeperTest {
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String SERVICE = "test.Echo";
  private static final Identity SERVER = Identity.parse("farcap://home/host-b");

  private final SigningKey issuer = SigningKey.generate(RANDOM);
  private final SigningKey holder = SigningKey.generate(RANDOM);
  private final Peer peer =
      new Peer(Identity.parse("farcap://home/host-a"), holder.id(), NOW.plus(Duration.ofHours(12)));
  private final Map<String, Policies<Backend>> exported = new HashMap<>();
  private final DefaultEventLoop loop = new DefaultEventLoop();
  private final BackDoor backDoor = new BackDoor(BackDoorConfig.DEFAULT, new Arrivals(), loop);
  private final ListAppender<ILoggingEvent> audit = new ListAppender<>();
  private long nanos;
  private final Gatekeeper gatekeeper =
      new Gatekeeper(
          SERVER, () -> bundle(issuer), () -> exported, backDoor, () -> NOW, () -> nanos, RANDOM);

  @BeforeEach
  void exportForHostA() {
    exported.put(SERVICE, policies("host-a -> app1"));
    Logger logger = (Logger) LoggerFactory.getLogger("farcap.audit");
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    audit.start();
    logger.addAppender(audit);
  }

  @AfterEach
  void stop() {
    ((Logger) LoggerFactory.getLogger("farcap.audit")).detachAppender(audit);
    backDoor.close();
    loop.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void ofAFloodOfRefusalsAHundredASecondAreWrittenAndHowManyMore() {
    SessionRequest request = SessionRequest.of(SERVICE, Label.of("app1"));
    for (int i = 0; i < 150; i++) {
      assertInstanceOf(Decision.Refused.class, gatekeeper.decide(request, peer, null));
    }
    assertEquals(100, audit.list.size());

    nanos += 1_000_000_000;
    assertInstanceOf(Decision.Refused.class, gatekeeper.decide(request, peer, null));

    assertEquals(102, audit.list.size());
    assertEquals(
        "decision=refused reason=FLOOD count=50", audit.list.get(100).getFormattedMessage());
  }

  @Test
  void aGrantAndAPolicyOpenASession() {
    Decision.Accepted accepted =
        assertInstanceOf(
            Decision.Accepted.class, decide("app1 -> config", Token.mint(grant(holder), issuer)));

    assertEquals(Label.of("host-a", "app1", "config"), accepted.effectiveLabel());
    assertEquals(peer.certificateExpires(), accepted.expires());
    var _ = accepted.host().apply(new Named());
    assertTrue(auditLine().contains("decision=accepted"), this::auditLine);
    assertTrue(auditLine().contains("identity=farcap://home/host-a"), this::auditLine);
  }

  @Test
  void theGrantsMethodsBindTheSession() {
    Decision.Accepted accepted =
        assertInstanceOf(
            Decision.Accepted.class, decide("app1", Token.mint(grant(holder), issuer)));
    SessionHost host = accepted.host().apply(new Named());

    assertThrows(StatusRuntimeException.class, () -> host.method("Forbidden"));
  }

  @Test
  void withoutAGrantNothingOpens() {
    assertRefused("NO_TOKEN", decide("app1", null));
  }

  @Test
  void aGrantOfSomebodyElseOpensNothing() {
    SigningKey other = SigningKey.generate(RANDOM);

    assertRefused("HOLDER", decide("app1", Token.mint(grant(other), issuer)));
  }

  @Test
  void aGrantForOtherLabelsOpensNothing() {
    assertRefused("LABEL", decide("app2", Token.mint(grant(holder), issuer)));
  }

  @Test
  void anInterfaceThatIsNotExportedOpensForNobody() {
    exported.clear();

    assertRefused("NOT_EXPORTED", decide("app1", Token.mint(grant(holder), issuer)));
  }

  @Test
  void aLabelWithoutAPolicyOpensNothing() {
    exported.put(SERVICE, policies("host-z -> app1"));

    assertRefused("NO_POLICY", decide("app1", Token.mint(grant(holder), issuer)));
  }

  @Test
  void aGrantsSessionsAreCountedOverAllThatAreOpen() {
    Token token = Token.mint(grant(holder, new Grant.Limits(2, 1, 1, 0, 1_000)), issuer);
    SessionHost first = opened(token);
    var _ = opened(token);

    NotHostedException full = assertThrows(NotHostedException.class, () -> opened(token));

    assertEquals(Failure.Kind.OVERLOADED, full.failure().kind());
    assertTrue(auditLine().contains("decision=refused reason=QUOTA"), this::auditLine);
    first.closed("over");
    var _ = opened(token);
  }

  @Test
  void aGrantsCallsASecondAreCountedOverAllItsSessions() {
    Token token = Token.mint(grant(holder, new Grant.Limits(2, 1, 1, 0, 10)), issuer);
    List<SessionHost> sessions = List.of(opened(token), opened(token));
    for (int i = 0; i < 10; i++) {
      var _ = sessions.get(i % 2).method("Say");
    }

    StatusRuntimeException tooFast =
        assertThrows(StatusRuntimeException.class, () -> sessions.get(0).method("Say"));

    assertEquals(Status.Code.RESOURCE_EXHAUSTED, tooFast.getStatus().getCode());
    nanos += 100_000_000;
    var _ = sessions.get(1).method("Say");
    assertThrows(StatusRuntimeException.class, () -> sessions.get(1).method("Say"));
  }

  @Test
  void whoPresentsEverNewTokensSpendsItsOwnBudgetOnly() {
    for (int i = 0; i < 100; i++) {
      var _ = decide("app1", Token.mint(grant(holder), issuer));
    }
    assertRefused("BUDGET", decide("app1", Token.mint(grant(holder), issuer)));
    SigningKey neighbour = SigningKey.generate(RANDOM);

    Decision other =
        gatekeeper.decide(
            SessionRequest.of(SERVICE, Label.of("app1")),
            new Peer(peer.identity(), neighbour.id(), peer.certificateExpires()),
            Token.mint(grant(neighbour), issuer).bytes());

    assertInstanceOf(Decision.Accepted.class, other);
    nanos += 1_000_000_000;
    assertInstanceOf(Decision.Accepted.class, decide("app1", Token.mint(grant(holder), issuer)));
  }

  private SessionHost opened(Token token) {
    return assertInstanceOf(Decision.Accepted.class, decide("app1", token))
        .host()
        .apply(new Named());
  }

  private Decision decide(String label, @Nullable Token token) {
    return gatekeeper.decide(
        SessionRequest.of(SERVICE, Label.parse(label)), peer, token == null ? null : token.bytes());
  }

  /// Refused, for this reason in the audit log, and without a word of it to the peer.
  private void assertRefused(String reason, Decision decision) {
    Failure failure = assertInstanceOf(Decision.Refused.class, decision).failure();
    assertEquals(Failure.Kind.REFUSED, failure.kind());
    assertFalse(failure.message().contains(reason));
    assertFalse(failure.message().contains("app"));
    assertTrue(auditLine().contains("decision=refused reason=" + reason), this::auditLine);
    String correlation = failure.message().substring(failure.message().lastIndexOf(' ') + 1);
    assertTrue(auditLine().contains(correlation), this::auditLine);
  }

  private String auditLine() {
    return audit.list.getLast().getFormattedMessage();
  }

  private Grant grant(SigningKey of) {
    return grant(of, Grant.Limits.DEFAULT);
  }

  private Grant grant(SigningKey of, Grant.Limits limits) {
    return new Grant(
        "home",
        issuer.id(),
        Id128.mint(RANDOM),
        of.verifyingKey(),
        SERVICE,
        ServerPattern.parse("farcap://home/*"),
        new LabelPattern.Prefix(Label.of("app1")),
        MethodSet.of(List.of("Say")),
        NOW,
        NOW.plus(DAY),
        0,
        limits,
        null,
        Set.of());
  }

  private static TrustBundle bundle(SigningKey issuer) {
    BundleKey key =
        new BundleKey(
            BundleKey.Usage.CAP_ISSUE,
            BundleKey.State.ACTIVE,
            NOW.minus(DAY),
            NOW.plus(DAY),
            new BundleKey.Material.Ed25519(issuer.verifyingKey()));
    return new TrustBundle("home", 1, "", NOW.minus(DAY), List.of(key));
  }

  private static Policies<Backend> policies(String prefix) {
    Backend backend = new Backend.InProcess(ServerServiceDefinition.builder(SERVICE).build(), null);
    return new Policies<>(
        List.of(
            new Policy<>(
                "test:1", new dev.farcap.routing.LabelPattern(null, prefix, null), backend)),
        null);
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
