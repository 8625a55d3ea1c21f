package dev.farcap.transport;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/// The file of a listening Unix socket: free to be bound, then of the wanted mode, at last removed.
///
/// ```
/// UnixSocketPath socket = UnixSocketPath.prepare(path);
/// server.bind(new DomainSocketAddress(socket.path().toFile())); // whatever binds
/// socket.bound(UnixSocketPath.Access.GROUP);
/// ...
/// socket.close(); // after the server
/// ```
///
/// A socket file that a dead process left is removed, one that somebody listens at never is. Two
/// processes that start at the same path in the same millisecond are not told apart. Used by one
/// thread at a time; blocks on the file system only.
public final class UnixSocketPath implements AutoCloseable {
  /// The longest path every program can connect to: the kernel's `sun_path` takes 107 bytes and a
  /// terminating zero, the JDK's sockets one byte less.
  public static final int PATH_BYTES_MAX = 106;

  /// Who may connect, by the mode of the file. Peer credentials are checked besides.
  public enum Access {
    /// Mode 0600: the user of this process.
    OWNER("rw-------"),
    /// Mode 0660: and the group of the file.
    GROUP("rw-rw----"),
    /// Mode 0666: every user; peer credentials alone decide.
    EVERYONE("rw-rw-rw-");

    private final String mode;

    Access(String mode) {
      this.mode = mode;
    }
  }

  private final Path path;
  private @Nullable Object inode;

  private UnixSocketPath(Path path) {
    this.path = path;
  }

  /// Makes sure that a socket can be bound at a path.
  ///
  /// @throws IOException with one line that names the path and what to do: it is too long, its
  ///   folder is missing, something else stands there, or somebody listens there
  public static UnixSocketPath prepare(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    checkLength(absolute);
    Path folder = absolute.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException("socket " + path + ": folder " + folder + " does not exist");
    }
    Object found = inodeOf(absolute);
    if (found != null) {
      removeStale(absolute, found);
    }
    return new UnixSocketPath(absolute);
  }

  private static void checkLength(Path path) throws IOException {
    int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > PATH_BYTES_MAX) {
      throw new IOException(
          "socket " + path + ": the path is " + bytes + " bytes, limit " + PATH_BYTES_MAX);
    }
  }

  private static void removeStale(Path path, Object found) throws IOException {
    if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new IOException("socket " + path + ": a file that is no socket stands there");
    }
    if (listens(path)) {
      throw new IOException(
          "socket " + path + ": in use by another process; stop it or choose another path");
    }
    if (found.equals(inodeOf(path))) {
      Files.deleteIfExists(path);
    }
  }

  private static boolean listens(Path path) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Not blocking: a listener whose backlog is full answers "try again", and is one all the
      // same.
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (IOException refused) {
      String why = String.valueOf(refused.getMessage());
      return !(why.contains("refused") || why.contains("No such file"));
    }
  }

  /// Where to bind; absolute.
  public Path path() {
    return path;
  }

  /// Sets the mode of the file. To be called once it is bound; if it fails, close the server, then
  /// this.
  ///
  /// @throws IOException if the file is not there or the mode cannot be set
  public void bound(Access access) throws IOException {
    inode = inodeOf(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(access.mode));
  }

  /// Removes the file if it is still the one that was [#bound].
  ///
  /// @throws IOException if the folder does not permit it
  @Override
  public void close() throws IOException {
    if (inode != null && inode.equals(inodeOf(path))) {
      Files.deleteIfExists(path);
    }
  }

  private static @Nullable Object inodeOf(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException absent) {
      return null;
    }
  }
}
