package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnixSocketPathTest {
  @TempDir Path folder;

  private static ServerSocketChannel bind(Path path) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path));
  }

  private static String refusal(Path path) {
    IOException thrown = assertThrows(IOException.class, () -> UnixSocketPath.prepare(path));
    return String.valueOf(thrown.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"OWNER,rw-------", "GROUP,rw-rw----"})
  void theBoundSocketHasTheWantedModeAndGoesAtClose(UnixSocketPath.Access access, String mode)
      throws IOException {
    Path path = folder.resolve("door.sock");
    UnixSocketPath socket = UnixSocketPath.prepare(path);

    try (ServerSocketChannel _ = bind(socket.path())) {
      socket.bound(access);
      assertEquals(mode, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }
    socket.close();

    assertFalse(Files.exists(path));
  }

  @Test
  void aSocketThatADeadProcessLeftIsRemoved() throws IOException {
    Path path = folder.resolve("door.sock");
    bind(path).close(); // the channel's end leaves the file

    assertTrue(Files.exists(path));
    UnixSocketPath.prepare(path);

    assertFalse(Files.exists(path));
  }

  @Test
  void aSocketThatSomebodyListensAtIsAnError() throws IOException {
    Path path = folder.resolve("door.sock");
    try (ServerSocketChannel _ = bind(path)) {
      String refusal = refusal(path);

      assertEquals(
          "socket " + path + ": in use by another process; stop it or choose another path",
          refusal);
      assertTrue(Files.exists(path));
    }
  }

  @Test
  void aListenerWithAFullBacklogCountsAsListening() throws IOException {
    Path path = folder.resolve("door.sock");
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address, 1);
      for (int i = 0; i < 3; i++) {
        assertTrue(refusal(path).contains("in use"));
      }
    }
  }

  @Test
  void aFileThatIsNoSocketIsLeftAlone() throws IOException {
    Path path = Files.writeString(folder.resolve("door.sock"), "precious");

    assertEquals("socket " + path + ": a file that is no socket stands there", refusal(path));
    assertEquals("precious", Files.readString(path));
  }

  @Test
  void aLinkIsNotFollowed() throws IOException {
    Path path = Files.createSymbolicLink(folder.resolve("door.sock"), folder.resolve("elsewhere"));

    assertTrue(refusal(path).contains("no socket stands there"));
  }

  @Test
  void aMissingFolderIsNamed() {
    Path path = folder.resolve("missing/door.sock");

    assertEquals(
        "socket " + path + ": folder " + path.getParent() + " does not exist", refusal(path));
  }

  @Test
  void aPathTooLongToConnectIsRefusedWithItsLength() throws IOException {
    int room = UnixSocketPath.PATH_BYTES_MAX - folder.toString().length() - 1;

    UnixSocketPath longest = UnixSocketPath.prepare(folder.resolve("x".repeat(room)));
    bind(longest.path()).close();

    Path path = folder.resolve("x".repeat(room + 1));
    assertEquals("socket " + path + ": the path is 107 bytes, limit 106", refusal(path));
  }

  @Test
  void closeLeavesASocketThatAnotherProcessBoundSince() throws IOException {
    Path path = folder.resolve("door.sock");
    UnixSocketPath first = UnixSocketPath.prepare(path);
    bind(path).close();
    first.bound(UnixSocketPath.Access.OWNER);
    Files.move(path, folder.resolve("old.sock"));

    try (ServerSocketChannel _ = bind(path)) {
      first.close();

      assertTrue(Files.exists(path));
    }
  }
}
