package dev.farcap.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a file may say, and what its writer is told when it says something else.
class DocumentTest {
  private static final Path FILE = Path.of("farcap.yaml");

  enum WhileDown {
    WAIT,
    FAIL_AT_ONCE
  }

  /// One key of each type; the compact constructor has an opinion of its own.
  record Sample(
      String name,
      int port,
      Duration window,
      long buffer,
      boolean cache,
      WhileDown whileDown,
      List<String> services,
      Map<String, Integer> weights) {
    Sample {
      if (name.equals("forbidden")) {
        throw new IllegalArgumentException("name 'forbidden' is reserved");
      }
    }

    static Sample of(Fields root) {
      return new Sample(
          root.required("name").string(),
          root.optional("port").map(v -> v.integer(1, 65_535)).orElse(7443),
          root.optional("window")
              .map(v -> v.duration(Duration.ofMillis(10), Duration.ofHours(1)))
              .orElse(Duration.ofSeconds(30)),
          root.optional("buffer").map(v -> v.bytes(1024, 1 << 30)).orElse(1L << 24),
          root.optional("cache").map(Value::bool).orElse(true),
          root.optional("whileDown").map(v -> v.oneOf(WhileDown.class)).orElse(WhileDown.WAIT),
          root.optional("services").map(v -> v.list(3, Value::string)).orElse(List.of()),
          root.optional("weights")
              .map(v -> v.map(2, (key, weight) -> weight.integer(0, 100)))
              .orElse(Map.of()));
    }
  }

  private static Sample sample(String text) {
    return Document.parse(FILE, text, Sample::of);
  }

  private static String problems(String text, Function<Fields, ?> build) {
    return String.valueOf(
        assertThrows(ConfigException.class, () -> Document.parse(FILE, text, build)).getMessage());
  }

  private static String problems(String text) {
    return problems(text, Sample::of);
  }

  @Test
  void everyTypeIsReadAsAskedFor() {
    Sample sample =
        sample(
            """
            # what a careful operator writes
            name: no
            port: 80
            window: 1500ms
            buffer: 64KiB
            cache: false
            whileDown: fail-at-once
            services: [ROM, "LOG -> x"]
            weights: {a: 1, b: 0}
            """);

    assertEquals(
        new Sample(
            "no",
            80,
            Duration.ofMillis(1500),
            65_536,
            false,
            WhileDown.FAIL_AT_ONCE,
            List.of("ROM", "LOG -> x"),
            Map.of("a", 1, "b", 0)),
        sample);
  }

