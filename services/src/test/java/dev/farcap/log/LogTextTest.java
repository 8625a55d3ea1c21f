package dev.farcap.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.log.v1.Level;
import dev.farcap.log.v1.Line;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogTextTest {
  private static final String ESC = Character.toString(0x1b);
  private static final String OVERRIDE = Character.toString(0x202e);
  private static final String LINE_SEPARATOR = Character.toString(0x2028);
  private static final String NEXT_LINE = Character.toString(0x85);

  @ParameterizedTest
  @CsvSource({"'a\n', a", "'a\r\n', a", "a, a", "'a\n\n', 'a\n'", "'', ''"})
  void oneBreakAtTheEndGoes(String text, String line) {
    assertEquals(List.of(line), LogText.split(text));
  }

  @Test
  void longLineIsSplitBetweenCharacters() {
    String text = "ab€😀".repeat(4_000);

    List<String> parts = LogText.split(text);

    assertEquals(text, String.join("", parts));
    parts.forEach(
        part -> {
          int bytes = part.getBytes(StandardCharsets.UTF_8).length;
          assertTrue(bytes <= LogText.LINE_BYTES_MAX, bytes + " bytes");
          assertTrue(!Character.isLowSurrogate(part.charAt(0)));
        });
    assertEquals(5, parts.size());
  }

  @Test
  void whatIsNotSeenIsEscapedAndTheRestStays() {
    assertEquals("grün € 😀 C:\\temp", LogText.escape("grün € 😀 C:\\temp"));
    assertEquals("a\\nb\\rc\\td", LogText.escape("a\nb\rc\td"));
    assertEquals("\\x{1B}[2J\\x{202E}", LogText.escape(ESC + "[2J" + OVERRIDE));
    assertEquals("\\x{2028}\\x{85}\\x{0}", LogText.escape(LINE_SEPARATOR + NEXT_LINE + "\0"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"plain", "a] INFO forged", "x\n2026-01-01T00:00:00.000000Z [a] INFO forged", ""})
  void lineCannotPassForAnother(String hostile) {
    LogLine line = line("host-a -> " + hostile.replace("\n", ""), hostile);

    String written = line.toString();

    assertEquals(1, written.lines().count());
    assertEquals(Optional.of(line), LogLine.parse(written));
  }

  @Test
  void lineHasTimeLabelLevelAndText() {
    assertEquals(
        "1970-01-01T00:00:01.500000Z [host-a -> app1] WARNING hot",
        new LogLine(1_500_000_000, "host-a -> app1", Level.WARNING, "hot").toString());
  }

  @Test
  void otherTextIsNoLine() {
    assertEquals(Optional.empty(), LogLine.parse("today [a] INFO x"));
    assertEquals(Optional.empty(), LogLine.parse(""));
  }

  private static LogLine line(String label, String text) {
    Line line = Line.newBuilder().setText(text).setOriginUnixNanos(1_000_000).build();
    return LogLine.of(label, line, text);
  }
}
