package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/// What can be told of the compose file without anything that runs containers: Compose reads it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ContainerTest {
  private static final long PATIENCE_S = 60;

  private JsonNode compose;

  @BeforeAll
  void read(@TempDir Path folder) throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(bin -> Files.isExecutable(Path.of(bin, "docker-compose"))),
        "docker-compose is not installed");
    Path read = folder.resolve("read.yaml");
    Process process =
        new ProcessBuilder("docker-compose", "-f", "container/compose.yaml", "config")
            .redirectOutput(read.toFile())
            .redirectError(folder.resolve("said").toFile())
            .start();
    assertTrue(process.waitFor(PATIENCE_S, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), Files.readString(folder.resolve("said")));
    compose = new ObjectMapper().valueToTree(new Yaml().load(Files.readString(read)));
  }

  @Test
  void hostsHaveNoPrivilege() {
    for (String host : List.of("host-a", "host-b")) {
      JsonNode service = compose.at("/services/" + host);
      assertEquals("[\"ALL\"]", service.get("cap_drop").toString());
      assertTrue(service.get("read_only").asBoolean());
      assertEquals("[\"no-new-privileges:true\"]", service.get("security_opt").toString());
      assertTrue(service.path("ports").isMissingNode(), "nothing is open to the outside");
    }
  }

  @Test
  void scriptThatMakesTheRealmIsOne() throws Exception {
    String script = compose.at("/services/realm/command/0").asText().replace("$$", "$");

    Process bash = new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
    bash.getOutputStream().write(script.getBytes(StandardCharsets.UTF_8));
    bash.getOutputStream().close();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertEquals(0, bash.waitFor(), said + script);
    assertTrue(script.contains("for host in host-a host-b"), script);
  }
}
