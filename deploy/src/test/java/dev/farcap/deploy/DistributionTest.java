package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What `mvn package` makes, unpacked where a user would: the command with its class archive, and
/// the generator under a protoc that is not ours. Runs once it is made: after the phase package.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DistributionTest {
  private static final long PATIENCE_S = 120;
  private static final String NOBODY = "65534";
  private static final Path PROTO = Path.of("../proto").toAbsolutePath().normalize();
  private static final Path SCHEMAS = PROTO.resolve("stubgen/src/test/protobuf");
  private static final Path GOLDEN = PROTO.resolve("stubgen/src/test/golden");

  private Path folder;
  private Path home;

  @BeforeAll
  void unpack() throws Exception {
    String archive = System.getProperty("farcap.archive");
    assumeTrue(archive != null, "is for mvn verify");
    // Others must reach it, which they must not in a @TempDir.
    folder = Files.createTempDirectory("farcap-dist");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    home = unpack(Objects.requireNonNull(archive), "installed");
  }

  private Path unpack(String archive, String name) throws Exception {
    Path into = Files.createDirectories(folder.resolve(name));
    assertEquals(0, start(into, Map.of(), "tar", "-xzf", archive).code());
    try (Stream<Path> roots = Files.list(into)) {
      List<Path> found = roots.toList();
      assertEquals(1, found.size(), found.toString());
      return found.getFirst();
    }
  }

  @AfterAll
  void remove() throws Exception {
    if (folder != null) {
      new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    }
  }

  /// A command, on its way.
  private record Started(Process process, Path output) {
    int code() throws Exception {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("did not end in " + PATIENCE_S + " s: " + text());
      }
      return process.exitValue();
    }

    String text() throws IOException {
      return Files.readString(output);
    }

    Started mustSucceed() throws Exception {
      assertEquals(0, code(), text());
      return this;
    }
  }

  private Started start(Path in, Map<String, String> environment, String... command)
      throws IOException {
    Path output = Files.createTempFile(folder, "output", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("FARCAP_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    return new Started(process, output);
  }

  private static List<Path> archives(Path cache) throws IOException {
    if (!Files.isDirectory(cache)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(file -> !file.endsWith("lock")).sorted().toList();
    }
  }

  // ---- what is bundled

  @ParameterizedTest
  @ValueSource(strings = {"x86_64", "aarch_64"})
  void nativeLibrariesAreThereForBothKindsOfMachine(String machine) throws Exception {
    Map<String, String> libraries =
        Map.of(
            "netty-codec-native-quic-", "libnetty_quiche42_linux_",
            "netty-tcnative-boringssl-static-", "libnetty_tcnative_linux_",
            "netty-transport-native-epoll-", "libnetty_transport_native_epoll_");
    for (Map.Entry<String, String> library : libraries.entrySet()) {
      Path jar = theJar(library.getKey(), "-linux-" + machine + ".jar");
      String name = "META-INF/native/" + library.getValue() + machine + ".so";
      try (ZipFile file = new ZipFile(jar.toFile())) {
        assertNotNull(file.getEntry(name), name + " is not in " + jar);
      }
    }
  }

  private Path theJar(String begin, String end) throws IOException {
    List<String> found =
        jars().stream().filter(jar -> jar.startsWith(begin) && jar.endsWith(end)).toList();
    assertEquals(1, found.size(), begin + "…" + end + ": " + found);
    return home.resolve("lib").resolve(found.getFirst());
  }

  private List<String> jars() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("lib"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /// A row names jars first, with stars, and texts last.
  @Test
  void everythingOfOthersIsListedWithItsLicence() throws Exception {
    List<String> rows =
        Files.readAllLines(home.resolve("THIRD-PARTY.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    List<String> patterns = rows.stream().flatMap(row -> quoted(row.split("\\|", -1)[1])).toList();
    List<String> others = jars().stream().filter(jar -> !jar.startsWith("farcap-")).toList();

    assertEquals(List.of(), others.stream().filter(jar -> !matchesAny(jar, patterns)).toList());
    assertEquals(
        List.of(),
        patterns.stream()
            .filter(pattern -> others.stream().noneMatch(jar -> matchesAny(jar, List.of(pattern))))
            .toList());
    assertEquals(
        List.of(),
        rows.stream()
            .flatMap(row -> quoted(row.split("\\|", -1)[4]))
            .filter(text -> !Files.isRegularFile(home.resolve("licenses").resolve(text)))
            .toList());
  }

  private static Stream<String> quoted(String cell) {
    return Pattern.compile("`([^`]+)`").matcher(cell).results().map(found -> found.group(1));
  }

  private static boolean matchesAny(String jar, List<String> patterns) {
    return patterns.stream()
        .map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern + ".jar"))
        .anyMatch(matcher -> matcher.matches(Path.of(jar)));
  }

  // ---- the class archive

  @Test
  void firstRunsAtOnceMakeOneArchiveAndAllSucceed() throws Exception {
    Path fresh = unpack(System.getProperty("farcap.archive"), "at-once");
    List<Started> runs = new ArrayList<>();

    for (int run = 0; run < 4; run++) {
      runs.add(start(folder, Map.of(), fresh.resolve("bin/farcap").toString(), "--version"));
    }

    for (Started run : runs) {
      assertTrue(run.mustSucceed().text().matches("farcap \\S+ \\(Java \\d+\\)\n"), run.text());
    }
    List<Path> made = archives(fresh.resolve("cache"));
    assertEquals(1, made.size(), made.toString());
    assertTrue(made.getFirst().toString().endsWith(".jsa"), made.toString());
  }

  @Test
  void demoRunsByASymbolicLinkFromAnyFolderWithClassesOfTheArchive() throws Exception {
    Path link = folder.resolve("a link");
    Files.createSymbolicLink(link, home.resolve("bin/farcap"));
    Path elsewhere = Files.createDirectories(folder.resolve("else where"));
    start(elsewhere, Map.of(), link.toString(), "--version").mustSucceed();
    Path loaded = folder.resolve("loaded");

    Started demo =
        start(
            elsewhere,
            Map.of("FARCAP_JAVA_OPTS", "-Xlog:class+load:file=" + loaded),
            link.toString(),
            "demo",
            "--once");

    demo.mustSucceed();
    assertTrue(demo.text().contains("✓"), demo.text());
    try (Stream<String> lines = Files.lines(loaded)) {
      assertTrue(
          lines.anyMatch(
              line -> line.contains("io.netty.") && line.contains("shared objects file (top)")),
          "no class came from the archive");
    }
  }

  @Test
  void aPairOverTlsLoadsNothingOfQuic() throws Exception {
    Path each = Files.createDirectories(folder.resolve("each"));

    start(
            folder,
            Map.of("FARCAP_JAVA_OPTS", "-Xlog:class+load:file=" + each.resolve("%p")),
            home.resolve("bin/farcap").toString(),
            "demo",
            "--once")
        .mustSucceed();

    try (Stream<Path> processes = Files.list(each)) {
      List<Path> found = processes.toList();
      assertTrue(found.size() >= 3, "the demo and two proxies: " + found);
      for (Path process : found) {
        try (Stream<String> lines = Files.lines(process)) {
          assertEquals(
              List.of(),
              lines.filter(line -> line.contains("io.netty.handler.codec.quic")).toList());
        }
      }
    }
  }

  @Test
  void changedJarMakesAnotherArchive() throws Exception {
    Path fresh = unpack(System.getProperty("farcap.archive"), "changed");
    String farcap = fresh.resolve("bin/farcap").toString();
    start(folder, Map.of(), farcap, "--version").mustSucceed();
    List<Path> before = archives(fresh.resolve("cache"));
    try (Stream<Path> jars = Files.list(fresh.resolve("lib"))) {
      Path jar = jars.sorted().findFirst().orElseThrow();
      Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000_000_000_000L));
    }

    Started again = start(folder, Map.of(), farcap, "--version").mustSucceed();

    assertTrue(again.text().startsWith("farcap "), again.text());
    assertEquals(1, before.size(), before.toString());
    assertEquals(2, archives(fresh.resolve("cache")).size());
  }

  @Test
  void userWhoMayNotWriteTheInstallationHasAnArchiveInTheirOwnCache() throws Exception {
    Path fresh = readOnly("read-only");
    Path user = Files.createDirectories(folder.resolve("user"));
    Files.setPosixFilePermissions(user, PosixFilePermissions.fromString("rwxrwxrwx"));

    Started run = asOther(Map.of("HOME", user.toString(), "XDG_CACHE_HOME", ""), fresh);

    assertTrue(run.mustSucceed().text().startsWith("farcap "), run.text());
    assertEquals(List.of(), archives(fresh.resolve("cache")));
    List<Path> made = archives(user.resolve(".cache/farcap"));
    assertEquals(1, made.size(), made.toString());
    assertTrue(made.getFirst().toString().endsWith(".jsa"), made.toString());
  }

  @Test
  void whereNothingCanBeWrittenItRunsWithoutArchive() throws Exception {
    Path fresh = readOnly("nowhere");

    Started run = asOther(Map.of("HOME", "/nonexistent", "XDG_CACHE_HOME", ""), fresh);

    assertTrue(run.mustSucceed().text().matches("farcap \\S+ \\(Java \\d+\\)\n"), run.text());
    assertEquals(List.of(), archives(fresh.resolve("cache")));
  }

  private Path readOnly(String name) throws Exception {
    Path fresh = unpack(System.getProperty("farcap.archive"), name);
    start(folder, Map.of(), "chmod", "-R", "a-w,a+rX", folder.resolve(name).toString())
        .mustSucceed();
    return fresh;
  }

  /// Runs `--version` as a user whom permissions bind: as root it is another one.
  private Started asOther(Map<String, String> environment, Path installation) throws IOException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(
          List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"));
    }
    command.addAll(List.of(installation.resolve("bin/farcap").toString(), "--version"));
    return start(folder, environment, command.toArray(String[]::new));
  }

  // ---- the generator

  /// How protoc finds it.
  enum Generator {
    LAUNCHER_ON_THE_PATH,
    EXECUTABLE_JAR
  }

  @ParameterizedTest
  @EnumSource
  void protocWritesWithTheGeneratorWhatWasReviewed(Generator generator) throws Exception {
    List<Path> schemas = schemas("supported");
    Path out = Files.createDirectories(folder.resolve("stubs of " + generator));

    protoc(generator, out, schemas).mustSucceed();

    List<String> reviewed = new ArrayList<>();
    for (Path schema : schemas) {
      String name = schema.getFileName().toString().replace(".proto", ".txt");
      reviewed.add(Files.readString(GOLDEN.resolve(name)));
    }
    assertEquals(reviewed.stream().sorted().toList(), textsBelow(out));
  }

  @Test
  void protocFailsWithFileAndLineOfAllThatCannotBeExpressed() throws Exception {
    List<Path> schemas = schemas("refused");
    Path out = Files.createDirectories(folder.resolve("no stubs"));

    Started run = protoc(Generator.LAUNCHER_ON_THE_PATH, out, schemas);

    assertEquals(1, run.code(), run.text());
    for (Path schema : schemas) {
      String reason = Files.readAllLines(schema).getFirst().substring("// ".length());
      String problem = SCHEMAS.relativize(schema) + ":" + reason;
      assertTrue(run.text().contains(problem), problem + " is not in\n" + run.text());
    }
    assertEquals(List.of(), textsBelow(out));
  }

  private static List<Path> schemas(String kind) throws IOException {
    try (Stream<Path> files = Files.list(SCHEMAS.resolve(kind))) {
      // Debian's protoc is older than editions.
      return files.filter(file -> !file.endsWith("editions.proto")).sorted().toList();
    }
  }

  private Started protoc(Generator generator, Path out, List<Path> schemas) throws Exception {
    String path = System.getenv("PATH");
    assumeTrue(
        Stream.of(path.split(":")).anyMatch(bin -> Files.isExecutable(Path.of(bin, "protoc"))),
        "protoc (Debian's protobuf-compiler) is not installed");
    List<String> command = new ArrayList<>(List.of("protoc", "--farcap_out=" + out));
    command.addAll(List.of("-I", SCHEMAS.toString(), "-I", PROTO + "/options/src/main/protobuf"));
    schemas.forEach(schema -> command.add(schema.toString()));
    return switch (generator) {
      case LAUNCHER_ON_THE_PATH ->
          start(
              folder,
              Map.of("PATH", home.resolve("bin") + ":" + path),
              command.toArray(String[]::new));
      case EXECUTABLE_JAR -> {
        command.add("--plugin=protoc-gen-farcap=" + jarAsProgram());
        yield start(folder, Map.of(), command.toArray(String[]::new));
      }
    };
  }

  private Path jarAsProgram() throws IOException {
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      Path jar =
          jars.filter(file -> file.getFileName().toString().startsWith("farcap-stubgen-"))
              .findFirst()
              .orElseThrow();
      Path program = folder.resolve("run-jar");
      Files.writeString(
          program,
          "#!/bin/sh\nexec '%s/bin/java' -jar '%s'\n"
              .formatted(System.getProperty("java.home"), jar));
      return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static List<String> textsBelow(Path out) throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        texts.add(Files.readString(file));
      }
    }
    return texts.stream().sorted().toList();
  }
}
