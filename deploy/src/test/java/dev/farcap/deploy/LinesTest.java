package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LinesTest {
  private static final int LIMIT = 8;

  private static Lines of(String text) {
    return new Lines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), LIMIT);
  }

  private static List<String> all(Lines lines) throws IOException {
    List<String> all = new ArrayList<>();
    for (ByteString line; (line = lines.next()) != null; ) {
      all.add(line.toStringUtf8());
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\n\nbär\n", "a\n\nbär", "a\r\n\r\nbär\r\n", "a\r\rbär\r"})
  void endsAreThoseOfEverySystem(String text) throws Exception {
    assertEquals(List.of("a", "", "bär"), all(of(text)));
  }

  @Test
  void nothingHasNoLines() throws Exception {
    assertEquals(List.of(), all(of("")));
  }

  @Test
  void aLineAtTheLimitIsRead() throws Exception {
    assertEquals(List.of("12345678", "12"), all(of("12345678\n12\n")));
  }

  @Test
  void aLongerLineIsNamedWithItsNumberAndTheLimit() {
    CommandException failure =
        assertThrows(CommandException.class, () -> all(of("1\n2\n123456789\n4\n")));

    assertEquals("line 3 of stdin has more than 8 bytes, the limit", failure.getMessage());
    assertEquals(ExitCode.FAILED, failure.exitCode());
  }

  @Test
  void aLineWithoutEndIsNotReadToItsEnd() {
    Lines endless =
        new Lines(
            new ByteArrayInputStream(new byte[0]) {
              @Override
              public synchronized int read(byte[] bytes, int offset, int length) {
                return length;
              }
            },
            LIMIT);

    assertThrows(CommandException.class, endless::next);
  }
}
