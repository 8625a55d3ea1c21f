package dev.farcap.link.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Writing and reading the frames of a unary call of 100 bytes. In this package because the codec
/// is nobody else's.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
  private static final int PAYLOAD_BYTES = 100;
  private static final byte[][] METADATA = {
    "trace-id".getBytes(StandardCharsets.US_ASCII),
    "0123456789abcdef".getBytes(StandardCharsets.US_ASCII)
  };

  private final PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
  private final FrameWriter writer = new FrameWriter(allocator);
  private final FrameReader reader = new FrameReader();
  private final ByteBuf payload = allocator.directBuffer(PAYLOAD_BYTES).writeZero(PAYLOAD_BYTES);
  private ByteBuf call = payload;
  private ByteBuf reply = payload;

  /// Frames to be read.
  @Setup
  public void write() {
    call = writeCall();
    reply = writeReturn();
  }

  /// Gives the buffers back.
  @TearDown
  public void release() {
    call.release();
    reply.release();
    payload.release();
  }

  /// A Call that is a whole unary request.
  @Benchmark
  public int writesCall() {
    return released(writeCall());
  }

  /// The same, read.
  @Benchmark
  public long readsCall() {
    return read(call);
  }

  /// A Return that is a whole unary reply.
  @Benchmark
  public int writesReturn() {
    return released(writeReturn());
  }

  /// The same, read.
  @Benchmark
  public long readsReturn() {
    return read(reply);
  }

  private ByteBuf writeCall() {
    return writer.write(
        1, new Frame.Call(1, 1, "Hello", 1_000_000, METADATA, true, PAYLOAD_BYTES, payload()));
  }

  private ByteBuf writeReturn() {
    return writer.write(
        1, new Frame.Return(1, 0, "", METADATA, new byte[0][], PAYLOAD_BYTES, payload()));
  }

  /// A frame takes its payload over.
  private ByteBuf payload() {
    return payload.retainedDuplicate();
  }

  private static int released(ByteBuf frame) {
    int bytes = frame.readableBytes();
    frame.release();
    return bytes;
  }

  private long read(ByteBuf frame) {
    ByteBuf whole = frame.duplicate();
    FrameReader.releasePayload(reader.read(whole));
    return reader.number();
  }
}