  @Test
  void absentKeysHaveTheirDefaults() {
    Sample sample = sample("name: x");

    assertEquals(7443, sample.port());
    assertEquals(Duration.ofSeconds(30), sample.window());
    assertEquals(List.of(), sample.services());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          port: 1          | 1
          port: 65535      | 65535
          window: 10ms     | PT0.01S
          window: 1h       | PT1H
          window: 60m      | PT1H
          buffer: 1024B    | 1024
          buffer: 1GiB     | 1073741824
          """)
  void bothEndsOfARangeAreInside(String line, String read) {
    assertTrue(sample("name: x\n" + line).toString().contains("=" + read));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          port: 0             | 2:7: port: expected a whole number 1..65535, found '0'
          port: 65536         | 2:7: port: expected a whole number 1..65535, found '65536'
          port: 1_000         | 2:7: port: expected a whole number 1..65535, found '1_000'
          port: 0x50          | 2:7: port: expected a whole number 1..65535, found '0x50'
          port: 99999999999999999999 | 2:7: port: expected a whole number 1..65535, found '99999999999999999999'
          port:               | 2:6: port: expected a whole number 1..65535, found nothing
          port: ~             | 2:7: port: expected a whole number 1..65535, found nothing
          port: [80]          | 2:7: port: expected a whole number 1..65535, found a list
          port: {http: 80}    | 2:7: port: expected a whole number 1..65535, found a mapping
          window: 30          | 2:9: window: expected a duration 10ms..1h (units ms, s, m, h, d), found '30'
          window: 30 s        | 2:9: window: expected a duration 10ms..1h (units ms, s, m, h, d), found '30 s'
          window: -1s         | 2:9: window: expected a duration 10ms..1h (units ms, s, m, h, d), found '-1s'
          window: 9ms         | 2:9: window: expected a duration 10ms..1h (units ms, s, m, h, d), found '9ms'
          window: 3601s       | 2:9: window: expected a duration 10ms..1h (units ms, s, m, h, d), found '3601s'
          window: 999999999999d | 2:9: window: expected a duration 10ms..1h (units ms, s, m, h, d), found '999999999999d'
          buffer: 16MB        | 2:9: buffer: expected a size 1KiB..1GiB (units B, KiB, MiB, GiB), found '16MB'
          buffer: 1023B       | 2:9: buffer: expected a size 1KiB..1GiB (units B, KiB, MiB, GiB), found '1023B'
          cache: yes          | 2:8: cache: expected true or false, found 'yes'
          cache: True         | 2:8: cache: expected true or false, found 'True'
          whileDown: wiat     | 2:12: whileDown: expected one of wait, fail-at-once, found 'wiat', did you mean 'wait'?
          whileDown: fail_at_once | 2:12: whileDown: expected one of wait, fail-at-once, found 'fail_at_once', did you mean 'fail-at-once'?
          services: ROM       | 2:11: services: expected a list, found 'ROM'
          services:           | 2:10: services: expected a list, found nothing
          services: [a,b,c,d] | 2:11: services: has 4 entries, limit 3
          services: [a, [b]]  | 2:15: services[1]: expected a text, found a list
          services: [a, ]     |
          services: [a, ""]   |
          weights: [a]        | 2:10: weights: expected a mapping, found a list
          weights: {a: 101}   | 2:14: weights.a: expected a whole number 0..100, found '101'
          weights: {a: 1, b: 1, c: 1} | 2:10: weights: has 3 entries, limit 2
          prot: 80            | 2:1: unknown key 'prot', did you mean 'port'?
          while_down: wait    | 2:1: unknown key 'while_down', did you mean 'whileDown'?
          colour: red         | 2:1: unknown key 'colour'
          <<: {port: 1}       | 2:1: unknown key '<<'
          name: y             | 2:1: duplicate key 'name', first in line 1
          port: &p 80         | 2:7: anchor &p: anchors and aliases are not supported
          port: !!int 80      | 2:7: tag tag:yaml.org,2002:int: tags are not supported
          [a] : 1             | 2:1: expected a key, found a list
          """)
  void aWrongLineIsNamedWithItsPlaceAndWhatIsExpected(String line, String problem) {
    String text = "name: x\n" + line + "\n";

    if (problem == null) {
      sample(text);
    } else {
      assertEquals("farcap.yaml:" + problem, problems(text));
    }
  }

  @Test
  void allProblemsAreReportedTogetherInTheOrderOfTheFile() {
    String text =
        """
        port: many
        widnow: 3s
        buffer: 1
        services: [[], ok, {}]
        weights: {a: x, b: y}
        """;

    assertEquals(
        """
        farcap.yaml:1:1: missing key 'name'
        farcap.yaml:1:7: port: expected a whole number 1..65535, found 'many'
        farcap.yaml:2:1: unknown key 'widnow', did you mean 'window'?
        farcap.yaml:3:9: buffer: expected a size 1KiB..1GiB (units B, KiB, MiB, GiB), found '1'
        farcap.yaml:4:12: services[0]: expected a text, found a list
        farcap.yaml:4:20: services[2]: expected a text, found a mapping
        farcap.yaml:5:14: weights.a: expected a whole number 0..100, found 'x'
        farcap.yaml:5:20: weights.b: expected a whole number 0..100, found 'y'""",
        problems(text));
  }

  @Test
  void anOpinionOfTheRecordIsAProblemOfItsMapping() {
    assertEquals(
        "farcap.yaml:2:3: inner: name 'forbidden' is reserved",
        problems("inner:\n  name: forbidden", root -> root.required("inner").fields(Sample::of)));
  }

  @Test
  void whatARecordThrowsAtAStandInIsNotReported() {
    String text = "list: [{id: x}, {id: y, colour: red}]";

    String problems =
        problems(
            text,
            root ->
                root.required("list")
                    .list(
                        9,
                        item -> item.fields(f -> f.required("id").parsed(Integer::valueOf) + 1)));

    assertEquals(
        """
        farcap.yaml:1:13: list[0].id: For input string: "x"
        farcap.yaml:1:22: list[1].id: For input string: "y\"""",
        problems);
  }

