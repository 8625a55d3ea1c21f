package dev.farcap.routing.consul;

import static dev.farcap.routing.DirectoryContract.await;
import static dev.farcap.routing.DirectoryContract.trouble;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import dev.farcap.routing.Directory;
import dev.farcap.routing.Provider.Health;
import dev.farcap.routing.consul.ConsulConfig.Tls;
import dev.farcap.session.Identity;
import dev.farcap.testkit.ConsulServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tokens and TLS.
final class ConsulAccessTest {
  private static final String ROOT = "11111111-2222-3333-4444-555555555555";

  @TempDir private Path folder;
  @TempDir private Path state;

  @Test
  void aTokenMayWhatItsPolicySaysAndMayBeReplaced() throws Exception {
    String acl =
        """
        acl {
          enabled = true
          default_policy = "deny"
          tokens { master = "%1$s", agent = "%1$s" }
        }
        """
            .formatted(ROOT);
    try (ConsulServer consul = ConsulHouse.start(folder, acl)) {
      consul.use(ROOT);
      awaitAcls(consul);
      ConsulHouse house = new ConsulHouse(consul, state);
      house.write(house.text("host-b"));
      Path token = secret("token", token(consul, "key_prefix \"elsewhere\" { policy = \"read\" }"));
      ConsulConfig config = ConsulConfig.of(consul.address()).withToken(token);

      try (Directory directory = house.open(config)) {
        await(
            "told that it may not",
            () -> trouble(directory).contains("is not there, or this process may not read it"));
        // As docs/operate.md has it for those who read, and for those who register.
        String reader =
            """
            key_prefix "farcap/%1$s/" { policy = "read" }
            service "farcap-%1$s" { policy = "read" }
            node_prefix "" { policy = "read" }
            """
                .formatted(house.realm.name);
        Files.delete(token);
        secret("token", token(consul, reader));

        await("routes", () -> directory.snapshot().providers().size() == 1);
        await("no trouble", () -> directory.freshness().trouble() == null);

        Path writer =
            secret(
                "writer",
                token(
                    consul,
                    "service \"farcap-%s\" { policy = \"write\" }".formatted(house.realm.name)));
        try (ConsulRegistration _ =
            ConsulRegistration.open(
                config.withToken(writer).withTtl(Duration.ofSeconds(15)),
                new Registration(
                    new Identity(house.realm.name, "host-b"),
                    List.of("tls://10.0.0.2:7443"),
                    OptionalInt.empty(),
                    Health.UP))) {
          await(
              "registered",
              () ->
                  directory.snapshot().providers().values().stream()
                      .anyMatch(provider -> !provider.addresses().isEmpty()));
        }
        try (ConsulPublisher publisher =
            ConsulPublisher.open(config.withToken(writer), house.realm.name)) {
          ConsulFailure e = assertThrows(ConsulFailure.class, publisher::routes);
          assertTrue(String.valueOf(e.getMessage()).contains("lacks this"), e::toString);
        }
      }
    }
  }

  private static void awaitAcls(ConsulServer consul) {
    await(
        "ACLs are ready",
        () -> {
          try {
            return !consul.ask("GET", "/v1/acl/tokens", new byte[0]).isEmpty();
          } catch (IOException _) {
            return false;
          }
        });
  }

  /// Makes a token with a policy of these rules.
  private static String token(ConsulServer consul, String rules) throws IOException {
    String policy = "policy-" + Objects.hash(rules);
    consul.ask(
        "PUT",
        "/v1/acl/policy",
        "{\"Name\": \"%s\", \"Rules\": \"%s\"}"
            .formatted(policy, rules.replace("\"", "\\\"").replace("\n", "\\n"))
            .getBytes(StandardCharsets.UTF_8));
    String made =
        consul.ask(
            "PUT",
            "/v1/acl/token",
            "{\"Policies\": [{\"Name\": \"%s\"}]}"
                .formatted(policy)
                .getBytes(StandardCharsets.UTF_8));
    return JsonParser.parseString(made).getAsJsonObject().get("SecretID").getAsString();
  }

  private Path secret(String name, String text) throws IOException {
    Path file =
        Files.createFile(
            folder.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, text + "\n");
  }

  @Test
  void aTokenThatOthersCanReadIsNotUsed() throws Exception {
    Path token = secret("token", ROOT);
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
    ConsulConfig config = ConsulConfig.of(ConsulConfig.DEFAULT_ADDRESS).withToken(token);

    try (ConsulPublisher publisher = ConsulPublisher.open(config, "lab")) {
      ConsulFailure e = assertThrows(ConsulFailure.class, publisher::routes);

      assertEquals(
          token + " is a secret and open to others (rw-r--r--): chmod 600 " + token,
          e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:8500",
        "http://127.0.0.1",
        "http://127.0.0.1:8500/v1",
        "http://user@127.0.0.1:8500",
        "ftp://127.0.0.1:8500",
        "http://10.0.0.9:8500",
        "http://consul.example:8500",
        "http://localhost.example:8500"
      })
  void whatIsNoAddressOrWouldCarryATokenInTheOpenIsRefused(String address) {
    assertThrows(IllegalArgumentException.class, () -> ConsulConfig.checkAddress(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:8500",
        "http://localhost:8500",
        "http://[::1]:8500",
        "https://consul.example:8501"
      })
  void theseAreAddresses(String address) {
    assertEquals(address, ConsulConfig.checkAddress(address).toString());
  }

  @Test
  void consulIsProvenByItsCertificate() throws Exception {
    ConsulHouse.assumePossible();
    Path certificates = Files.createDirectories(folder.resolve("tls"));
    run(certificates, "tls", "ca", "create", "-domain=own");
    run(certificates, "tls", "cert", "create", "-server", "-domain=own");
    Path other = Files.createDirectories(folder.resolve("other"));
    run(other, "tls", "ca", "create", "-domain=own");
    String https =
        """
        ca_file = "%1$s/own-agent-ca.pem"
        cert_file = "%1$s/dc1-server-own-0.pem"
        key_file = "%1$s/dc1-server-own-0-key.pem"
        """
            .formatted(certificates);
    try (ConsulServer consul = ConsulHouse.start(folder, https)) {
      ConsulHouse house = new ConsulHouse(consul, state);
      house.write(house.text("host-b"));
      ConsulConfig config = ConsulConfig.of(consul.secureAddress());

      try (Directory directory =
          house.open(config.withTls(new Tls(other.resolve("own-agent-ca.pem"), null, null)))) {
        await("trouble", () -> directory.freshness().trouble() != null);
        assertTrue(trouble(directory).contains("TLS failed"), directory.freshness()::toString);
        assertEquals(0, directory.snapshot().providers().size());
      }
      try (Directory directory =
          house.open(
              config.withTls(new Tls(certificates.resolve("own-agent-ca.pem"), null, null)))) {
        await("routes", () -> directory.snapshot().providers().size() == 1);
      }
    }
  }

  private static void run(Path folder, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(arguments));
    command.addFirst(Objects.requireNonNull(ConsulServer.executable()).toString());
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }
}
