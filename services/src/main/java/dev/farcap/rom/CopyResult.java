package dev.farcap.rom;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/// What came of copying a module's file.
sealed interface CopyResult {
  /// A private copy exists, and nobody had the file open for writing when it was complete.
  ///
  /// @param small the copy itself; null where it is in the spool
  record Content(long length, ByteString sha256, @Nullable ByteString small)
      implements CopyResult {}

  /// There is no such file, or what is there is no regular file below the root.
  record Missing() implements CopyResult {}

  /// Somebody has the file open for writing, or it changed meanwhile. No copy was kept.
  record Busy() implements CopyResult {}

  /// It cannot be served. No copy was kept.
  record Failed(Status status) implements CopyResult {}
}
