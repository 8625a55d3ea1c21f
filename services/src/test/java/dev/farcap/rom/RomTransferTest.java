package dev.farcap.rom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.farcap.rom.v1.Chunk;
import io.grpc.stub.ServerCallStreamObserver;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.junit.jupiter.api.Test;

final class RomTransferTest {
  private int done;
  private final RomTransfer transfer = new RomTransfer(new Gone(), Runnable::run, () -> done++);

  @Test
  void copyForAReaderWhoHasJustLeftIsClosed() {
    Copy copy = new Copy();
    transfer.wake();

    transfer.begin(new RomTransfer.Source(RomVersion.absent(1), copy, 0));

    assertFalse(copy.isOpen());
    assertEquals(1, done);
  }

  private static final class Copy implements ReadableByteChannel {
    private boolean open = true;

    @Override
    public int read(ByteBuffer into) {
      return -1;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }

  /// A call that was cancelled.
  private static final class Gone extends ServerCallStreamObserver<Chunk> {
    @Override
    public boolean isCancelled() {
      return true;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
      return false;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void onNext(Chunk chunk) {
      throw new IllegalStateException("nobody reads");
    }

    @Override
    public void onError(Throwable failure) {
      throw new IllegalStateException("nobody reads", failure);
    }

    @Override
    public void onCompleted() {
      throw new IllegalStateException("nobody reads");
    }
  }
}
