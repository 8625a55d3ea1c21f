package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WireMetadataTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Farcap-Label", ":path", "a b", "a\u0000", "größe", "a\r\nb"})
  void aNameThatGrpcDoesNotAllowEndsHere(String name) {
    Metadata metadata =
        WireMetadata.metadata(
            new byte[][] {bytes("first"), bytes("1"), bytes(name), bytes("2"), bytes("x-3"), {}});

    assertEquals(Set.of("first", "x-3"), metadata.keys());
  }

  @Test
  void whatIsAllowedIsTakenOver() {
    byte[][] parts = {bytes("a-b_c.9"), bytes("1"), bytes("key-bin"), {0, 1}};

    assertEquals(Set.of("a-b_c.9", "key-bin"), WireMetadata.metadata(parts).keys());
  }
}
