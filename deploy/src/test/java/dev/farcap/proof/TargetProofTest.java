package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.link.LinkEndpoint;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionRequest;
import dev.farcap.transport.Medium;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Who is meant is reached, and who may is let in, nobody else: as seen by a program, and in the
/// logs of both processes.
@Timeout(240)
class TargetProofTest {
  private static final byte[] HELLO = {1, 2, 3};
  private static final Duration SHORT_LIFE = Duration.ofSeconds(8);

  @TempDir private Path folder;
  private final BlockingQueue<Served> served = new LinkedBlockingQueue<>();
  @AutoClose private Stage stage;
  private ProcessPair pair;
  private Program program;

  @BeforeEach
  void open() throws Exception {
    stage = Stage.set(folder);
    stage.backend().keep(served, 10);
    pair = stage.pair();
    program = stage.program();
  }

  @Test
  void aPeerThatIsNotTheRoutesTargetIsNotUsed() throws Exception {
    assertEchoes();
    pair.realm()
        .grant(Kinds.SERVICE, "host-c", pair.grants().resolve("c.grant"), Duration.ofDays(1));

    pair.writeDirectory("host-c");
    awaitLog(pair.client(), "expected farcap://lab/host-c");
    awaitUnavailable();

    assertTrue(served.isEmpty(), "a call reached the wrong server");
    Until.holds(
        "the status page tells",
        () ->
            pair.client()
                .page("status")
                .contains("expected farcap://lab/host-c, but the peer is farcap://lab/host-b"));

    pair.writeDirectory("host-b");
    Until.holds("the directory is read", () -> pair.client().page("status").contains("lab/host-b"));
    Until.holds("the right one serves again", () -> program.echo(HELLO).status().isOk());
  }

  /// Refused for want of a grant until that has been found, then for want of the server.
  private void awaitUnavailable() throws Exception {
    Until.holds(
        "the server is missed",
        () -> {
          Exchange refused = begin(program.channel(), Kinds.SERVICE, MethodType.UNARY);
          assertEquals("not-executed", refused.trailers().get(MetadataKeys.OUTCOME));
          return refused.status().getCode() == Status.Code.UNAVAILABLE;
        });
  }

  @Test
  void aProgramWithoutGrantIsRefusedAtItsOwnProxy() throws Exception {
    Exchange refused = begin(program.channel("app1"), Kinds.OTHER_SERVICE, MethodType.UNARY);

    assertRefused(refused);
    awaitAudit(
        pair.client(),
        "decision=refused reason=NO_GRANT interface=proof.Others label=\"app -> app1\"");
    assertFalse(pair.server().log().contains("interface=proof.Others"), "the server was asked");
  }

  @Test
  void aPeerThatPresentsNothingIsRefusedByTheServer() throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try (Medium medium = LabMedium.TLS.of(folder.resolve("host-a"))) {
      LinkEndpoint endpoint =
          new LinkEndpoint(
              new KeyId("aa".repeat(KeyId.BYTES)),
              loops.next(),
              LinkSettings.DEFAULT,
              (request, peer, _) -> {
                throw new AssertionError(peer + " opened " + request);
              },
              Runnable::run,
              null,
              InstantSource.system(),
              new SecureRandom(),
              new LinkCounters());
      Channel channel =
          endpoint
              .dial(LabRealm.HOST_B, List.of(new LinkEndpoint.Route(pair.route(), medium)))
              .link()
              .open(SessionRequest.of(Kinds.SERVICE, Label.of("app", "sneak")), null, false)
              .channel();

      assertRefused(begin(channel, Kinds.SERVICE, MethodType.UNARY));
      awaitAudit(
          pair.server(),
          "decision=refused reason=NO_TOKEN identity=farcap://lab/host-a",
          "label=\"app -> sneak\"");
      endpoint.close("the test is over");
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  void aGrantOfAnotherRealmIsRefusedAndBothSidesSaySo() throws Exception {
    pair.realm()
        .impostor()
        .grant(
            Kinds.OTHER_SERVICE,
            "host-b",
            pair.grants().resolve("forged.grant"),
            Duration.ofDays(1));

    awaitKnown();

    awaitAudit(pair.server(), "decision=refused reason=", "interface=proof.Others");
    awaitAudit(pair.client(), "decision=refused", "interface=proof.Others", "audit log says why");
    assertTrue(served.isEmpty(), "a call reached the server");
  }

  /// Calls until the grant has been found, and then once more.
  private void awaitKnown() throws Exception {
    Until.holds(
        "the client-proxy presents the grant",
        () -> {
          Exchange refused = begin(program.channel(), Kinds.OTHER_SERVICE, MethodType.UNARY);
          assertRefused(refused);
          return String.valueOf(refused.status().getDescription()).contains("audit log");
        });
  }

  @Test
  void noLiveSessionOutlivesItsGrant() throws Exception {
    pair.realm()
        .grant(Kinds.OTHER_SERVICE, "host-b", pair.grants().resolve("short.grant"), SHORT_LIFE);
    long grantedNanos = System.nanoTime();
    Exchange[] live = new Exchange[1];
    Until.holds(
        "the grant opens a session",
        () -> {
          live[0] = begin(program.channel(), Kinds.OTHER_SERVICE, MethodType.BIDI_STREAMING);
          return served.poll(500, TimeUnit.MILLISECONDS) != null;
        });

    assertRefusedWhileRunning(live[0]);
    double afterS = (System.nanoTime() - grantedNanos) / 1e9;

    System.out.printf(
        "a stream under a grant of %s ended after %.1f s: %s%n",
        SHORT_LIFE, afterS, live[0].status());
    // Grants end at full seconds.
    assertTrue(afterS > SHORT_LIFE.toSeconds() - 1.1, "it ended after " + afterS + " s");
    assertTrue(afterS < SHORT_LIFE.toSeconds() + 3, "it ended after " + afterS + " s");
    assertRefused(begin(program.channel(), Kinds.OTHER_SERVICE, MethodType.UNARY));
    assertEchoes();
  }

  private static Exchange begin(Channel channel, String service, MethodType type) {
    return Exchange.start(
            channel.newCall(Kinds.method(service, type), CallOptions.DEFAULT), new Metadata())
        .send(HELLO, 1)
        .halfClose();
  }

  private static void assertRefused(Exchange exchange) throws Exception {
    assertEquals(
        Status.Code.PERMISSION_DENIED, exchange.status().getCode(), "" + exchange.status());
    assertEquals("not-executed", exchange.trailers().get(MetadataKeys.OUTCOME));
    assertNotNull(exchange.trailers().get(MetadataKeys.ORIGIN));
  }

  private static void assertRefusedWhileRunning(Exchange exchange) throws Exception {
    assertEquals(
        Status.Code.PERMISSION_DENIED, exchange.status().getCode(), "" + exchange.status());
    assertEquals("unknown", exchange.trailers().get(MetadataKeys.OUTCOME));
  }

  private void assertEchoes() throws Exception {
    Status status = program.echo(HELLO).status();
    assertTrue(status.isOk(), status::toString);
  }

  private static void awaitLog(ProxyProcess process, String text) throws Exception {
    Until.holds(
        () -> "'" + text + "' in the log:\n" + process.log(),
        Until.PATIENCE,
        () -> process.log().contains(text));
  }

  /// Waits for one line with all the texts.
  private static void awaitAudit(ProxyProcess process, String... texts) throws Exception {
    process.awaitLine(texts);
  }
}
