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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A watch that goes on until it is closed or trying again would not help.
public final class RomWatch implements AutoCloseable {
  private final RomSession rom;
  private final RomListener listener;
  private final Consumer<Version> news;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Backoff backoff = new Backoff(ThreadLocalRandom.current());
  private volatile @Nullable SessionStream<Version> versions;
  private long number;

  private RomWatch(RomSession rom, long have, Consumer<Version> news, RomListener listener) {
    this.rom = rom;
    this.number = have;
    this.news = news;
    this.listener = listener;
  }

  /// @param news is given each version, and what content came along, before the listener
  static RomWatch start(RomSession rom, long have, Consumer<Version> news, RomListener listener) {
    RomWatch watch = new RomWatch(rom, have, news, listener);
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
    try (SessionStream<Version> open = rom.watch(number, PrivateCopy.SMALL_BYTES_MAX)) {
      versions = open;
      while (closed.getCount() > 0 && open.hasNext()) {
        tell(open.next());
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

  private void tell(Version told) {
    backoff.reset();
    RomVersion version = RomVersion.of(told);
    if (version.number() != number) {
      number = version.number();
      news.accept(told);
      listener.changed(version);
    }
  }
}
