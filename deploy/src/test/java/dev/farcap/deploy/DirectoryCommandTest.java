package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.testkit.ConsulServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// From a directory file to routes in Consul.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DirectoryCommandTest {
  private Path folder;
  private Command farcap;
  private ConsulServer consul;

  @BeforeAll
  void prepare(@TempDir Path temporary) throws Exception {
    assumeTrue(ConsulServer.executable() != null, "needs a Consul: run testkit/consul");
    folder = temporary;
    farcap = new Command(temporary);
    consul = ConsulServer.start(folder.resolve("consul"), "");
    good("ca", "init", "lab");
    good("ca", "init", "lab", "--out", "thief");
    Files.writeString(
        folder.resolve("directory.yaml"),
        """
        providers: {b: {identity: farcap://lab/b, services: [ROM]}}
        routes: [{service: ROM, to: [b]}]
        """);
    Files.writeString(folder.resolve("wrong.yaml"), "providers: {b: {identity: x}}\n");
  }

  @AfterAll
  void stop() {
    if (consul != null) {
      consul.close();
    }
  }

  private Command.Result good(String... arguments) throws Exception {
    Command.Result result = farcap.run(arguments);
    assertEquals(0, result.code(), result.toString());
    return result;
  }

  private Command.Result publish(String file) throws Exception {
    return farcap.run("directory", "publish", file, "--consul", consul.address().toString());
  }

  @Test
  void whatIsSignedAndPublishedIsShown() throws Exception {
    Command.Result first = good("directory", "sign", "directory.yaml", "--out", "first.signed");
    Command.Result second = good("directory", "sign", "directory.yaml", "--out", "second.signed");
    assertEquals("1", first.fact("number"));
    assertEquals("2", second.fact("number"));

    assertEquals(0, publish("second.signed").code());
    Command.Result older = publish("first.signed");
    assertEquals(3, older.code(), older.toString());
    assertEquals(
        "farcap: routes 2 are there already, no proxy would take 1: sign with --number 3\n",
        older.err());

    Command.Result shown = good("directory", "show", "--consul", consul.address().toString());
    assertTrue(shown.out().contains("# number 2\n"), shown.out());
    assertTrue(shown.out().endsWith("routes: [{service: ROM, to: [b]}]\n"), shown.out());
  }

  @Test
  void whatNobodyWouldBelieveIsNotPublished() throws Exception {
    good("directory", "sign", "directory.yaml", "--ca", "thief", "--out", "forged.signed");

    Command.Result forged = publish("forged.signed");

    assertEquals(3, forged.code(), forged.toString());
    assertTrue(forged.err().contains("forged.signed: KEY_UNKNOWN"), forged.err());
  }

  @Test
  void whatIsWrongIsNotSigned() throws Exception {
    Command.Result wrong = farcap.run("directory", "sign", "wrong.yaml", "--out", "wrong.signed");

    assertEquals(1, wrong.code(), wrong.toString());
    assertTrue(wrong.err().contains("wrong.yaml:1:27: providers.b.identity"), wrong.err());
    assertTrue(Files.notExists(folder.resolve("wrong.signed")));
  }

  @Test
  void validatingSaysWhatIsThereOrWhatIsWrong() throws Exception {
    assertEquals("1", good("directory", "validate", "directory.yaml").fact("rules"));
    assertEquals(1, farcap.run("directory", "validate", "wrong.yaml").code());
  }

  @Test
  void aConsulThatIsAwayIsNamed() throws Exception {
    Command.Result away = farcap.run("directory", "show", "--consul", "http://127.0.0.1:9");

    assertEquals(4, away.code(), away.toString());
    assertEquals("farcap: nothing listens at http://127.0.0.1:9\n", away.err());
  }
}
