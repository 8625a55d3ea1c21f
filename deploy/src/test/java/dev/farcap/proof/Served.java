package dev.farcap.proof;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A server's side of one call, recording what comes in. It answers nothing by itself.
class Served extends ServerCall.Listener<byte[]> {
  final ServerCall<byte[], byte[]> call;
  final Metadata headers;
  final @Nullable Deadline deadline = Context.current().getDeadline();

  /// What was left of the deadline when the call began; -1 without one.
  final long givenMs = deadline == null ? -1 : deadline.timeRemaining(TimeUnit.MILLISECONDS);

  final List<byte[]> requests = new CopyOnWriteArrayList<>();
  final CompletableFuture<Void> first = new CompletableFuture<>();
  final CompletableFuture<Void> halfClosed = new CompletableFuture<>();
  final CompletableFuture<Void> cancelled = new CompletableFuture<>();

  /// @param asks how many messages to ask for at once
  Served(ServerCall<byte[], byte[]> call, Metadata headers, int asks) {
    this.call = call;
    this.headers = headers;
    if (asks > 0) {
      call.request(asks);
    }
  }

  static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /// The next call that came.
  static Served await(BlockingQueue<Served> calls) throws Exception {
    Served call = calls.poll(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (call == null) {
      throw new AssertionError("no call reached the server");
    }
    return call;
  }

  @Override
  public void onMessage(byte[] message) {
    requests.add(message);
    first.complete(null);
  }

  @Override
  public void onHalfClose() {
    halfClosed.complete(null);
  }

  @Override
  public void onCancel() {
    cancelled.complete(null);
  }
}
