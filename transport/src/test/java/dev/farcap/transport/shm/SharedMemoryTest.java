package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Held;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Memory is taken from a stranger only if the stranger cannot take it away again.
final class SharedMemoryTest {
  private static final int RING_BYTES = ShmConfig.RING_BYTES_MIN;

  @TempDir private Path folder;

  private static String refusal(FileDescriptor fd) throws IOException {
    try {
      return String.valueOf(
          assertThrows(IOException.class, () -> SharedMemory.map(fd, RING_BYTES)).getMessage());
    } finally {
      fd.close();
    }
  }

  @Test
  void whatOneMapsTheOtherSees() throws IOException {
    FileDescriptor fd = SharedMemory.create(RING_BYTES);
    Nonce nonce = Nonce.random();

    try (SharedMemory one = SharedMemory.map(fd, RING_BYTES);
        SharedMemory other = SharedMemory.map(fd, RING_BYTES)) {
      fd.close();
      assertNotEquals(nonce, other.nonce());
      one.nonce(nonce);
      one.toAcceptor().written(42);
      one.toAcceptor().data().putInt(RING_BYTES - 4, 7);

      assertEquals(nonce, other.nonce());
      assertEquals(42, other.toAcceptor().written());
      assertEquals(0, other.toDialler().written());
      assertEquals(7, other.toAcceptor().data().getInt(RING_BYTES - 4));
    }
    assertEquals(0, Held.mapped().size());
  }

  @Test
  void afterItsEndTheMemoryIsRefusedAndNotTouched() throws IOException {
    UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false);
    FileDescriptor fd = SharedMemory.create(RING_BYTES);
    SharedMemory memory = SharedMemory.map(fd, RING_BYTES);
    fd.close();
    RingWriter writer = new RingWriter(memory.toDialler());
    RingReader reader = new RingReader(memory.toDialler());
    ByteBuf frame = alloc.directBuffer(3).writeBytes(new byte[3]);
    assertTrue(writer.offer(frame));
    assertTrue(writer.offer(frame));
    writer.publish();
    ReferenceCountUtil.release(reader.take(alloc));

    memory.close();

    assertThrows(IllegalStateException.class, () -> reader.take(alloc));
    assertThrows(IllegalStateException.class, () -> writer.offer(frame));
    assertThrows(IllegalStateException.class, reader::sleep);
    assertThrows(IllegalStateException.class, writer::publish);
    frame.release();
    assertEquals(0, alloc.metric().usedDirectMemory());
  }

  @Test
  void memoryWhoseSizeIsNotSealedIsRefused() throws IOException {
    FileDescriptor fd = new FileDescriptor(Libc.memfdCreate());

    assertEquals("the descriptor is no memory, or its size is not sealed", refusal(fd));
  }

  @Test
  void memoryOfAnotherSizeIsRefused() throws IOException {
    assertEquals(
        "the memory has 528384 bytes, not 266240", refusal(SharedMemory.create(2 * RING_BYTES)));
  }

  @Test
  void aFileIsRefused() throws IOException {
    FileDescriptor file = FileDescriptor.from(Files.createFile(folder.resolve("file")).toFile());

    assertEquals("the descriptor is no memory, or its size is not sealed", refusal(file));
  }

  @Test
  void sealedMemoryCannotBeCut() throws IOException {
    FileDescriptor fd = SharedMemory.create(RING_BYTES);

    assertThrows(IOException.class, () -> Libc.size(fd.intValue(), 0));
    fd.close();
  }

  @Test
  void aDescriptorThatIsNoEventfdIsNoBell() throws IOException {
    FileDescriptor[] pipe = FileDescriptor.pipe();

    String message =
        String.valueOf(assertThrows(IOException.class, () -> Bell.of(pipe[1])).getMessage());

    assertTrue(message.startsWith("the descriptor is pipe:"), message);
    pipe[0].close();
    pipe[1].close();
  }

  @Test
  void aBellThatCannotBeHeardSaysWhy() throws Exception {
    var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    FileDescriptor fd = Bell.create();
    Bell bell = Bell.of(fd);
    fd.close();
    CompletableFuture<String> gone = new CompletableFuture<>();

    IoEventLoop loop = loops.next();
    loop.execute(() -> bell.listen(loop, () -> {}, gone::complete));

    String reason = gone.get(20, TimeUnit.SECONDS);
    assertTrue(reason.startsWith("its bell cannot be heard: "), reason);
    loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
  }
}
