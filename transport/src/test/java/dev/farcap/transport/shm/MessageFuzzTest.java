package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever 32 bytes a peer says at the rendezvous, they are a message that is sent as it was read,
/// with a size that is one, or a complaint in one line. `.ci/fuzz` searches for inputs that break
/// this; here is read what it has found.
@Timeout(60)
public final class MessageFuzzTest {
  static File[] found() {
    return new File("src/test/fuzz/MessageFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    ByteBuf said = Unpooled.wrappedBuffer(Arrays.copyOf(bytes, Message.BYTES));
    try {
      Message message = Message.decode(said);
      assertEquals(0, said.readableBytes());
      if (message instanceof Message.Offer offer) {
        assertTrue(ShmConfig.isRingBytes(offer.ringBytes()));
      }
      ByteBuf again = message.encode(UnpooledByteBufAllocator.DEFAULT);
      assertEquals(said.readerIndex(0), again, "sent as it was read");
      again.release();
    } catch (Message.MalformedException complaint) {
      assertTrue(
          String.valueOf(complaint.getMessage()).startsWith("malformed rendezvous: "),
          complaint.getMessage());
    }
  }
}
