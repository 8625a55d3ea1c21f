package dev.farcap.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What docs/own-session.md shows is what examples/own-session does: [ExamplesTest] runs that.
class OwnSessionDocumentTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path EXAMPLE = ROOT.resolve("examples/own-session");
  private static final Pattern VERSION = Pattern.compile("<([a-z]+\\.version)>([^<]+)</");

  @Test
  void everyLineOfCodeIsOneOfTheExample() throws Exception {
    String example = content();

    List<String> code =
        Files.readAllLines(ROOT.resolve("docs/own-session.md")).stream()
            .filter(line -> line.startsWith("    "))
            .map(String::strip)
            .toList();

    assertFalse(code.isEmpty());
    assertEquals(
        List.of("sources=/path/to/farcap", "address=tls://127.0.0.1:PORT"),
        code.stream().filter(line -> !example.contains(line)).toList());
  }

  private static String content() throws IOException {
    try (Stream<Path> files = Files.walk(EXAMPLE)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !EXAMPLE.relativize(file).startsWith("target"))
          .map(OwnSessionDocumentTest::read)
          .collect(Collectors.joining("\n"));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(file + ": " + e, e);
    }
  }

  @Test
  void versionsAreThoseOfFarcap() {
    String ours = read(ROOT.resolve("pom.xml"));

    List<MatchResult> versions =
        VERSION.matcher(read(EXAMPLE.resolve("pom.xml"))).results().toList();

    assertFalse(versions.isEmpty());
    assertEquals(
        List.of(),
        versions.stream()
            .filter(version -> !version.group(1).equals("farcap.version"))
            .map(MatchResult::group)
            .filter(version -> !ours.contains(version))
            .toList());
  }
}
