package dev.farcap.rom;

import dev.farcap.rom.v1.RomSession;
import dev.farcap.rom.v1.Version;
import dev.farcap.services.Backoff;
import dev.farcap.session.SessionStream;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A watch that goes on until it is closed or trying again would not help.
public final class RomWatch implements AutoCloseable {
  private final RomSession rom;
  private final RomListener listener;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Backoff backoff = new Backoff(ThreadLocalRandom.current());
  private volatile @Nullable SessionStream<Version> versions;
  private long told;

  private RomWatch(RomSession rom, long have, RomListener listener) {
    this.rom = rom;
    this.told = have;
    this.listener = listener;
  }

  static RomWatch start(RomSession rom, long have, RomListener listener) {
    RomWatch watch = new RomWatch(rom, have, listener);
    Thread.ofVirtual().name("farcap-rom-watch").start(watch::run);
    return watch;
  }

  /// Ends the watch. A call of the listener in progress may still finish.
  @Override
  public void close() {
    closed.countDown();
    SessionStream<Version> open = versions;
    if (open != null) {
      open.close();
    }
  }

  private void run() {
    try {
      boolean again = true;
      while (again) {
        again = follow() && !closed.await(backoff.nextMs(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// @return whether to try again
  private boolean follow() {
    try (SessionStream<Version> open = rom.watch(told)) {
      versions = open;
      while (closed.getCount() > 0 && open.hasNext()) {
        tell(RomVersion.of(open.next()));
      }
      return true;
    } catch (StatusRuntimeException e) {
      if (closed.getCount() == 0) {
        return false;
      }
      if (!RomReader.isWorthRetrying(e)) {
        listener.failed(e);
        return false;
      }
      return true;
    } catch (IllegalArgumentException e) {
      listener.failed(Status.INTERNAL.withDescription(e.getMessage()).asRuntimeException());
      return false;
    }
  }

  private void tell(RomVersion version) {
    backoff.reset();
    if (version.number() != told) {
      told = version.number();
      listener.changed(version);
    }
  }
}
