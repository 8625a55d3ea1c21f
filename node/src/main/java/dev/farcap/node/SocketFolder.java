package dev.farcap.node;

import dev.farcap.door.DoorAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes the folder of a listener's socket where it is missing: it often lies where a restart of
/// the machine empties everything.
final class SocketFolder {
  private SocketFolder() {}

  static void make(DoorAddress address) throws IOException {
    if (address instanceof DoorAddress.Unix unix) {
      Path folder = unix.path().toAbsolutePath().getParent();
      if (folder != null && !Files.exists(folder)) {
        Files.createDirectories(folder);
      }
    }
  }
}
