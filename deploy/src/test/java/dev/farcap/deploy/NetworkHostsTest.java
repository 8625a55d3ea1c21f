package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.door.DoorAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `deploy/netns/hosts` sets up two hosts on one, and leaves nothing.
@Timeout(60)
final class NetworkHostsTest {
  private static final String SCRIPT = Path.of("netns/hosts").toAbsolutePath().toString();
  private static final String NAME = "fc" + ProcessHandle.current().pid() + "-hosts";
  private static final long PATIENCE_S = 30;

  /// What a host says of a port where nobody listens: it is there.
  private static final String REFUSED = "Connection refused";

  @AfterEach
  void remove() throws Exception {
    if (DoorAddress.Unix.ownUid() == 0) {
      hosts("down");
    }
  }

  private record Said(int code, String out, String err) {}

  private static Said hosts(String... arguments) throws Exception {
    return run(List.of(), arguments);
  }

  private static Said run(List<String> before, String... arguments) throws Exception {
    Path err = Files.createTempFile("hosts", ".err");
    try {
      Process process = start(before, err, arguments);
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Said(endOf(process), out, Files.readString(err));
    } finally {
      Files.delete(err);
    }
  }

  private static Process start(List<String> before, Path err, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(SCRIPT);
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    builder.environment().put("FARCAP_HOSTS", NAME);
    return builder.start();
  }

  private static int endOf(Process process) throws InterruptedException {
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("did not end in " + PATIENCE_S + " s");
    }
    return process.exitValue();
  }

  private static void good(String... arguments) throws Exception {
    assertEquals(new Said(0, "", ""), hosts(arguments));
  }

  private static void assumePossible() throws Exception {
    assumeTrue(DoorAddress.Unix.ownUid() == 0, "needs root");
    Said up = hosts("up");
    assumeTrue(up.code() == 0, "needs network namespaces: " + up.err());
    good("down");
  }

  private static Set<String> namespaces() throws IOException {
    try (var names = Files.list(Path.of("/run/netns"))) {
      return names
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(NAME))
          .collect(Collectors.toSet());
    }
  }

  // ---- as root

  @Test
  @Tag("netns")
  void eachHostHasAWireToTheOtherAndNothingElse() throws Exception {
    assumePossible();

    good("up", "9000");

    assertEquals(Set.of(NAME + "-a", NAME + "-b"), namespaces());
    assertEquals("lo wire0 02:fc:00:00:00:0a 9000", interfaceOf("a"));
    assertEquals("lo wire0 02:fc:00:00:00:0b 9000", interfaceOf("b"));
    assertTrue(knock("a", "10.203.8.2").contains(REFUSED));
    assertTrue(knock("b", "10.203.8.1").contains(REFUSED));
  }

  @Test
  @Tag("netns")
  void nobodyReachesAHostWhoseCableIsPulledUntilItIsBack() throws Exception {
    assumePossible();
    good("up");

    good("unplug");
    String pulled = knock("a", "10.203.8.2");
    good("plug");

    assertFalse(pulled.isEmpty() || pulled.contains(REFUSED), pulled);
    Await.until(() -> knock("a", "10.203.8.2").contains(REFUSED), () -> "not reached again");
  }

  private static String interfaceOf(String host) throws Exception {
    return hosts("run", host, "sh", "-c", "cd /sys/class/net; echo *; cat wire0/address wire0/mtu")
        .out()
        .strip()
        .replace('\n', ' ');
  }

  private static String knock(String from, String to) throws Exception {
    return hosts("run", from, "bash", "-c", "exec 3<>/dev/tcp/" + to + "/9").err();
  }

  @Test
  @Tag("netns")
  void downWaitsForWhatEndsWhenToldAndKillsWhatDoesNot() throws Exception {
    assumePossible();
    good("up");
    Process tidy =
        running("a", "trap 'sleep 1; exit 7' TERM; echo runs; while :; do sleep 0.1; done");
    Process deaf = running("b", "trap '' TERM; echo runs; exec sleep 600");

    good("down");

    assertEquals(7, endOf(tidy));
    assertEquals(128 + 9, endOf(deaf));
    assertEquals(Set.of(), namespaces());
  }

  /// Returns when it has said that it runs.
  private static Process running(String host, String script) throws Exception {
    Process process = start(List.of(), Path.of("/dev/null"), "run", host, "bash", "-c", script);
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    assertEquals("runs", out.readLine());
    return process;
  }

  @Test
  @Tag("netns")
  void downWhereNothingIsUpIsDone() throws Exception {
    assumePossible();

    good("down");
    good("down");
  }

  @Test
  @Tag("netns")
  void whatIsUpIsNotSetUpAgain() throws Exception {
    assumePossible();
    good("up");

    Said again = hosts("up");

    String refusal = "hosts: %s is up already; %s down removes it\n".formatted(NAME, SCRIPT);
    assertEquals(new Said(1, "", refusal), again);
    assertTrue(knock("a", "10.203.8.2").contains(REFUSED));
  }

  @Test
  @Tag("netns")
  void whatCannotBeSetUpLeavesNothing() throws Exception {
    assumePossible();

    Said tiny = hosts("up", "1");

    assertEquals(1, tiny.code(), tiny.err());
    assertTrue(
        tiny.err().endsWith("hosts: " + NAME + " could not be set up, see above\n"), tiny.err());
    assertEquals(Set.of(), namespaces());
  }

  @ParameterizedTest
  @ValueSource(strings = {"run a true", "unplug", "plug"})
  @Tag("netns")
  void whatIsNotUpIsSaidNotToBe(String arguments) throws Exception {
    assumePossible();

    Said said = hosts(arguments.split(" ", -1));

    assertEquals(new Said(1, "", "hosts: %s is not up: %s up\n".formatted(NAME, SCRIPT)), said);
  }

  // ---- as anybody

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sideways",
        "up high",
        "up 1500 9000",
        "down now",
        "run a",
        "run c true",
        "plug b"
      })
  void whatIsNotUnderstoodIsNamedWithWhatWouldBe(String arguments) throws Exception {
    Said said = hosts(arguments.split(" ", -1));

    assertEquals(2, said.code(), said.err());
    assertTrue(said.err().startsWith("hosts: not understood: " + arguments + "\n"), said.err());
    assertTrue(said.err().contains("deploy/netns/hosts up [MTU]"), said.err());
  }

  @Test
  void withoutRootItSaysSo() throws Exception {
    // In a namespace of users that maps none, root is nobody.
    Said said = run(List.of("unshare", "--user"), "up");

    assertEquals(new Said(1, "", "hosts: needs root\n"), said);
  }
}
