package dev.farcap.rom;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's own folder: `lock`, `versions` and the private copies in `spool/`.
///
/// `versions` is text: `ceiling NUMBER` (see [VersionNumbers]), and after an end in order one line
/// `NUMBER LENGTH SHA256 MODULE` for each module in use. Those lines go at the next start, before
/// any number is used: after a crash nobody knows which versions were told since, so nothing is
/// remembered and every module gets a fresh number.
final class RomState implements VersionNumbers.Ceiling, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RomState.class);

  private final Path file;
  private final Path spool;
  private final FileChannel lock;
  private final Map<String, RomVersion> remembered = new HashMap<>();
  private long ceiling;

  private RomState(Path folder, FileChannel lock) throws IOException {
    this.file = folder.resolve("versions");
    this.spool = folder.resolve("spool");
    this.lock = lock;
    load();
    write(ceiling);
    emptySpool();
  }

  /// Opens the folder, made if need be, for this process alone.
  ///
  /// @throws IOException if it cannot be written, or another server uses it
  static RomState open(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (!isLocked(channel)) {
        throw new IOException("another ROM server uses the state folder " + folder);
      }
      return new RomState(folder, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException _) {
      return false;
    }
  }

  /// Every number up to here may have been used.
  long ceiling() {
    return ceiling;
  }

  /// Versions of the run before, if it ended in order.
  Map<String, RomVersion> remembered() {
    return remembered;
  }

  /// Where the private copy of this number is or will be.
  Path copy(long number) {
    return spool.resolve(Long.toString(number));
  }

  @Override
  public void write(long number) {
    write(List.of("ceiling " + number));
  }

  /// Ends the run in order.
  void close(Map<String, RomVersion> versions, long lastNumber) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("ceiling " + lastNumber);
    versions.forEach(
        (module, version) ->
            lines.add(
                "%d %d %s %s".formatted(version.number(), version.length(), hex(version), module)));
    write(lines);
    emptySpool();
    close();
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  private static String hex(RomVersion version) {
    return HexFormat.of().formatHex(version.sha256().toByteArray());
  }

  private void write(List<String> lines) {
    Path fresh = file.resolveSibling("versions.new");
    try {
      Files.write(fresh, lines);
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private void load() throws IOException {
    try {
      for (String line : Files.readAllLines(file)) {
        load(line);
      }
    } catch (NoSuchFileException _) {
      // The first run: the clock is the only base.
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      LOG.warn("{} is damaged, version numbers begin at the clock: {}", file, e.getMessage());
      remembered.clear();
    }
  }

  private void load(String line) {
    String[] words = line.split(" ", 4);
    if (words[0].equals("ceiling")) {
      ceiling = Long.parseLong(words[1]);
    } else {
      ByteString sha256 = ByteString.copyFrom(HexFormat.of().parseHex(words[2]));
      remembered.put(
          ModuleName.check(words[3]),
          RomVersion.present(Long.parseLong(words[0]), Long.parseLong(words[1]), sha256));
    }
  }

  private void emptySpool() throws IOException {
    Files.createDirectories(spool);
    try (DirectoryStream<Path> copies = Files.newDirectoryStream(spool)) {
      for (Path copy : copies) {
        Files.delete(copy);
      }
    }
  }
}
