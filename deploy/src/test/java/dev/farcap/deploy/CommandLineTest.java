package dev.farcap.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the command says to a person who is mistaken.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CommandLineTest {
  private Path folder;
  private Command farcap;

  @BeforeAll
  void prepare(@TempDir Path temporary) throws Exception {
    folder = temporary;
    farcap = new Command(temporary);
    Files.writeString(folder.resolve("taken"), "");
    Files.createDirectories(folder.resolve("full/x"));
    Files.writeString(
        folder.resolve("directory.yaml"),
        """
        providers: {b: {identity: farcap://lab/b, services: [ROM]}}
        routes: [{service: ROM, labelPrefix: "boot", to: [b]}]
        """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                  | 2 | farcap: which command?
          bogus                               | 2 | farcap: Unmatched argument at index 0: 'bogus'
          ca                                  | 2 | farcap: which command of 'ca'?
          ca init                             | 2 | farcap: Missing required parameter: 'REALM'
          ca init Lab                         | 1 | farcap: 'Lab' is no name of a realm
          ca init lab --out full              | 1 | farcap: full
          ca issue host-a                     | 2 | farcap: Missing required option: '--out=DIR'
          ca issue host-a --out x             | 1 | farcap: ca is no realm
          ca issue host-a --out x --life 3    | 2 | farcap: Invalid value for option '--life'
          ca grant a Rom --server b           | 2 | farcap: Invalid value for positional parameter at index 1 (SERVICE): 'Rom' is no service, did you mean 'ROM'?
          check                               | 2 | farcap: Missing required parameter: 'FILE'
          check nowhere.yaml                  | 1 | nowhere.yaml: cannot be read: there is no such file
          run nowhere.yaml                    | 1 | nowhere.yaml: cannot be read: there is no such file
          rom get config                      | 2 | farcap: Missing required option: '--socket=PATH'
          rom get config --socket none        | 4 | farcap: nobody listens at none
          log write x --level loud --socket s | 2 | farcap: Invalid value for option '--level'
          report                              | 2 | farcap: which command of 'report'?
          directory                           | 2 | farcap: which command of 'directory'?
          directory publish x --consul ftp:x  | 2 | farcap: Invalid value for option '--consul': 'ftp:x' is no address such as http://127.0.0.1:8500
          report submit x                     | 2 | farcap: Missing required option: '--socket=PATH'
          report submit x --socket none       | 4 | farcap: nobody listens at none
          report submit x --lines --socket s  | 2 | farcap: give one of TEXT, --file and --lines
          log tail --lines 1001 --socket s    | 2 | farcap: --lines is 1001, expected 0..1000
          status                              | 2 | farcap: Error: Missing required argument
          status --port 1                     | 4 | farcap: nobody answers at http://127.0.0.1:1/status
          demo --rom nowhere                  | 2 | farcap: nowhere is no folder
          demo --transport pigeon             | 2 | farcap: Invalid value for option '--transport'
          completion fish                     | 2 | farcap: Invalid value for positional parameter at index 0 (SHELL)
          route explain ROM x --listener a    | 2 | farcap: Error: Missing required argument
          """)
  void mistakeIsNamedWithoutStackTrace(String line, int code, String message) throws Exception {
    String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");

    Command.Result result = farcap.run(arguments);

    assertEquals(code, result.code(), result.toString());
    assertTrue(result.err().startsWith(message), result.err());
    assertEquals("", result.out());
    assertTrue(!result.err().contains("\tat "), result.err());
    assertEquals(
        code == ExitCode.USAGE && !message.contains("--lines") && !message.contains("folder"),
        result.err().contains("--help'."),
        result.err());
  }

  @Test
  void versionIsOneLine() throws Exception {
    Command.Result result = farcap.run("--version");

    assertEquals(0, result.code());
    assertTrue(result.out().matches("farcap [0-9]\\S+ \\(Java [0-9]+\\)\\R"), result.out());
  }

  @ParameterizedTest
  @CsvSource({
    "demo",
    "run",
    "client-proxy",
    "server-proxy",
    "check",
    "ca init",
    "ca issue",
    "ca grant",
    "cap inspect",
    "cap verify",
    "rom get",
    "rom watch",
    "log write",
    "log tail",
    "services",
    "call",
    "await",
    "report submit",
    "route explain",
    "status",
    "completion"
  })
  void helpHasAnExample(String command) {
    String usage = HelpText.of(command.split(" "));

    assertTrue(usage.contains("Examples:"), usage);
    assertTrue(usage.contains("  farcap " + command), usage);
    assertTrue(usage.contains("Exit codes:"), usage);
  }

  @Test
  void everyProblemOfEveryFileIsReportedWithItsPlace() throws Exception {
    Files.writeString(
        folder.resolve("wrong.yaml"),
        """
        identity: nowhere
        trustBundle: 12
        state: state
        stat: 1
        client:
          directory: wrong-directory.yaml
          grants: nowhere
          listeners: [{name: a, tcp: "10.0.0.1:99"}]
        """);
    Files.writeString(
        folder.resolve("wrong-directory.yaml"), "providers: {b: {identity: x, services: [ROM]}}\n");

    Command.Result result = farcap.run("check", "wrong.yaml");

    assertEquals(ExitCode.FAILED, result.code());
    assertEquals(
        """
        wrong.yaml:1:11: identity: %1$s/nowhere holds no credentials (it has no holder.key): bring the folder that 'farcap ca issue' wrote
        wrong.yaml:2:14: trustBundle: expected the SHA-256 that 'farcap ca init' and 'farcap ca issue' print, 64 of [0-9a-f], found '12'
        wrong.yaml:4:1: unknown key 'stat', did you mean 'state'?
        wrong.yaml:7:11: client.grants: no folder at %1$s/nowhere
        wrong.yaml:8:30: client.listeners[0].tcp: '10.0.0.1' is no loopback address: what is not encrypted stays on this host, expected 127.0.0.1:PORT or [::1]:PORT
        %1$s/wrong-directory.yaml:1:27: providers.b.identity: identity 'x' is not of the form farcap://realm/path
        """
            .formatted(folder.toRealPath()),
        result.err());
  }

  @Test
  void routeIsExplainedStepByStep() throws Exception {
    String[] question = {
      "route",
      "explain",
      "ROM",
      "boot -> kernel",
      "--listener",
      "app1",
      "--directory",
      "directory.yaml"
    };

    Command.Result routed = farcap.run(question);
    question[3] = "other";
    Command.Result denied = farcap.run(question);

    assertEquals(0, routed.code(), routed.toString());
    assertTrue(routed.out().contains("=> b (farcap://lab/b)"), routed.out());
    assertEquals(ExitCode.REFUSED, denied.code(), denied.toString());
    assertTrue(denied.out().contains("=> denied: "), denied.out());
  }

  @Test
  void whatNoProxyWouldTakeIsNotExplained() throws Exception {
    Files.writeString(
        folder.resolve("pigeon.yaml"),
        "providers: {b: {identity: farcap://lab/b, services: [ROM], addresses: ['pigeon://x']}}\n");

    Command.Result result =
        farcap.run(
            "route", "explain", "ROM", "x", "--listener", "app1", "--directory", "pigeon.yaml");

    assertEquals(ExitCode.FAILED, result.code(), result.toString());
    assertTrue(result.err().contains("is of no medium known here"), result.err());
  }

  @Test
  void policyOfTheServerIsExplainedFromAFileNotInUse() throws Exception {
    Files.writeString(
        folder.resolve("policies.yaml"),
        """
        exports:
          ROM: {policies: [{labelPrefix: "host-a -> app1 -> boot", backend: kernels}]}
        """);
    String[] question = {
      "route",
      "explain",
      "ROM",
      "boot -> kernel",
      "--listener",
      "app1",
      "--directory",
      "directory.yaml",
      "--policies",
      "policies.yaml",
      "--peer",
      "host-a"
    };

    Command.Result served = farcap.run(question);
    question[11] = "host-c";
    Command.Result denied = farcap.run(question);
    Command.Result halfAsked = farcap.run(java.util.Arrays.copyOf(question, 10));

    assertEquals(0, served.code(), served.toString());
    assertTrue(served.out().contains("host-a -> app1 -> boot -> kernel"), served.out());
    assertTrue(served.out().contains(", backend kernels"), served.out());
    assertEquals(ExitCode.REFUSED, denied.code(), denied.toString());
    assertTrue(denied.out().contains("=> denied: no policy for"), denied.out());
    assertEquals(ExitCode.USAGE, halfAsked.code(), halfAsked.toString());
  }

  @Test
  void shellCompletesCommandsAndOptions() throws Exception {
    Files.writeString(folder.resolve("completion"), farcap.run("completion", "bash").out());
    String script =
        """
        . ./completion
        COMP_WORDS=(farcap ro); COMP_CWORD=1; _complete_farcap; echo "${COMPREPLY[@]}"
        COMP_WORDS=(farcap rom get --so); COMP_CWORD=3; _complete_farcap; echo "${COMPREPLY[@]}"
        """;

    Process bash =
        new ProcessBuilder("bash", "-c", script)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String completed = new String(bash.getInputStream().readAllBytes(), UTF_8);

    assertEquals("rom route\n--socket\n", completed);
    assertEquals(farcap.run("completion", "zsh").out(), farcap.run("completion", "bash").out());
  }
}
