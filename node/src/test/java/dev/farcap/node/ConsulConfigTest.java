package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// How a directory in Consul is configured, and what is said of mistakes.
final class ConsulConfigTest {
  @TempDir private Path folder;
  private TwoHosts hosts;

  @BeforeEach
  void files() throws Exception {
    hosts = new TwoHosts(folder);
    Path token = Files.writeString(folder.resolve("open.token"), "secret\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
    Path good = Files.writeString(folder.resolve("consul.token"), "secret\n");
    Files.setPosixFilePermissions(good, PosixFilePermissions.fromString("rw-------"));
  }

  private NodeConfig client(String directory) throws Exception {
    Path file = hosts.writeClient("tls://127.0.0.1:1");
    Files.writeString(file, Files.readString(file).replace("directory.yaml", directory));
    return NodeConfig.read(file);
  }

  private NodeConfig server(String listen, String directory) throws Exception {
    Path file = hosts.writeServer(RomPair.EVERYBODY);
    Files.writeString(
        file,
        Files.readString(file).replace("tls://127.0.0.1:0", listen)
            + "  directory: "
            + directory
            + "\n");
    return NodeConfig.read(file);
  }

  private String problems(Executable read) {
    String message = String.valueOf(assertThrows(ConfigException.class, read).getMessage());
    return message.replace(folder + "/", "");
  }

  @Test
  void aClientMayHaveItsDirectoryInConsul() throws Exception {
    NodeConfig config =
        client("{consul: {address: \"https://consul.lab:8501\", token: consul.token}}");

    assertEquals(
        "Consul at https://consul.lab:8501, token " + folder.resolve("consul.token"),
        Objects.requireNonNull(config.client()).directory().toString());
  }

  @Test
  void aServerMayRegister() throws Exception {
    NodeConfig config =
        server(
            "tls://0.0.0.0:7443", "{consul: {}, addresses: [\"tls://10.0.0.2:7443\"], weight: 3}");

    assertEquals(
        "Consul at http://127.0.0.1:8500, weight 3, at tls://10.0.0.2:7443",
        String.valueOf(Objects.requireNonNull(config.server()).directory()));
  }

  @Test
  void mistakesAreToldWithLineAndColumn() {
    assertEquals(
        """
        client.yaml:5:14: client.directory: missing key 'consul'
        client.yaml:5:15: client.directory: unknown key 'consull', did you mean 'consul'?\
        """,
        problems(() -> client("{consull: {}}")));
    assertEquals(
        "client.yaml:5:33: client.directory.consul.address: 'http://10.0.0.9:8500' is not on this"
            + " host: expected https, or the Consul agent of this host",
        problems(() -> client("{consul: {address: \"http://10.0.0.9:8500\"}}")));
    assertEquals(
        "client.yaml:5:23: client.directory.consul: open.token is a secret and open to others"
            + " (rw-r--r--): chmod 600 open.token",
        problems(() -> client("{consul: {token: open.token}}")));
    assertEquals(
        "client.yaml:5:23: client.directory.consul: no.token does not exist",
        problems(() -> client("{consul: {token: no.token}}")));
    assertEquals(
        "client.yaml:5:29: client.directory.consul.tls: expected both 'certificate' and 'key', or"
            + " none",
        problems(() -> client("{consul: {tls: {key: consul.token}}}")));
  }

  @Test
  void aServerThatNobodyCanDialByWhatItListensAtMustSayWhere() {
    assertEquals(
        "server.yaml:9:14: server.directory: nobody can dial 'tls://0.0.0.0:7443': expected"
            + " 'addresses', where users reach this server",
        problems(() -> server("tls://0.0.0.0:7443", "{consul: {}}")));
    assertEquals(
        "server.yaml:9:35: server.directory.weight: expected a whole number 0..10000, found '10001'",
        problems(() -> server("tls://127.0.0.1:7443", "{consul: {}, weight: 10001}")));
  }
}
