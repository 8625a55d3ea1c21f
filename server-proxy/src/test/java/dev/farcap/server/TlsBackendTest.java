package dev.farcap.server;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.farcap.session.MetadataKeys;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// A server behind the back door that is reached over TLS: by whom its certificate must be vouched
/// for, and for which name. The peer never learns what was wrong, the log does.
@ExtendWith(LeakGuard.class)
@Timeout(60)
class TlsBackendTest {
  private static final String HOST = "localhost";
  private static final BackDoorConfig IMPATIENT =
      new BackDoorConfig(4 << 20, 16 << 10, Duration.ofMillis(700));

  @TempDir private Path folder;
  private final Logger log = (Logger) LoggerFactory.getLogger(BackendChannel.class);
  private final Told told = new Told();
  private TlsAuthority authority;
  private Path trusted;

  /// Lines of the log as they come.
  private static final class Told extends AppenderBase<ILoggingEvent> {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      lines.add(event.getFormattedMessage());
    }
  }

  @BeforeEach
  void listen() throws Exception {
    authority = new TlsAuthority("ours");
    trusted = authority.write(folder.resolve("authority.pem"));
    told.start();
    log.addAppender(told);
  }

  @AfterEach
  void leave() {
    log.detachAppender(told);
  }

  @Test
  void serverWithCertificateOfTheAuthorityServes() throws Exception {
    Server server = serve(authority.issue(HOST));
    Target target = target(server.getPort());

    try (Yard yard = new Yard(new Backend.Grpc(target))) {
      assertEquals("hello", yard.say("hello", new Metadata()));
      assertTrue(yard.backDoor.isConnected(target));
    } finally {
      stop(server);
    }
  }

  @Test
  void serverOfAnotherAuthorityIsNotCalled() throws Exception {
    Server server = serve(new TlsAuthority("theirs").issue(HOST));

    assertNotCalled(
        server,
        "its certificate is not trusted: "
            + "unable to find valid certification path to requested target");
  }

  @Test
  void serverOfAnotherNameIsNotCalled() throws Exception {
    Server server = serve(authority.issue("elsewhere.example"));

    assertNotCalled(
        server,
        "its certificate is not trusted: No subject alternative DNS name matching localhost found.");
  }

  @Test
  void serverWithoutTlsIsNotCalled() throws Exception {
    Server server = echo(NettyServerBuilder.forAddress(anyPort()));

    assertNotCalled(server, "it does not speak TLS");
  }

  private void assertNotCalled(Server server, String reason) throws Exception {
    try {
      assertNotReached(server.getPort(), reason);
    } finally {
      stop(server);
    }
  }

  @Test
  void nobodyThereIsToldAsSuch() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    assertNotReached(port, "refused: nothing listens there");
  }

  private void assertNotReached(int port, String reason) throws Exception {
    Target target = target(port);
    try (Yard yard = new Yard(new Backend.Grpc(target), IMPATIENT, _ -> true)) {
      StatusRuntimeException failed =
          assertThrows(StatusRuntimeException.class, () -> yard.say("x", new Metadata()));

      assertEquals(Status.UNAVAILABLE.getCode(), failed.getStatus().getCode());
      assertEquals("server is not up", failed.getStatus().getDescription());
      assertEquals("not-executed", requireNonNull(failed.getTrailers()).get(MetadataKeys.OUTCOME));
      assertFalse(yard.backDoor.isConnected(target));
      String line = requireNonNull(told.lines.poll(Yard.PATIENCE_S, TimeUnit.SECONDS));
      String expected = target + ": server is not up: ";
      assertEquals(expected + reason, line);
    }
  }

  private Target target(int port) {
    return new Target.Tls(HOST, port, trusted);
  }

  private static Server serve(TlsAuthority.Issued credentials) throws Exception {
    return echo(
        NettyServerBuilder.forAddress(anyPort())
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forServer(
                            credentials.keys().getPrivate(), credentials.certificate()))
                    .build()));
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static Server echo(NettyServerBuilder server) throws Exception {
    return server
        .addService(
            ServerServiceDefinition.builder(Yard.SERVICE)
                .addMethod(
                    Yard.method("Say", MethodType.UNARY),
                    ServerCalls.asyncUnaryCall(
                        (text, reply) -> {
                          reply.onNext(text);
                          reply.onCompleted();
                        }))
                .build())
        .build()
        .start();
  }

  private static void stop(Server server) throws InterruptedException {
    assertTrue(server.shutdownNow().awaitTermination(Yard.PATIENCE_S, TimeUnit.SECONDS));
  }
}
