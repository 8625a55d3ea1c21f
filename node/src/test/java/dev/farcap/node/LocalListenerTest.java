package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.door.DoorAddress;
import dev.farcap.session.Label;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which users of the host a server-proxy's `local` listener lets in.
final class LocalListenerTest {
  private static final int SOMEBODY = 4242;

  /// Connects, and says whether an HTTP/2 server greets it or closes the connection.
  private static final String KNOCK =
      """
      import socket, sys
      door = socket.socket(socket.AF_UNIX)
      door.settimeout(30)
      door.connect(sys.argv[1])
      try:
          print("let in" if door.recv(1) else "closed")
      except ConnectionResetError:
          print("closed")
      """;

  @TempDir private Path folder;
  private RomPair pair;

  @BeforeEach
  void makeRealm() throws Exception {
    pair = new RomPair(folder);
  }

  @AfterEach
  void stop() {
    pair.close();
  }

  private Path start(int... allowed) throws Exception {
    pair.startServer(
        pair.hosts.writeServer(
            "{roms: {rom: roms}}",
            "{ROM: roms}",
            "{unix: local.sock, allowedUids: %s}".formatted(Arrays.toString(allowed))));
    return folder.resolve("local.sock");
  }

  @Test
  void userThatIsAllowedIsServed() throws Exception {
    Path socket = start(DoorAddress.Unix.ownUid());

    assertEquals(ServingStatus.SERVING, health(socket));
  }

  @Test
  void userThatIsNotAllowedIsRefusedAndNamed() throws Exception {
    int own = DoorAddress.Unix.ownUid();
    Path socket = start(SOMEBODY);

    try (LogLines said = LogLines.of("dev.farcap.door.Admission")) {
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> health(socket));

      assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode(), refused.toString());
      said.await(
          "unix:%s: connection refused: user id %d is not one of the allowed [%d]"
              .formatted(socket, own, SOMEBODY));
    }
  }

  /// As another user than the proxy's, which only root can try.
  @ParameterizedTest
  @CsvSource({"4242, let in", "4343, closed"})
  void anotherUserIsLetInOnlyIfAllowed(int uid, String outcome) throws Exception {
    assumeTrue(DoorAddress.Unix.ownUid() == 0, "needs root");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs the command 'setpriv'");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Path socket = start(SOMEBODY);

    assertEquals(outcome, knock(uid, socket));
  }

  private static String knock(int uid, Path socket) throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    "/usr/bin/setpriv",
                    "--reuid=" + uid,
                    "--regid=" + uid,
                    "--clear-groups",
                    "/usr/bin/python3",
                    "-c",
                    KNOCK,
                    socket.toString()))
            .redirectErrorStream(true)
            .start();
    try {
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertTrue(process.waitFor(Await.PATIENCE_S, TimeUnit.SECONDS), said);
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  private static ServingStatus health(Path socket) throws Exception {
    try (FrontDoorChannel program = new FrontDoorChannel(socket)) {
      return HealthGrpc.newBlockingStub(program.asking(Label.EMPTY))
          .withDeadlineAfter(Await.PATIENCE_S, TimeUnit.SECONDS)
          .check(HealthCheckRequest.getDefaultInstance())
          .getStatus();
    }
  }
}
