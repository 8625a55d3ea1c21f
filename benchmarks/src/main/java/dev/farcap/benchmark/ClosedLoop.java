package dev.farcap.benchmark;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Keeps a number of echo calls in flight on one channel: each answer begins the next call, on the
/// thread that brought it. The channel must call back one at a time, as one event loop does.
final class ClosedLoop {
  /// Times kept in all, 8 bytes each; later calls of a round count but are not timed.
  private static final int TIMES_MAX = 1 << 20;

  /// How long after the round the last answers may come.
  private static final long GRACE_MS = 10_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final Channel channel;
  private final Load load;
  private final BytesValue request;
  private final List<Slot> slots;
  private final CountDownLatch running;
  private final long roundNanos;
  private long endNanos;

  private ClosedLoop(Channel channel, Load load, long roundMs) {
    this.channel = channel;
    this.load = load;
    request = BytesValue.of(ByteString.copyFrom(payload(load)));
    running = new CountDownLatch(load.inFlight());
    roundNanos = TimeUnit.MILLISECONDS.toNanos(roundMs);
    int times = TIMES_MAX / load.inFlight();
    slots = IntStream.range(0, load.inFlight()).mapToObj(_ -> new Slot(times)).toList();
  }

  /// What a stream's server reads: how many replies are wanted.
  private static byte[] payload(Load load) {
    byte[] payload = new byte[load.payloadBytes()];
    if (load.replies() > 1) {
      ByteBuffer.wrap(payload).putInt(load.replies());
    }
    return payload;
  }

  /// Runs one round.
  ///
  /// @throws IllegalStateException if a call failed or was not answered
  static Load.Result run(Channel channel, Load load, long roundMs) throws InterruptedException {
    return new ClosedLoop(channel, load, roundMs).run();
  }

  private Load.Result run() throws InterruptedException {
    long allocated = THREADS.getTotalThreadAllocatedBytes();
    long cpu = SYSTEM.getProcessCpuTime();
    long begin = System.nanoTime();
    endNanos = begin + roundNanos;
    slots.forEach(Slot::call);
    boolean answered =
        running.await(TimeUnit.NANOSECONDS.toMillis(roundNanos) + GRACE_MS, TimeUnit.MILLISECONDS);
    long elapsed = System.nanoTime() - begin;
    cpu = SYSTEM.getProcessCpuTime() - cpu;
    allocated = THREADS.getTotalThreadAllocatedBytes() - allocated;
    if (!answered) {
      throw new IllegalStateException(running.getCount() + " calls were not answered");
    }
    return result(elapsed, cpu, allocated);
  }

  private Load.Result result(long elapsed, long cpu, long allocated) {
    for (Slot slot : slots) {
      if (slot.failure != null) {
        throw new IllegalStateException("a call failed: " + slot.failure);
      }
    }
    long calls = load.replies() * slots.stream().mapToLong(slot -> slot.calls).sum();
    long[] times = slots.stream().flatMapToLong(Slot::times).sorted().toArray();
    return new Load.Result(
        calls, elapsed, times[times.length / 2], times[times.length * 99 / 100], cpu, allocated);
  }

  /// One of the calls in flight. Touched by one thread at a time; read once it has counted down.
  private final class Slot implements StreamObserver<BytesValue> {
    private final long[] times;
    private long calls;
    private long startedNanos;
    private int replies;
    private @Nullable String failure;

    Slot(int times) {
      this.times = new long[times];
    }

    void call() {
      replies = 0;
      startedNanos = System.nanoTime();
      if (load.replies() == 1) {
        ClientCalls.asyncUnaryCall(
            channel.newCall(Echo.METHOD, CallOptions.DEFAULT), request, this);
      } else {
        ClientCalls.asyncServerStreamingCall(
            channel.newCall(Echo.STREAM, CallOptions.DEFAULT), request, this);
      }
    }

    @Override
    public void onNext(BytesValue reply) {
      replies++;
      if (reply.getValue().size() != load.payloadBytes()) {
        failure = "a reply has " + reply.getValue().size() + " bytes";
      }
    }

    @Override
    public void onCompleted() {
      long now = System.nanoTime();
      if (calls < times.length) {
        times[(int) calls] = now - startedNanos;
      }
      calls++;
      if (replies != load.replies()) {
        failure = replies + " replies came, not " + load.replies();
      }
      if (failure == null && now < endNanos) {
        call();
      } else {
        running.countDown();
      }
    }

    @Override
    public void onError(Throwable cause) {
      failure = cause.toString();
      running.countDown();
    }

    LongStream times() {
      return Arrays.stream(times, 0, (int) Math.min(calls, times.length));
    }
  }
}
