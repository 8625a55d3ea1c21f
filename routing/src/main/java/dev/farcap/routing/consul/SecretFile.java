package dev.farcap.routing.consul;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// A file that nobody else can read.
final class SecretFile {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private SecretFile() {}

  /// The content.
  ///
  /// @throws ConsulFailure if it cannot be read, is too large or is open to others
  static byte[] read(Path file, int bytesMax) throws ConsulFailure {
    try (InputStream in = Files.newInputStream(file)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.stream().anyMatch(OTHERS::contains)) {
        throw new ConsulFailure(
            "%s is a secret and open to others (%s): chmod 600 %s"
                .formatted(file, PosixFilePermissions.toString(permissions), file),
            false,
            null);
      }
      byte[] bytes = in.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new ConsulFailure(file + " is larger than " + bytesMax + " bytes", false, null);
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new ConsulFailure(file + " does not exist", false, e);
    } catch (ConsulFailure e) {
      throw e;
    } catch (IOException e) {
      throw new ConsulFailure(file + " cannot be read: " + e.getMessage(), false, e);
    }
  }
}