  @Test
  void aMistakeOfTheBuildingFunctionPassesThrough() {
    assertThrows(
        IllegalStateException.class,
        () ->
            Document.parse(
                FILE,
                "a: b",
                root -> {
                  throw new IllegalStateException(root.required("a").string());
                }));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [a           | 1:3: no YAML: while parsing a flow sequence, expected ',' or ']', but got <stream end>
          a: b: c      | 1:5: no YAML: mapping values are not allowed here
          a: 'b        | 1:6: no YAML: while scanning a quoted scalar, found unexpected end of stream
          a: }         | 1:4: no YAML: while parsing a block node, expected the node content, but found '}'
          a: *b        | 1:4: alias *b: anchors and aliases are not supported
          just text    | 1:1: expected a mapping, found 'just text'
          [1]          | 1:1: expected a mapping, found a list
          """)
  void whatIsNoMappingIsNamedWithItsPlace(String text, String problem) {
    String first =
        problems(text, root -> root.optional("a").map(Value::isScalar))
            .lines()
            .findFirst()
            .orElseThrow();

    assertEquals("farcap.yaml:" + problem, first);
  }

  @Test
  void tabsAndControlCharactersAreNamed() {
    assertEquals(
        "farcap.yaml:2:2: no YAML: character U+0007 is not allowed", problems("a: 1\nb\u0007: 2"));
    assertTrue(problems("a:\n\t- b").startsWith("farcap.yaml:2:1: no YAML: "));
  }

  @Test
  void aSecondDocumentIsRefused() {
    assertTrue(
        problems("name: x\n---\nname: y\n")
            .contains("farcap.yaml:2:1: a second document begins here, expected one in a file"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n", "---\n...\n", "{}"})
  void anEmptyFileLacksItsKeys(String text) {
    assertEquals("farcap.yaml:1:1: missing key 'name'", problems(text));
  }

  @Test
  void nestingIsBounded() {
    String deep = "[".repeat(NodeReader.DEPTH_MAX) + "]".repeat(NodeReader.DEPTH_MAX);
    String deeper = "[" + deep + "]";
    Function<Fields, Boolean> build = root -> root.required("a").isScalar();

    assertEquals(false, Document.parse(FILE, "a: " + deep, build));
    assertEquals("farcap.yaml:1:36: nested deeper than 32", problems("a: " + deeper, build));
  }

  @Test
  void onlyTheFirstProblemsArePrinted() {
    String text = "x0: 0\n" + "name: x\n".repeat(Problems.KEPT_MAX + 8);

    List<String> lines = problems(text).lines().toList();

    assertEquals(Problems.KEPT_MAX + 1, lines.size());
    assertEquals("farcap.yaml: and 8 more problems", lines.getLast());
  }

  @Test
  void longAndInvisibleTextIsEchoedShortAndVisible() {
    String echoed = problems("name: x\nport: \"" + "é".repeat(100) + "\\e[2J\"");

    assertTrue(echoed.endsWith("found '" + "é".repeat(60) + "…'"), echoed);
    assertTrue(problems("name: x\nport: \"\\e[2J\"").endsWith("found '?[2J'"));
  }

  @Test
  void aFileIsReadWithItsPathsRelativeToItsFolder(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("node.yaml");
    Files.writeString(file, "rom: roms/x\nkey: node.yaml\nlost: gone.pem\n");

    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                Document.read(
                    file,
                    root -> {
                      assertEquals(folder.resolve("roms/x"), root.required("rom").path());
                      assertEquals(file, root.required("key").readableFile());
                      return root.required("lost").readableFile();
                    }));

    assertEquals(
        file + ":3:7: lost: no readable file at " + folder.resolve("gone.pem"), e.getMessage());
  }

  @Test
  void aFileThatCannotBeReadIsAProblem(@TempDir Path folder) throws IOException {
    Path large = Files.writeString(folder.resolve("l"), "#".repeat(TextFile.BYTES_MAX + 1));
    Path fits = Files.writeString(folder.resolve("f"), "#".repeat(TextFile.BYTES_MAX));
    Path binary = folder.resolve("b");
    byte[] bytes = "a: b\nc: \u00e9x".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(binary, bytes);
    Path none = folder.resolve("none");

    assertEquals(none + ": cannot be read: there is no such file", unreadable(none));
    assertEquals(folder + ": is a directory, expected a file", unreadable(folder));
    assertEquals(large + ": is larger than 1048576 bytes", unreadable(large));
    assertEquals(binary + ":2:4: is not UTF-8 here", unreadable(binary));
    assertEquals(fits + ":1:1: missing key 'name'", unreadable(fits));
    assertArrayEquals(bytes, Files.readAllBytes(binary));
  }

  private static String unreadable(Path path) {
    return String.valueOf(
        assertThrows(ConfigException.class, () -> Document.read(path, Sample::of)).getMessage());
  }
}
