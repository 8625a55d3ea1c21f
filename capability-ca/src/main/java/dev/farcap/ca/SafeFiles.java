package dev.farcap.ca;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// Files that are never overwritten, and secrets that nobody else can read, not even while they are
/// being written.
final class SafeFiles {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private SafeFiles() {}

  /// Makes a folder of mode 0700 and those above it; one that is there stays as it is.
  static void makeFolder(Path folder) throws CaException {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder, mode("rwx------"));
      }
    } catch (FileAlreadyExistsException _) {
      throw new CaException(folder + " is a file, expected a folder");
    } catch (IOException e) {
      throw new CaException(folder + " cannot be made: " + e, e);
    }
  }

  /// Writes a secret as a new file of mode 0600.
  static void writeSecret(Path file, String text) throws CaException {
    write(file, text.getBytes(StandardCharsets.US_ASCII), "rw-------");
  }

  /// Writes a new file that everybody may read.
  static void writePublic(Path file, byte[] bytes) throws CaException {
    write(file, bytes, "rw-r--r--");
  }

  private static void write(Path file, byte[] bytes, String mode) throws CaException {
    try (FileChannel channel =
        FileChannel.open(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode(mode))) {
      writeFully(channel, bytes);
    } catch (FileAlreadyExistsException _) {
      throw new CaException(file + " exists and is never overwritten: move it away first");
    } catch (NoSuchFileException _) {
      throw new CaException(file + " cannot be written: its folder does not exist");
    } catch (IOException e) {
      throw new CaException(file + " cannot be written: " + e, e);
    }
  }

  /// Puts new content in place of the old in one step that a crash cannot halve.
  static void replace(Path file, byte[] bytes) throws CaException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      write(fresh, bytes, "rw-------");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CaException(file + " cannot be replaced: " + e, e);
    }
  }

  private static void writeFully(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    channel.force(true);
  }

  private static FileAttribute<Set<PosixFilePermission>> mode(String mode) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
  }

  /// Refuses if one of the names is taken, before anything is written.
  static void requireFree(Path folder, String... names) throws CaException {
    for (String name : names) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        throw new CaException(file + " exists and is never overwritten: choose another folder");
      }
    }
  }

  /// The text of a secret.
  ///
  /// @throws CaException also if others than the owner can read it
  static String readSecret(Path file, int bytesMax) throws CaException {
    byte[] bytes = read(file, bytesMax);
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.stream().anyMatch(OTHERS::contains)) {
        throw new CaException(
            "%s holds a private key and is open to others (%s): chmod 600 %s"
                .formatted(file, PosixFilePermissions.toString(permissions), file));
      }
    } catch (IOException e) {
      throw new CaException(file + " cannot be examined: " + e, e);
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /// The content of a file of bounded size.
  static byte[] read(Path file, int bytesMax) throws CaException {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] bytes = input.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new CaException(file + " is larger than " + bytesMax + " bytes");
      }
      return bytes;
    } catch (NoSuchFileException _) {
      throw new CaException(file + " does not exist");
    } catch (IOException e) {
      throw new CaException(file + " cannot be read: " + e, e);
    }
  }
}
