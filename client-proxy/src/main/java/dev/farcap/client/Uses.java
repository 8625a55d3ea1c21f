package dev.farcap.client;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.netty.buffer.ByteBuf;

/// Counts the uses of something (calls, streams, holds) and tells when it has had none for so long.
/// One timer looks again when that could be, so that a call arms none. On the door's loop.
final class Uses {
  private final LoopTime time;
  private int count;
  private long unusedSince;
  private boolean stopped;

  Uses(LoopTime time) {
    this.time = time;
    unusedSince = time.nanoTime();
  }

  void begin() {
    count++;
  }

  void end() {
    count--;
    unusedSince = time.nanoTime();
  }

  /// Looks for idleness from now on.
  ///
  /// @param idle told each time when there was no use for so long, until stopped
  void watchIdle(long idleNanos, Runnable idle) {
    time.schedule(() -> lookIdle(idleNanos, idle), idleNanos);
  }

  private void lookIdle(long idleNanos, Runnable idle) {
    if (stopped) {
      return;
    }
    long unused = count > 0 ? 0 : time.nanoTime() - unusedSince;
    if (unused >= idleNanos) {
      unusedSince = time.nanoTime();
      idle.run();
    }
    if (!stopped) {
      time.schedule(
          () -> lookIdle(idleNanos, idle), unused >= idleNanos ? idleNanos : idleNanos - unused);
    }
  }

  /// Looks no more.
  void stop() {
    stopped = true;
  }

  /// Starts a call that is a use until it ends.
  ServerCall.Listener<ByteBuf> startCall(
      ServerCallHandler<ByteBuf, ByteBuf> handler,
      ServerCall<ByteBuf, ByteBuf> call,
      Metadata headers) {
    begin();
    boolean started = false;
    try {
      ServerCall.Listener<ByteBuf> listener = new Using(handler.startCall(call, headers));
      started = true;
      return listener;
    } finally {
      if (!started) {
        end();
      }
    }
  }

  private final class Using extends SimpleForwardingServerCallListener<ByteBuf> {
    Using(ServerCall.Listener<ByteBuf> listener) {
      super(listener);
    }

    @Override
    public void onCancel() {
      end();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      end();
      super.onComplete();
    }
  }
}
