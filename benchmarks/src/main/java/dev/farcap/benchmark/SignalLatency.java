package dev.farcap.benchmark;

import com.google.protobuf.ByteString;
import dev.farcap.signal.v1.CreateRequest;
import dev.farcap.signal.v1.Delivery;
import dev.farcap.signal.v1.ReceiveRequest;
import dev.farcap.signal.v1.SignalsGrpc;
import dev.farcap.signal.v1.SubmitReply;
import dev.farcap.signal.v1.SubmitRequest;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// From a gRPC server that raises a signal at the server-proxy to the gRPC program at the
/// client-proxy that handles it, one after the other, beside a unary call through the same pair.
record SignalLatency() implements Measurement {
  private static final Load UNARY = Load.unary(1, 100);
  private static final long PATIENCE_S = 10;

  @Override
  public String name() {
    return "signal-latency-vs-pair-unary";
  }

  @Override
  public Outcome run(Rounds rounds) {
    Runner unary = rounds.runner(SubjectKind.FARCAP_PAIR);
    ManagedChannel front = GrpcLibrary.plaintext(rounds.pair().front());
    ManagedChannel local = GrpcLibrary.unix(rounds.pair().local());
    try {
      ByteString reference =
          SignalsGrpc.newBlockingStub(front)
              .create(CreateRequest.newBuilder().setService(Echo.SERVICE).build())
              .getReference();
      Handled handled = new Handled();
      SignalsGrpc.newStub(front)
          .receive(ReceiveRequest.newBuilder().setReference(reference).build(), handled);
      SubmitRequest raise = SubmitRequest.newBuilder().setReference(reference).build();
      var _ = unary.round(UNARY, rounds.pace().warmUp());
      var _ = median(local, raise, handled, 3 * rounds.pace().events());
      List<Double> ours = new ArrayList<>();
      List<Double> calls = new ArrayList<>();
      for (int round = 0; round < rounds.pace().rounds(); round++) {
        ours.add(median(local, raise, handled, rounds.pace().events()));
        calls.add(unary.round(UNARY, rounds.pace().round()).medianMicros());
      }
      return Outcome.beside(name(), "µs", ours, calls, "a unary call through the same pair");
    } finally {
      front.shutdownNow();
      local.shutdownNow();
    }
  }

  private static double median(
      ManagedChannel local, SubmitRequest raise, Handled handled, int signals) {
    List<Double> micros = new ArrayList<>();
    for (int signal = 0; signal < signals; signal++) {
      long raised = System.nanoTime();
      SignalsGrpc.newStub(local).submit(raise, IGNORED);
      micros.add((handled.await() - raised) / 1e3);
    }
    return Outcome.median(micros);
  }

  private static final StreamObserver<SubmitReply> IGNORED =
      new StreamObserver<>() {
        @Override
        public void onNext(SubmitReply reply) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
      };

  /// The program that handles them. Written by the channel's thread.
  private static final class Handled implements StreamObserver<Delivery> {
    private final Semaphore arrived = new Semaphore(0);
    private volatile long atNanos;
    private volatile @Nullable Throwable failure;

    /// Waits for the next signal.
    ///
    /// @return when it came
    long await() {
      try {
        if (!arrived.tryAcquire(PATIENCE_S, TimeUnit.SECONDS)) {
          throw new IllegalStateException("a signal did not arrive: " + failure);
        }
        return atNanos;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while a signal was on its way", e);
      }
    }

    @Override
    public void onNext(Delivery delivery) {
      atNanos = System.nanoTime();
      arrived.release();
    }

    @Override
    public void onError(Throwable cause) {
      failure = cause;
    }

    @Override
    public void onCompleted() {}
  }
}
