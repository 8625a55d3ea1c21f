package dev.farcap.deploy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What people find out, and call, at a front door: `services`, `call`, `await`.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ToolsTest {
  private DeskPair desks;
  private Pair pair;
  private Command farcap;
  private Desk desk;

  @BeforeAll
  void startPair(@TempDir Path folder) throws Exception {
    desks = DeskPair.start(folder);
    desk = desks.desk;
    pair = desks.pair;
    farcap = pair.farcap;
    Files.writeString(folder.resolve("notes"), "{\"number\": 2}\n{\"number\": \"40\"}\n");
    Files.writeString(folder.resolve("bad-notes"), "{\"number\": 2}\n{\"number\": }\n");
    Files.writeString(folder.resolve("stray-notes"), "{\"number\": 2}\n]\n");
    Files.write(folder.resolve("latin-notes"), "{\"text\": \"hé\"}".getBytes(ISO_8859_1));
    Files.write(folder.resolve("acme.pb"), Desk.protoSet());
    // What a process leaves that was killed.
    try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(folder.resolve("left.sock")));
    }
  }

  @AfterAll
  void stopPair() {
    desks.close();
  }

  // ---- services

  @Test
  void servicesAreListedWithTheirStatus() throws Exception {
    List<String> lines = pair.good("services", "app1.sock").out().lines().toList();

    assertTrue(lines.getFirst().matches("SERVICE +STATUS"), lines.toString());
    assertTrue(lines.stream().anyMatch(l -> l.matches("acme.Desk +serving")), lines.toString());
    assertTrue(
        lines.stream().anyMatch(l -> l.matches("farcap.rom.v1.Rom \\(ROM\\) +serving")),
        lines.toString());
    assertFalse(lines.stream().anyMatch(l -> l.contains("Vault")), lines.toString());
  }

  @Test
  void servicesAreJsonForPrograms() throws Exception {
    JsonNode list =
        new ObjectMapper().readTree(pair.good("services", "app1.sock", "--output", "json").out());

    assertEquals("acme.Desk", list.at("/0/service").asText());
    assertEquals("SERVING", list.at("/0/status").asText());
  }

  @Test
  void methodsOfAServiceAreShownAsInItsProto() throws Exception {
    List<String> lines = pair.good("services", "app1.sock", "acme.Desk").out().lines().toList();

    assertEquals("rpc Echo(acme.Note) returns (acme.Note)", lines.getFirst());
    assertTrue(lines.contains("rpc Chat(stream acme.Note) returns (stream acme.Note)"));
  }

  // ---- call

  @Test
  void aCallIsMadeInJson() throws Exception {
    String reply =
        pair.good("call", "app1.sock", "acme.Desk/Echo", "{\"text\": \"hé\", \"number\": 3}").out();

    assertEquals("hé", new ObjectMapper().readTree(reply).at("/text").asText());
    assertEquals("3", new ObjectMapper().readTree(reply).at("/number").asText());
  }

  @Test
  void aStreamOfRepliesIsALineEach() throws Exception {
    String replies = pair.good("call", "app1.sock", "acme.Desk/Count", "{\"number\": 3}").out();

    assertEquals("{\"number\":\"1\"}\n{\"number\":\"2\"}\n{\"number\":\"3\"}\n", replies);
  }

  @Test
  void aStreamOfRequestsIsReadFromAFile() throws Exception {
    JsonNode sum =
        new ObjectMapper()
            .readTree(pair.good("call", "app1.sock", "acme.Desk/Sum", "@notes").out());

    assertEquals("42", sum.at("/number").asText());
  }

  @Test
  void aConversationGoesOnWhileStdinDoes() throws Exception {
    Path out = pair.folder.resolve("chat.out");
    Path err = pair.folder.resolve("chat.err");
    Process chat = farcap.start(out, err, "call", "app1.sock", "acme.Desk/Chat", "-");
    try (var stdin = chat.outputWriter()) {
      stdin.write("{\"text\": \"one\"}\n");
      stdin.flush();
      Await.until(
          () -> Files.readString(out).equals("{\"text\":\"one\"}\n"), () -> Files.readString(err));
      stdin.write("{\"text\": \"two\"}\n");
    }

    assertTrue(chat.waitFor(30, TimeUnit.SECONDS), "the call did not end");
    assertEquals(0, chat.exitValue(), Files.readString(err));
    assertEquals("{\"text\":\"one\"}\n{\"text\":\"two\"}\n", Files.readString(out));
  }

  @Test
  void aFailureIsToldWithAllItsDetails() throws Exception {
    Command.Result result = farcap.run("call", "app1.sock", "acme.Desk/Fail");

    assertEquals(
        """
        farcap: FAILED_PRECONDITION: not now
          detail: {"@type":"type.googleapis.com/acme.Problem","why":"drawer is locked"}
          detail: {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"LOCKED"}
          detail: acme.Odd, 0 bytes, of a type unknown here
        """,
        result.err());
    assertEquals(ExitCode.FAILED, result.code());
  }

  @Test
  void aFailureOfFarcapsOwnSaysWhoseItIs() throws Exception {
    Command.Result result =
        farcap.run("call", "app1.sock", "acme.Vault/Open", "{}", "--proto-set", "acme.pb");

    assertEquals(ExitCode.REFUSED, result.code(), result.toString());
    assertTrue(result.err().startsWith("farcap: PERMISSION_DENIED: "), result.err());
    assertTrue(result.err().contains("\n  farcap-origin: client-proxy\n"), result.err());
    assertTrue(result.err().contains("\n  farcap-outcome: not-executed\n"), result.err());
  }

  @Test
  void typesMayComeFromAFile() throws Exception {
    String reply =
        pair.good(
                "call",
                "app1.sock",
                "acme.Desk/Echo",
                "{\"text\": \"x\"}",
                "--proto-set",
                "acme.pb",
                "--metadata",
                "team=blue",
                "--deadline",
                "20s")
            .out();

    assertTrue(reply.contains("\"text\": \"x\""), reply);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          call none acme.Desk/Echo                                | 4 | farcap: nobody listens at none
          call app1.sock acme.Desk                                | 2 | farcap: 'acme.Desk' is not of the form SERVICE/METHOD
          call app1.sock acme.Desk/Ecko                           | 2 | farcap: acme.Desk has no method 'Ecko'; it has Echo, Count, Sum, Chat, Fail, Hang
          call app1.sock acme.Vault/Open                          | 3 | farcap: there is no acme.Vault here, or no rule and grant for it under this label
          call app1.sock acme.Nothing/Open                        | 3 | farcap: there is no acme.Nothing here, or no rule and grant for it under this label
          call app1.sock acme.Desk/Echo {"text":1,"nix":2}        | 2 | farcap: request 1 is no acme.Note: Cannot find field: nix
          call app1.sock acme.Desk/Echo {"text":                  | 2 | farcap: request 1 is no JSON: End of input at line 1 column
          call app1.sock acme.Desk/Echo {text:1}                  | 2 | farcap: request 1 is no JSON: malformed JSON at line 1
          call app1.sock acme.Desk/Echo @roms                     | 1 | farcap: roms: is a folder, expected a file
          call notes acme.Desk/Echo                               | 2 | farcap: notes is no socket
          call app1.sock acme.Desk/Echo --proto-set roms          | 1 | farcap: roms: is a folder, expected a file
          call app1.sock acme.Desk/Echo @notes                    | 2 | farcap: acme.Desk.Echo takes one request, found more
          call app1.sock acme.Desk/Sum @bad-notes                 | 2 | farcap: request 2 is no JSON:
          call app1.sock acme.Desk/Sum @stray-notes               | 2 | farcap: request 2 is no JSON:
          call app1.sock acme.Desk/Echo @latin-notes              | 2 | farcap: request 1 is no JSON: some of its bytes are no UTF-8
          call app1.sock acme.Desk/Echo @nowhere                  | 1 | farcap: nowhere: there is no such file
          call app1.sock acme.Desk/Echo --metadata x              | 2 | farcap: --metadata 'x' is not of the form KEY=VALUE
          call app1.sock acme.Desk/Echo --metadata farcap-label=x | 2 | farcap: --metadata 'farcap-label=x': keys that begin with farcap-
          call app1.sock acme.Desk/Echo --proto-set notes         | 1 | farcap: notes is no set of protobuf files
          call app1.sock acme.Desk/Hang --deadline 500ms          | 4 | farcap: DEADLINE_EXCEEDED
          services app1.sock acme.Vault                           | 3 | farcap: there is no acme.Vault here
          services left.sock                                      | 4 | farcap: unavailable: nobody listens there: is the client-proxy running?
          services others.sock                                    | 4 | farcap: unavailable: the listener closed the connection; if it does not allow this user, its log says so
          call others.sock acme.Desk/Echo {} --proto-set acme.pb  | 4 | farcap: UNAVAILABLE: the listener closed the connection; if it does not allow this user, its log says so
          await others.sock --timeout 300ms                       | 4 | farcap: others.sock closes connections; if it does not allow this user, its log says so, after 300 ms
          route explain ROM x --config client.yaml --listener no  | 2 | farcap: client.yaml has no listener 'no'; it has app1, app2, others
          services none                                           | 4 | farcap: nobody listens at none
          await none --timeout 300ms                              | 4 | farcap: nobody listens at none, after 300 ms
          await app1.sock acme.Vault --timeout 1s                 | 3 | farcap: there is no rule or no grant for acme.Vault, after 1000 ms
          """)
  void mistakeIsNamed(String line, int code, String message) throws Exception {
    Command.Result result = farcap.run(line.split(" "));

    assertEquals(code, result.code(), result.toString());
    assertTrue(result.err().startsWith(message), result.err());
    assertEquals("", result.out());
  }

  // ---- await

  @Test
  void whatServesIsNotWaitedFor() throws Exception {
    assertEquals(new Command.Result(0, "", ""), farcap.run("await", "app1.sock"));
    assertEquals(new Command.Result(0, "", ""), farcap.run("await", "app1.sock", "acme.Desk"));
  }

  @Test
  void aServiceIsAwaitedUntilItServes() throws Exception {
    desk.health.setStatus("acme.Desk", ServingStatus.NOT_SERVING);
    Path out = pair.folder.resolve("await.out");
    Path err = pair.folder.resolve("await.err");
    try {
      Command.Result tooEarly = farcap.run("await", "app1.sock", "acme.Desk", "--timeout", "1s");
      assertEquals(ExitCode.UNAVAILABLE, tooEarly.code(), tooEarly.toString());
      assertTrue(tooEarly.err().startsWith("farcap: acme.Desk does not serve"), tooEarly.err());
      Process await = farcap.start(out, err, "await", "app1.sock", "acme.Desk");

      desk.health.setStatus("acme.Desk", ServingStatus.SERVING);

      assertTrue(await.waitFor(60, TimeUnit.SECONDS), "the wait did not end");
      assertEquals(0, await.exitValue(), Files.readString(err));
    } finally {
      desk.health.setStatus("acme.Desk", ServingStatus.SERVING);
    }
  }

  // ---- progress

  @Test
  void aLongTransferIsShownToATerminalOnly() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/script")), "needs the command 'script'");
    try (RandomAccessFile big =
        new RandomAccessFile(pair.folder.resolve("roms/big").toFile(), "rw")) {
      big.setLength(400L << 20);
    }
    String[] get = {"rom", "get", "big", "--socket", "app1.sock", "--to", "got-big"};

    String plain = pair.good(get).err();
    String seen = farcap.runInTerminal(get);

    assertEquals("", plain);
    assertTrue(seen.contains("big [="), seen);
    assertTrue(seen.contains(" of 400.0 MiB"), seen);
  }
}
