package dev.farcap.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a file holds, it is read or its writer is told, by a [ConfigException] and nothing
/// else, and again the same the next time.
///
/// `.ci/fuzz` searches for files that break this; here is read what it has found.
@Timeout(60)
public final class DocumentFuzzTest {
  private static final Path FILE = Path.of("farcap.yaml");
  private static final int DEPTH_MAX = 3;

  static File[] found() {
    return new File("src/test/fuzz/DocumentFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    assertEquals(read(text), read(text));
  }

  /// What came of it, or what its writer is told.
  private static String read(String text) {
    try {
      return Document.parse(FILE, text, root -> everything(root, 0));
    } catch (ConfigException told) {
      String message = String.valueOf(told.getMessage());
      assertFalse(message.isBlank());
      return message;
    }
  }

  /// Asks for a key of each type, and for the same below.
  private static String everything(Fields fields, int depth) {
    List<Object> found = new ArrayList<>();
    fields.optional("text").ifPresent(value -> found.add(value.string()));
    fields.optional("flag").ifPresent(value -> found.add(value.bool()));
    fields.optional("number").ifPresent(value -> found.add(value.integer(-1, 65_535)));
    fields.optional("size").ifPresent(value -> found.add(value.bytes(0, 1L << 40)));
    fields
        .optional("time")
        .ifPresent(value -> found.add(value.duration(Duration.ZERO, Duration.ofDays(9))));
    fields.optional("unit").ifPresent(value -> found.add(value.oneOf(TimeUnit.class)));
    fields.optional("path").ifPresent(value -> found.add(value.path()));
    fields.optional("parsed").ifPresent(value -> found.add(value.parsed(Integer::valueOf)));
    fields.optional("list").ifPresent(value -> found.add(value.list(9, Value::string)));
    fields
        .optional("map")
        .ifPresent(value -> found.add(value.map(9, (key, item) -> key + item.place())));
    if (depth < DEPTH_MAX) {
      fields
          .optional("below")
          .ifPresent(value -> found.add(value.fields(below -> everything(below, depth + 1))));
    }
    return found.toString();
  }
}
