package dev.farcap.rom;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.farcap.rom.v1.Chunk;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends one version from its copy to one reader, as fast as the reader takes it.
///
/// Runs on the sending threads, one at a time for each transfer, and only while the call takes
/// more: a reader that stalls holds an open file and one chunk, no thread. [#wake], [#begin] and
/// [#end] may be called by any thread.
final class RomTransfer implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(RomTransfer.class);

  /// A message stays within 32 KiB: the rest is for the version and the field heads.
  static final int CHUNK_BYTES = 32 * 1024 - 128;

  /// Two megabytes, then it is somebody else's turn.
  private static final int CHUNKS_AT_ONCE = 64;

  private final ServerCallStreamObserver<Chunk> reader;
  private final Executor executor;
  private final Runnable done;
  private final AtomicInteger wakes = new AtomicInteger();
  private volatile @Nullable Source source;
  private volatile @Nullable Status ending;
  private boolean headSent;
  private boolean isDone;

  /// What to send.
  ///
  /// @param content the copy from the offset on; closed at the end of the transfer
  record Source(RomVersion version, ReadableByteChannel content, long offset) {}

  /// @param done run once, after the last message or when the reader is gone
  RomTransfer(ServerCallStreamObserver<Chunk> reader, Executor executor, Runnable done) {
    this.reader = reader;
    this.executor = executor;
    this.done = done;
  }

  /// Starts to send. At most once.
  void begin(Source begun) {
    source = begun;
    wake();
  }

  /// Ends the call with this status instead of sending the rest.
  void end(Status status) {
    ending = status;
    wake();
  }

  /// Something changed: the reader takes more, or is gone.
  void wake() {
    if (wakes.getAndIncrement() == 0) {
      executor.execute(this);
    }
  }

  @Override
  public void run() {
    int seen = wakes.get();
    do {
      if (isDone) {
        // What was begun while the reader left is for nobody.
        close(source);
      } else if (!pump()) {
        executor.execute(this);
        return;
      }
      seen = wakes.addAndGet(-seen);
    } while (seen != 0);
  }

  /// @return false where there is more to send at once
  private boolean pump() {
    try {
      Status status = ending;
      Source from = source;
      if (reader.isCancelled()) {
        finish(from);
      } else if (status != null) {
        finish(from);
        reader.onError(status.asRuntimeException());
      } else if (from != null) {
        return send(from);
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("reading a copy failed: {}", e.toString());
      finish(source);
      reader.onError(
          Status.UNAVAILABLE.withDescription("the module cannot be read now").asRuntimeException());
    }
    return true;
  }

  private boolean send(Source from) throws IOException {
    for (int chunks = 0; reader.isReady(); chunks++) {
      if (chunks == CHUNKS_AT_ONCE) {
        return false;
      }
      ByteString data = data(from.content());
      if (headSent && data.isEmpty()) {
        finish(from);
        reader.onCompleted();
        return true;
      }
      reader.onNext(chunk(from, data));
    }
    return true;
  }

  private Chunk chunk(Source from, ByteString data) {
    Chunk.Builder chunk = Chunk.newBuilder().setData(data);
    if (!headSent) {
      headSent = true;
      chunk.setVersion(from.version().toProto()).setOffset(from.offset());
    }
    return chunk.build();
  }

  private static ByteString data(ReadableByteChannel content) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(CHUNK_BYTES);
    while (block.hasRemaining() && content.read(block) >= 0) {
      // A channel may give less than asked.
    }
    return UnsafeByteOperations.unsafeWrap(block.flip());
  }

  private void finish(@Nullable Source from) {
    isDone = true;
    done.run();
    close(from);
  }

  private static void close(@Nullable Source from) {
    try {
      if (from != null) {
        from.content().close();
      }
    } catch (IOException e) {
      LOG.warn("closing a copy failed: {}", e.toString());
    }
  }
}
