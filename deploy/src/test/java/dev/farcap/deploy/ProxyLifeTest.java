package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// How proxies begin and end, and what programs see of it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProxyLifeTest {
  private Pair pair;

  @BeforeAll
  void prepare(@TempDir Path folder) throws Exception {
    pair = new Pair(folder);
    pair.prepare();
    // A port where nobody listens, whatever else runs here.
    pair.writeDirectory("tls://127.0.0.1:1", "[{anyService: true, to: [host-b]}]");
  }

  @AfterAll
  void stop() {
    pair.close();
  }

  @Test
  void serverThatIsAwayIsUnavailableUntilItComes() throws Exception {
    Process client = pair.start("run", "client", _ -> true);

    Command.Result away =
        pair.farcap.run("rom", "get", "config", "--socket", "app1.sock", "--wait", "1s");

    assertEquals(ExitCode.UNAVAILABLE, away.code(), away.toString());
    assertTrue(away.err().startsWith("farcap: unavailable: "), away.err());

    Process server = pair.start("run", "server", _ -> true);
    String address = pair.status("server").at("/listeners/0/address").asText();
    pair.writeDirectory(address, "[{anyService: true, to: [host-b]}]");

    Await.until(
        () ->
            pair.farcap.run("rom", "get", "config", "--socket", "app1.sock").out().equals("one\n"),
        () -> pair.log("client"));
    assertEquals(ExitCode.DONE, pair.end(server), pair.log("server"));
    assertEquals(ExitCode.DONE, pair.end(client), pair.log("client"));
    assertFalse(pair.log("server").contains(" ERROR "), pair.log("server"));
    assertFalse(pair.log("client").contains(" ERROR "), pair.log("client"));
    assertFalse(Files.exists(pair.folder.resolve("app1.sock")), "the socket is left behind");
  }

  @Test
  void processEndsWithItsStdinWhereThatIsAsked() throws Exception {
    Path output = pair.folder.resolve("orphan.log");
    Process server = pair.farcap.start(output, output, "server-proxy", "server.yaml");

    server.getOutputStream().close();

    assertTrue(server.waitFor(30, TimeUnit.SECONDS), () -> "still runs: " + output);
  }

  @Test
  void partOfTheWrongKindIsRefused() throws Exception {
    Command.Result result = pair.farcap.run("client-proxy", "server.yaml");

    assertEquals(
        new Command.Result(
            ExitCode.FAILED, "", "farcap: server.yaml: is for a server-proxy: use 'farcap run'\n"),
        result);
  }
}
