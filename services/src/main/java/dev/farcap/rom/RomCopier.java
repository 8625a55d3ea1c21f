package dev.farcap.rom;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the private copy of a module's file: in memory where it is small, else in the spool.
///
/// *Theory.* To copy a small file that was written just now is a dozen system calls on what the
/// kernel has in memory, less than to wake a thread; so the event loop does it itself. What may
/// take longer blocks: that runs on the copying threads.
///
/// Where the kernel does not say whether somebody has the file open for writing, the file is read a
/// second time and must be the same.
final class RomCopier {
  private static final Logger LOG = LoggerFactory.getLogger(RomCopier.class);

  /// Large enough that the calls do not count beside hashing.
  private static final int BLOCK_BYTES = 256 * 1024;

  private final RomConfig config;
  private final RomState state;
  private final VersionNumbers numbers;

  RomCopier(RomConfig config, RomState state, VersionNumbers numbers) {
    this.config = config;
    this.state = state;
    this.numbers = numbers;
  }

  /// Copies the module's file, or its default content, if that does not take long. Never throws.
  ///
  /// @return null if it may; nothing was done then
  @Nullable CopyResult copyIfSmall(String module, long copy) {
    return numbers.isReserved(copy) ? copy(module, copy, PrivateCopy.SMALL_BYTES_MAX) : null;
  }

  /// Copies the module's file, or its default content, under the number `copy`. Never throws.
  CopyResult copy(String module, long copy) {
    return Objects.requireNonNull(copy(module, copy, Long.MAX_VALUE), "no file is larger");
  }

  private @Nullable CopyResult copy(String module, long copy, long bytesMax) {
    Path target = state.copy(copy);
    try {
      numbers.reserve(copy);
      CopyResult result = fromRoot(module, target, bytesMax);
      if (result instanceof CopyResult.Missing && config.defaults().containsKey(module)) {
        result = fromDefault(module, target);
      }
      if (result instanceof CopyResult.Busy) {
        Files.deleteIfExists(target);
      }
      return result;
    } catch (IOException | RuntimeException e) {
      LOG.warn("module '{}' cannot be read: {}", module, e.toString());
      target.toFile().delete();
      return new CopyResult.Failed(
          Status.UNAVAILABLE.withDescription("module '" + module + "' cannot be read now"));
    }
  }

  private @Nullable CopyResult fromRoot(String module, Path target, long bytesMax)
      throws IOException {
    int root = -1;
    int file = -1;
    try {
      root = Libc.openFolder(config.root());
      file = Libc.openBeneath(root, module);
      return fromFile(module, file, target, bytesMax);
    } catch (Libc.ErrnoException e) {
      return failedOpen(module, e);
    } finally {
      closeIfOpen(file);
      closeIfOpen(root);
    }
  }

  private static CopyResult failedOpen(String module, Libc.ErrnoException e)
      throws Libc.ErrnoException {
    return switch (e.errno) {
      case Libc.ENOENT, Libc.ENOTDIR, Libc.ELOOP, Libc.EXDEV, Libc.ENXIO, Libc.ENAMETOOLONG ->
          new CopyResult.Missing();
      case Libc.EACCES -> {
        LOG.warn("module '{}' may not be read by this server's user", module);
        yield new CopyResult.Failed(
            Status.FAILED_PRECONDITION.withDescription(
                "module '" + module + "' is not readable by the server"));
      }
      default -> throw e;
    };
  }

  private static void closeIfOpen(int fd) {
    if (fd >= 0) {
      Libc.close(fd);
    }
  }

  private @Nullable CopyResult fromFile(String module, int file, Path target, long bytesMax)
      throws IOException {
    Path path = Path.of("/proc/self/fd/" + file);
    BasicFileAttributes before = Files.readAttributes(path, BasicFileAttributes.class);
    if (!before.isRegularFile()) {
      return new CopyResult.Missing();
    }
    if (before.size() > config.fileBytesMax()) {
      return tooLarge(module, before.size());
    }
    if (before.size() > bytesMax) {
      return null;
    }
    if (Libc.writers(file) == Libc.Writers.SOME) {
      return new CopyResult.Busy();
    }
    CopyResult.Content content =
        before.size() > PrivateCopy.SMALL_BYTES_MAX ? transfer(path, target) : read(path);
    boolean whole =
        content.length() == before.size()
            && isUnchanged(before, path)
            && switch (Libc.writers(file)) {
              case NONE -> true;
              case SOME -> false;
              case UNKNOWN -> hash(path).equals(content.sha256());
            };
    return whole ? content : new CopyResult.Busy();
  }

  private CopyResult tooLarge(String module, long size) {
    String problem =
        "module '%s' is %d bytes, limit %d".formatted(module, size, config.fileBytesMax());
    LOG.warn(problem);
    return new CopyResult.Failed(Status.RESOURCE_EXHAUSTED.withDescription(problem));
  }

  private static boolean isUnchanged(BasicFileAttributes before, Path path) throws IOException {
    BasicFileAttributes after = Files.readAttributes(path, BasicFileAttributes.class);
    return after.size() == before.size()
        && after.lastModifiedTime().equals(before.lastModifiedTime());
  }

  /// No more than a small file has: one that has grown meanwhile is not whole anyway.
  private static CopyResult.Content read(Path source) throws IOException {
    try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
      ByteBuffer content = ByteBuffer.allocate(PrivateCopy.SMALL_BYTES_MAX);
      while (content.hasRemaining() && from.read(content) >= 0) {
        // A file may give less than asked.
      }
      return small(ByteString.copyFrom(content.flip()));
    }
  }

  private static CopyResult.Content small(ByteString content) {
    MessageDigest digest = sha256();
    digest.update(content.asReadOnlyByteBuffer());
    return new CopyResult.Content(content.size(), ByteString.copyFrom(digest.digest()), content);
  }

  private CopyResult.Content transfer(Path source, Path target) throws IOException {
    MessageDigest digest = sha256();
    try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ);
        FileChannel to = create(target)) {
      // On the heap, because the channel would keep a direct twin of it for each thread anyway.
      ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
      long length = 0;
      while (length <= config.fileBytesMax() && from.read(block) >= 0) {
        length += block.flip().limit();
        digest.update(block.array(), 0, block.limit());
        writeAll(to, block);
        block.clear();
      }
      return new CopyResult.Content(length, ByteString.copyFrom(digest.digest()), null);
    }
  }

  private static ByteString hash(Path source) throws IOException {
    MessageDigest digest = sha256();
    try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
      ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
      while (from.read(block) >= 0) {
        digest.update(block.array(), 0, block.position());
        block.clear();
      }
    }
    return ByteString.copyFrom(digest.digest());
  }

  private CopyResult fromDefault(String module, Path target) throws IOException {
    ByteString content = config.defaults().getOrDefault(module, ByteString.EMPTY);
    if (content.size() <= PrivateCopy.SMALL_BYTES_MAX) {
      return small(content);
    }
    try (FileChannel to = create(target)) {
      writeAll(to, content.asReadOnlyByteBuffer());
    }
    MessageDigest digest = sha256();
    digest.update(content.asReadOnlyByteBuffer());
    return new CopyResult.Content(content.size(), ByteString.copyFrom(digest.digest()), null);
  }

  private static FileChannel create(Path target) throws IOException {
    return FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private static void writeAll(FileChannel to, ByteBuffer block) throws IOException {
    while (block.hasRemaining()) {
      to.write(block);
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
