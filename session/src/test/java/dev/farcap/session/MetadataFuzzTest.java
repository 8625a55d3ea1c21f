package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever metadata a peer or a program sends, no key that could be ours survives a door and
/// everything else does, byte by byte; and a label is read as it was written, or refused.
///
/// An input is a list of names and values, a length before each. `.ci/fuzz` searches for inputs
/// that break this; here is read what it has found.
@Timeout(60)
public final class MetadataFuzzTest {
  private static final PercentMarshaller PERCENT = new PercentMarshaller();

  static File[] found() {
    return new File("src/test/fuzz/MetadataFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    List<byte[]> parts = parts(bytes);
    strip(parts);
    parts.forEach(MetadataFuzzTest::label);
  }

  /// Names and values by turns.
  private static List<byte[]> parts(byte[] bytes) {
    List<byte[]> parts = new ArrayList<>();
    ByteArrayInputStream in = new ByteArrayInputStream(bytes);
    for (int length = in.read(); length >= 0; length = in.read()) {
      byte[] part = new byte[Math.min(length, in.available())];
      in.readNBytes(part, 0, part.length);
      parts.add(part);
    }
    if (parts.size() % 2 != 0) {
      parts.removeLast();
    }
    return parts;
  }

  private static void strip(List<byte[]> parts) {
    Metadata metadata = InternalMetadata.newMetadata(parts.toArray(byte[][]::new));

    MetadataKeys.strip(metadata);

    List<byte[]> others = new ArrayList<>();
    for (int i = 0; i < parts.size(); i += 2) {
      if (!text(parts.get(i)).matches("farcap-[a-z0-9._-]*")) {
        others.add(parts.get(i));
        others.add(parts.get(i + 1));
      }
    }
    assertArrayEquals(others.toArray(), serialized(metadata));
  }

  private static Object[] serialized(Metadata metadata) {
    return InternalMetadata.headerCount(metadata) == 0
        ? new Object[0]
        : InternalMetadata.serialize(metadata);
  }

  private static void label(byte[] bytes) {
    String read = PERCENT.parseAsciiString(text(bytes));
    String written = PERCENT.toAsciiString(read);
    assertEquals(read, PERCENT.parseAsciiString(written));
    assertTrue(written.chars().allMatch(c -> c >= ' ' && c <= '~'), written);
    try {
      Label label = Label.parse(read);
      assertEquals(label, Label.parse(label.toString()));
      assertEquals(read, label.toString());
    } catch (IllegalArgumentException refused) {
      assertFalse(String.valueOf(refused.getMessage()).isEmpty());
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
