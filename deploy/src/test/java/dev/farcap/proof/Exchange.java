package dev.farcap.proof;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// A program's side of one call, recording what comes back.
final class Exchange extends ClientCall.Listener<byte[]> {
  final ClientCall<byte[], byte[]> call;
  final CompletableFuture<Metadata> headers = new CompletableFuture<>();
  final List<byte[]> replies = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Status> status = new CompletableFuture<>();
  private final CompletableFuture<Metadata> trailers = new CompletableFuture<>();

  private final Semaphore ready = new Semaphore(0);

  private Exchange(ClientCall<byte[], byte[]> call) {
    this.call = call;
  }

  /// Starts a call that reads whatever comes.
  static Exchange start(ClientCall<byte[], byte[]> call, Metadata headers) {
    Exchange exchange = startWithoutReading(call, headers);
    call.request(Integer.MAX_VALUE);
    return exchange;
  }

  /// Starts a call that reads nothing until it is told to.
  static Exchange startWithoutReading(ClientCall<byte[], byte[]> call, Metadata headers) {
    Exchange exchange = new Exchange(call);
    call.start(exchange, headers);
    return exchange;
  }

  Exchange send(byte[] message, int times) {
    for (int i = 0; i < times; i++) {
      call.sendMessage(message);
    }
    return this;
  }

  Exchange halfClose() {
    call.halfClose();
    return this;
  }

  Status status() throws Exception {
    return status.get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  Metadata trailers() throws Exception {
    return trailers.get(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /// Whether the call takes messages, now or within so long.
  boolean awaitReady(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!call.isReady() && System.nanoTime() < end) {
      var _ = ready.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
    return call.isReady();
  }

  boolean isOver() {
    return status.isDone();
  }

  @Override
  public void onHeaders(Metadata received) {
    headers.complete(received);
  }

  @Override
  public void onMessage(byte[] message) {
    replies.add(message);
  }

  @Override
  public void onReady() {
    ready.release();
  }

  @Override
  public void onClose(Status received, Metadata last) {
    trailers.complete(last);
    status.complete(received);
  }
}
