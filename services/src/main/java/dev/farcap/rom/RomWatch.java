package dev.farcap.rom;

import dev.farcap.rom.v1.RomGrpc;
import dev.farcap.rom.v1.Version;
import dev.farcap.rom.v1.WatchRequest;
import dev.farcap.services.Backoff;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// A watch that goes on until it is closed or trying again would not help.
public final class RomWatch implements AutoCloseable {
  private final Channel channel;
  private final RomListener listener;
  private final Context.CancellableContext context = Context.ROOT.withCancellation();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Backoff backoff = new Backoff(ThreadLocalRandom.current());
  private long told;

  private RomWatch(Channel channel, long have, RomListener listener) {
    this.channel = channel;
    this.told = have;
    this.listener = listener;
  }

  static RomWatch start(Channel channel, long have, RomListener listener) {
    RomWatch watch = new RomWatch(channel, have, listener);
    Thread.ofVirtual().name("farcap-rom-watch").start(watch.context.wrap(watch::run));
    return watch;
  }

  /// Ends the watch. A call of the listener in progress may still finish.
  @Override
  public void close() {
    closed.countDown();
    context.cancel(null);
  }

  private void run() {
    try {
      boolean again = true;
      while (again) {
        again = follow() && !closed.await(backoff.nextMs(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      context.cancel(null);
    }
  }

  /// @return whether to try again
  private boolean follow() {
    try {
      WatchRequest request = WatchRequest.newBuilder().setHave(told).build();
      Iterator<Version> versions = RomGrpc.newBlockingStub(channel).watch(request);
      while (versions.hasNext()) {
        tell(RomVersion.of(versions.next()));
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
