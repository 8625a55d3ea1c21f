package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `buf curl`, a command of another make that knows a service by reflection only, at the Unix
/// socket of a client-proxy: as docs/operate.md says it is used.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
final class BufCurlTest {
  private static final Path BUF =
      Path.of("src/test/node/node_modules/@bufbuild")
          .resolve(
              System.getProperty("os.arch").equals("aarch64")
                  ? "buf-linux-aarch64"
                  : "buf-linux-x64")
          .resolve("bin/buf")
          .toAbsolutePath();
  private static final long PATIENCE_S = 60;

  /// `buf curl` ends with eight times the code of the status.
  private static final int PERMISSION_DENIED = 7 << 3;

  private static final int FAILED_PRECONDITION = 9 << 3;

  private DeskPair desks;
  private Path folder;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    assumeTrue(
        Files.isExecutable(BUF),
        "node is missing, or 'npm ci' in deploy/src/test/node was not run");
    folder = temporary;
    desks = DeskPair.start(folder);
    Files.write(folder.resolve("acme.binpb"), Desk.protoSet());
  }

  @AfterAll
  void stop() {
    if (desks != null) {
      desks.close();
    }
  }

  // ---- what is there

  @Test
  void listsTheServicesThatAreGranted() throws Exception {
    List<String> services = good("app1.sock", "", "--list-services").lines().toList();

    assertTrue(services.contains("acme.Desk"), services.toString());
    assertTrue(services.contains("farcap.rom.v1.Rom"), services.toString());
    assertFalse(services.contains("acme.Vault"), services.toString());
  }

  @Test
  void listsTheMethodsOfEachService() throws Exception {
    List<String> methods = good("app1.sock", "", "--list-methods").lines().toList();

    assertTrue(methods.contains("acme.Desk/Chat"), methods.toString());
    assertTrue(methods.contains("farcap.rom.v1.Rom/Read"), methods.toString());
  }

  @Test
  void labelDecidesWhatIsSeen() throws Exception {
    String label = "farcap-label: tower";

    assertFalse(good("app2.sock", "", "--list-services").contains("acme.Desk"));
    assertTrue(
        good("app2.sock", "", "--list-services", "--reflect-header", label).contains("acme.Desk"));
    assertEquals(
        "tower",
        json(good(
                "app2.sock",
                "acme.Desk/Echo",
                "--header",
                label,
                "--reflect-header",
                "*",
                "--data",
                "{\"text\": \"tower\"}"))
            .getFirst()
            .at("/text")
            .asText());
  }

  // ---- calls

  @Test
  void callsAMethod() throws Exception {
    JsonNode reply =
        json(good("app1.sock", "acme.Desk/Echo", "--data", "{\"text\": \"hé\", \"number\": 3}"))
            .getFirst();

    assertEquals("hé", reply.at("/text").asText());
    assertEquals(3, reply.at("/number").asLong());
  }

  @Test
  void readsAStreamOfReplies() throws Exception {
    assertEquals(List.of(1L, 2L, 3L), numbers("acme.Desk/Count", "{\"number\": 3}"));
  }

  @Test
  void sendsAStreamOfRequests() throws Exception {
    assertEquals(List.of(42L), numbers("acme.Desk/Sum", "{\"number\": 2} {\"number\": 40}"));
  }

  @Test
  void streamsBothWays() throws Exception {
    assertEquals(List.of(5L, 6L), numbers("acme.Desk/Chat", "{\"number\": 5} {\"number\": 6}"));
  }

  private List<Long> numbers(String method, String requests) throws Exception {
    return json(good("app1.sock", method, "--data", requests)).stream()
        .map(reply -> reply.at("/number").asLong())
        .toList();
  }

  @Test
  void readsABuiltInService() throws Exception {
    List<JsonNode> chunks =
        json(
            good(
                "app1.sock",
                "farcap.rom.v1.Rom/Read",
                "--header",
                "farcap-label: config",
                "--reflect-header",
                "*"));

    assertEquals(
        "one\n", new String(chunks.getFirst().at("/data").binaryValue(), StandardCharsets.UTF_8));
  }

  // ---- failures

  @Test
  void failureOfTheServerArrivesWithItsDetails() throws Exception {
    Command.Result failed = buf("app1.sock", "acme.Desk/Fail");

    assertEquals(FAILED_PRECONDITION, failed.code(), failed.toString());
    JsonNode error = json(failed.err()).getFirst();
    assertEquals("not now", error.at("/message").asText());
    assertEquals("acme.Problem", error.at("/details/0/type").asText());
    assertTrue(
        new String(error.at("/details/0/value").binaryValue(), StandardCharsets.UTF_8)
            .contains("drawer is locked"),
        failed.err());
  }

  @Test
  void deniedServiceIsNotDescribed() throws Exception {
    Command.Result unknown = buf("app1.sock", "acme.Nothing/Open");
    Command.Result denied = buf("app1.sock", "acme.Vault/Open");

    assertEquals(unknown.code(), denied.code(), denied.toString());
    assertEquals(unknown.err().replace("Nothing", "Vault"), denied.err());
  }

  @Test
  void callOfADeniedServiceIsRefused() throws Exception {
    Command.Result refused = buf("app1.sock", "acme.Vault/Open", "--schema", "acme.binpb");

    assertEquals(PERMISSION_DENIED, refused.code(), refused.toString());
    assertTrue(refused.err().contains("no grant for acme.Vault"), refused.err());
  }

  // ---- the command

  private String good(String socket, String method, String... options) throws Exception {
    Command.Result result = buf(socket, method, options);
    assertEquals(0, result.code(), result.toString());
    return result.out();
  }

  private Command.Result buf(String socket, String method, String... options) throws Exception {
    List<String> line =
        new ArrayList<>(
            List.of(
                BUF.toString(),
                "curl",
                "--protocol",
                "grpc",
                "--http2-prior-knowledge",
                "--unix-socket",
                folder.resolve(socket).toString()));
    line.addAll(List.of(options));
    line.add("http://localhost/" + method);
    Path out = Files.createTempFile(folder, "buf", ".out");
    Path err = Files.createTempFile(folder, "buf", ".err");
    Process process =
        new ProcessBuilder(line)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(
          line + " did not end in " + PATIENCE_S + " s: " + Files.readString(err));
    }
    return new Command.Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static List<JsonNode> json(String text) throws Exception {
    try (MappingIterator<JsonNode> values =
        new ObjectMapper().readerFor(JsonNode.class).readValues(text)) {
      return values.readAll();
    }
  }
}
