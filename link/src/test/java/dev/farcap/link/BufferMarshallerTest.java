package dev.farcap.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakGuard.class)
class BufferMarshallerTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 512, 513, 20_000, 100_000})
  void aDetachableMessageComesWholeAndIsGivenBackWhenReleased(int length) {
    byte[] bytes = random(length);
    Detached stream = new Detached(bytes, 7_000);

    ByteBuf message = BufferMarshaller.INSTANCE.parse(stream);
    assertArrayEquals(bytes, ByteBufUtil.getBytes(message));
    message.release();

    assertEquals(length > BufferMarshaller.COPIED_BYTES_MAX, stream.detached);
    assertEquals(stream.detached, stream.closed);
  }

  @Test
  void whatCannotBeDetachedIsCopied() {
    byte[] bytes = random(100_000);

    ByteBuf message = BufferMarshaller.INSTANCE.parse(new ByteArrayInputStream(bytes));

    assertArrayEquals(bytes, ByteBufUtil.getBytes(message));
    message.release();
  }

  @Test
  void aStreamOfOursIsUnwrapped() {
    ByteBuf sent = Unpooled.copiedBuffer("hello", UTF_8);

    try (InputStream stream = BufferMarshaller.INSTANCE.stream(sent)) {
      assertSame(sent, BufferMarshaller.INSTANCE.parse(stream));
    } catch (IOException e) {
      throw new AssertionError(e);
    }

    assertEquals(1, sent.refCnt());
    sent.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_384, 16_385, 100_000})
  void drainingWritesEverythingAndReleasesOnce(int length) throws IOException {
    byte[] bytes = random(length);
    ByteBuf message = ByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes).retain();
    ByteArrayOutputStream target = new ByteArrayOutputStream();

    try (BufferStream stream = new BufferStream(message)) {
      assertEquals(length, stream.available());
      assertEquals(length, stream.drainTo(target));
    }

    assertArrayEquals(bytes, target.toByteArray());
    assertEquals(1, message.refCnt());
    message.release();
  }

  @Test
  void readingToTheEndReleasesEvenWithoutClose() throws IOException {
    ByteBuf message = Unpooled.copiedBuffer("hello", UTF_8).retain();
    BufferStream stream = new BufferStream(message);

    int first = stream.read();
    byte[] rest = stream.readAllBytes();

    assertEquals('h', first);
    assertEquals("ello", new String(rest, UTF_8));
    assertEquals(-1, stream.read());
    assertEquals(1, message.refCnt());
    message.release();
  }

  @Test
  void closingUnreadReleases() {
    ByteBuf message = Unpooled.copiedBuffer("hello", UTF_8).retain();
    BufferStream stream = new BufferStream(message);

    stream.close();
    stream.close();

    assertEquals(0, stream.available());
    assertEquals(1, message.refCnt());
    assertTrue(message.release());
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /// What gRPC's inbound streams promise: direct memory in parts, kept alive by a mark.
  private static final class Detached extends InputStream
      implements KnownLength, Detachable, HasByteBuffer {
    private final ByteBuffer memory;
    private final int partBytes;
    private boolean detached;
    private boolean closed;

    Detached(byte[] bytes, int partBytes) {
      memory = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
      this.partBytes = partBytes;
    }

    @Override
    public InputStream detach() {
      detached = true;
      return this;
    }

    @Override
    public boolean byteBufferSupported() {
      return true;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return memory.slice(memory.position(), Math.min(partBytes, memory.remaining()));
    }

    @Override
    public int available() {
      return memory.remaining();
    }

    @Override
    public synchronized void mark(int limit) {
      memory.mark();
    }

    @Override
    public long skip(long count) {
      int skipped = (int) Math.min(count, memory.remaining());
      memory.position(memory.position() + skipped);
      return skipped;
    }

    @Override
    public int read() {
      return memory.hasRemaining() ? memory.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int bytes = Math.min(length, memory.remaining());
      memory.get(target, offset, bytes);
      return bytes == 0 ? -1 : bytes;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
