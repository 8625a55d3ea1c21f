package dev.farcap.log;

import dev.farcap.session.Id128;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file that every line reaches exactly once, whenever the process dies.
///
/// Beside `app.log` lies its record `app.log.spools`: how long the file is and, for each spool, the
/// last number that is in it. Lines are appended first; then the record is replaced atomically, and
/// only then are they acknowledged. At every moment the record is true of a beginning of the file,
/// and what follows that beginning is unacknowledged: so at the start the file is cut to the
/// recorded length, and the spools send the rest again.
///
/// Durable against the end of the process by itself. Against the end of the machine if `sync` is
/// on: then lines reach the disk before the record does, and the record before the acknowledgement.
///
/// A file that is shorter than recorded was cut by somebody else; it is taken as it is. The record
/// is text: `length BYTES`, then lines `NUMBER SPOOL PEER`.
final class LogFile implements LogSink {
  private static final Logger LOG = LoggerFactory.getLogger(LogFile.class);

  /// How much of the file's end is read to show its last lines.
  private static final int TAIL_BYTES_MAX = 256 * 1024;

  private final Path path;
  private final Path record;
  private final boolean sync;
  private final FileChannel file;
  private long length;

  /// Opens the file, made if need be, for this process alone.
  ///
  /// @throws IOException if it cannot be written, or another sink writes to it
  LogFile(Path path, boolean sync) throws IOException {
    this.path = path;
    this.record = path.resolveSibling(path.getFileName() + ".spools");
    this.sync = sync;
    this.file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (!isLocked(file)) {
      file.close();
      throw new IOException("another sink writes to " + path);
    }
  }

  private static boolean isLocked(FileChannel file) throws IOException {
    try {
      FileLock lock = file.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException _) {
      return false;
    }
  }

  @Override
  public Map<SpoolId, Long> open() throws IOException {
    Map<SpoolId, Long> recorded = new LinkedHashMap<>();
    length = file.size();
    try {
      List<String> lines = Files.readAllLines(record);
      cutTo(Long.parseLong(lines.getFirst().substring("length ".length())));
      lines.stream().skip(1).forEach(line -> load(line, recorded));
    } catch (NoSuchFileException _) {
      // From here on nothing counts that is not recorded.
      record(recorded);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException(
          record + " is damaged; without it, lines that are sent again would be doubled", e);
    }
    return recorded;
  }

  private void cutTo(long recorded) throws IOException {
    if (length < recorded) {
      LOG.warn(
          "LOG: {} has {} of the {} bytes written to it: it was cut, or moved away while the process"
              + " ran; new lines follow what is there. To rotate it, stop the process, move the"
              + " file and start again",
          path,
          length,
          recorded);
    } else {
      file.truncate(recorded);
      length = recorded;
    }
  }

  private static void load(String line, Map<SpoolId, Long> to) {
    String[] words = line.split(" ", 3);
    to.put(new SpoolId(words[2], new Id128(words[1])), Long.parseLong(words[0]));
  }

  @Override
  public void write(List<LogLine> lines, Map<SpoolId, Long> recorded) throws IOException {
    if (!lines.isEmpty()) {
      append(lines);
    }
    record(recorded);
  }

  private void append(List<LogLine> lines) throws IOException {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append('\n'));
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
    while (bytes.hasRemaining()) {
      length += file.write(bytes, length);
    }
    if (sync) {
      file.force(false);
    }
  }

  private void record(Map<SpoolId, Long> recorded) throws IOException {
    StringBuilder text = new StringBuilder("length ").append(length).append('\n');
    recorded.forEach(
        (spool, number) ->
            text.append(number)
                .append(' ')
                .append(spool.id())
                .append(' ')
                .append(spool.peer())
                .append('\n'));
    Path fresh = record.resolveSibling(record.getFileName() + ".new");
    Files.writeString(fresh, text);
    sync(fresh);
    Files.move(fresh, record, StandardCopyOption.ATOMIC_MOVE);
    sync(record.toAbsolutePath().resolveSibling(""));
  }

  /// A folder can be synced like a file, which makes a rename in it durable.
  private void sync(Path path) throws IOException {
    if (sync) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  @Override
  public List<LogLine> last(int count) throws IOException {
    long from = Math.max(0, length - TAIL_BYTES_MAX);
    ByteBuffer bytes = ByteBuffer.allocate((int) (length - from));
    while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) >= 0) {
      // A file may give less than asked.
    }
    // The first piece may be half a line; that parses to nothing or is cut away with the excess.
    List<LogLine> lines =
        StandardCharsets.UTF_8
            .decode(bytes.flip())
            .toString()
            .lines()
            .map(LogLine::parse)
            .flatMap(Optional::stream)
            .toList();
    return new ArrayList<>(lines.subList(Math.max(0, lines.size() - count), lines.size()));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
