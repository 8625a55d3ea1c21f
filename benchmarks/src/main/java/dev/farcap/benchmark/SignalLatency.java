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
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// From a gRPC server that raises a signal at the server-proxy to the gRPC program at the
/// client-proxy that handles it, one after the other, beside a unary call through the same pair.
/// Both are closed loops: what has arrived begins the next one, on the thread that brought it.
record SignalLatency() implements Measurement {
  private static final Load UNARY = Load.unary(1, 100);
  private static final long PATIENCE_S = 60;

  @Override
  public String name() {
    return "signal-latency-vs-pair-unary";
  }

  @Override
  public Outcome run(Rounds rounds) {
    Runner unary = rounds.runner(SubjectKind.FARCAP_PAIR);
    EventLoopGroup loop = EventLoops.one();
    ManagedChannel front = GrpcLibrary.plaintext(rounds.pair().front(), loop);
    ManagedChannel local = GrpcLibrary.unix(rounds.pair().local(), loop);
    try {
      ByteString reference =
          SignalsGrpc.newBlockingStub(front)
              .create(CreateRequest.newBuilder().setService(Echo.SERVICE).build())
              .getReference();
      Chain chain = new Chain(local, reference);
      SignalsGrpc.newStub(front)
          .receive(ReceiveRequest.newBuilder().setReference(reference).build(), chain);
      int signals = rounds.pace().events();
      var _ = unary.round(UNARY, rounds.pace().warmUp());
      rounds.pace().warm(() -> chain.median(signals));
      List<Double> ours = new ArrayList<>();
      List<Double> calls = new ArrayList<>();
      for (int round = 0; round < rounds.pace().rounds(); round++) {
        ours.add(chain.median(signals));
        calls.add(unary.round(UNARY, rounds.pace().round()).medianMicros());
      }
      return Outcome.beside(name(), "µs", ours, calls, "a unary call through the same pair");
    } finally {
      front.shutdownNow();
      local.shutdownNow();
    }
  }

  /// The programs at both ends. Signals are handled, and the next ones raised, on the channels' one
  /// thread.
  private static final class Chain implements StreamObserver<Delivery> {
    private final SignalsGrpc.SignalsStub raising;
    private final SubmitRequest raise;
    private final List<Double> micros = new ArrayList<>();
    private int left;
    private long raisedNanos;
    private volatile CountDownLatch done = new CountDownLatch(0);
    private volatile @Nullable Throwable failure;

    Chain(ManagedChannel local, ByteString reference) {
      raising = SignalsGrpc.newStub(local);
      raise = SubmitRequest.newBuilder().setReference(reference).build();
    }

    /// Raises so many, one after the other.
    ///
    /// @return median of their times, in microseconds
    /// @throws IllegalStateException if one does not arrive
    double median(int signals) {
      micros.clear();
      left = signals;
      CountDownLatch last = new CountDownLatch(1);
      done = last;
      raise();
      try {
        if (!last.await(PATIENCE_S, TimeUnit.SECONDS) || failure != null) {
          throw new IllegalStateException("a signal did not arrive: " + failure);
        }
        return Outcome.median(micros);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while a signal was on its way", e);
      }
    }

    private void raise() {
      raisedNanos = System.nanoTime();
      raising.submit(raise, IGNORED);
    }

    @Override
    public void onNext(Delivery delivery) {
      micros.add((System.nanoTime() - raisedNanos) / 1e3);
      left--;
      if (left > 0) {
        raise();
      } else {
        done.countDown();
      }
    }

    @Override
    public void onError(Throwable cause) {
      failure = cause;
      done.countDown();
    }

    @Override
    public void onCompleted() {}
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
}
