package dev.farcap.routing.consul;

import static dev.farcap.routing.DirectoryContract.await;
import static dev.farcap.routing.DirectoryContract.trouble;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.routing.Directory;
import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.session.Identity;
import dev.farcap.testkit.ConsulServer;
import dev.farcap.testkit.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whatever happens to Consul or on the way to it: the routes stay, one line says why, and news
/// come when it is over.
final class ConsulFaultsTest {
  private static final String HOST_B = "tls://10.0.0.2:7443";

  @TempDir private Path folder;
  @TempDir private Path state;
  private ConsulServer consul;
  private ConsulHouse house;
  private Wire wire;

  @BeforeEach
  void aConsulOfItsOwn() throws IOException {
    consul = ConsulHouse.start(folder);
    house = new ConsulHouse(consul, state);
    wire = Wire.to(consul.address().getPort());
    house.write(house.text("host-b"));
  }

  @AfterEach
  void stop() {
    if (consul != null) {
      wire.close();
      consul.close();
    }
  }

  @Test
  void aConsulThatIsKilledAndComesBack() throws Exception {
    try (LogLines log = new LogLines();
        Directory directory = house.open();
        ConsulRegistration _ = house.register("host-b", Duration.ofSeconds(3), HOST_B)) {
      await("registered", () -> health(directory) == Health.UP && !addresses(directory).isEmpty());

      consul.kill();
      await("trouble", () -> areUnreadable(directory));
      assertKept(directory);
      consul.restart();
      house.write(house.text("host-b", "host-c"));

      await("news", () -> names(directory).contains("host-c"));
      await("no trouble", () -> directory.freshness().trouble() == null);
      await("up", () -> health(directory) == Health.UP);
      assertEquals(List.of(HOST_B), addresses(directory));
      assertOneLine(log, "nothing listens at");
    }
  }

  @Test
  void aConsulThatHasLostEverything() throws Exception {
    try (Directory directory = house.open();
        ConsulRegistration _ = house.register("host-b", Duration.ofSeconds(3), HOST_B)) {
      await("registered", () -> !addresses(directory).isEmpty());

      consul.kill();
      consul.forget();
      consul.restart();

      await("trouble", () -> trouble(directory).contains("is not there"));
      assertKept(directory);
      await("registered anew", () -> health(directory) == Health.UP);
      house.write(house.text("host-b", "host-c"));
      await("news", () -> names(directory).contains("host-c"));
      await("no trouble", () -> directory.freshness().trouble() == null);
    }
  }

  @Test
  void aNetworkThatSwallowsEverything() throws Exception {
    try (LogLines log = new LogLines();
        Directory directory = house.open(wire.address())) {
      wire.silence();
      await("trouble", () -> areUnreadable(directory));
      assertKept(directory);
      house.write(house.text("host-b", "host-c"));
      wire.heal();

      await("news", () -> names(directory).contains("host-c"));
      await("no trouble", () -> directory.freshness().trouble() == null);
      assertOneLine(log, "does not answer in time");
    }
  }

  @Test
  void answersThatTakeTheirTime() throws Exception {
    wire.delay(Duration.ofSeconds(1));
    try (LogLines log = new LogLines();
        Directory directory = house.open(wire.address())) {
      house.write(house.text("host-b", "host-c"));

      await("news", () -> names(directory).contains("host-c"));
      assertEquals(List.of(), log.alarms(house.realm.name));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                       | :
          SSH-2.0-OpenSSH~~                                        | does not answer as Consul does
          HTTP/1.1 200 OK~Content-Length: 5~~hello                 | does not answer as Consul does
          HTTP/1.1 200 OK~Content-Length: 99~~[]                   | :
          HTTP/1.1 200 OK~X-Consul-Index: x~Content-Length: 2~~[]  | does not answer as Consul does
          HTTP/1.1 200 OK~Content-Length: 12~~[{"Key": 7}]         | does not answer as Consul does
          HTTP/1.1 500 Oh~Content-Length: 17~~No cluster leader    | Consul says 500: No cluster leader
          HTTP/1.1 403 Oh~Content-Length: 17~~Permission denied    | Consul asks for an ACL token (Permission denied)
          HTTP/1.1 302 Oh~Location: http://127.0.0.1:1/~Content-Length: 0~~ | :
          """)
  void answersThatAreNone(String answer, String said) throws Exception {
    try (LogLines log = new LogLines();
        Directory directory = house.open(wire.address())) {
      wire.babble(answer.replace("~", "\r\n").getBytes(StandardCharsets.UTF_8));

      await("trouble", () -> areUnreadable(directory));
      assertKept(directory);
      assertTrue(trouble(directory).contains(said), directory.freshness()::toString);
      house.write(house.text("host-b", "host-c"));
      wire.heal();

      await("news", () -> names(directory).contains("host-c"));
      await("no trouble", () -> directory.freshness().trouble() == null);
      assertOneLine(log, "");
    }
  }

  @Test
  void connectionsThatBreak() throws Exception {
    try (Directory directory = house.open(wire.address())) {
      wire.cut();
      await("trouble", () -> areUnreadable(directory));
      assertKept(directory);
      house.write(house.text("host-b", "host-c"));
      wire.heal();

      await("news", () -> names(directory).contains("host-c"));
      await("no trouble", () -> directory.freshness().trouble() == null);
    }
  }

  @Test
  void aProviderWhoseConsulWasAwayIsRegisteredWhenItIsBack() throws Exception {
    wire.cut();
    try (Directory directory = house.open();
        ConsulRegistration provider =
            ConsulRegistration.open(
                ConsulConfig.of(wire.address()),
                new Registration(
                    new Identity(house.realm.name, "host-b"),
                    List.of(HOST_B),
                    OptionalInt.empty(),
                    Health.UP))) {
      await("trouble", () -> !"not registered yet".equals(provider.trouble()));
      assertNotNull(provider.trouble());

      wire.heal();

      await("registered", () -> addresses(directory).equals(List.of(HOST_B)));
      await("no trouble", () -> provider.trouble() == null);
    }
  }

  private static boolean areUnreadable(Directory directory) {
    return trouble(directory).contains("the keys of the realm cannot be read");
  }

  private void assertKept(Directory directory) {
    assertEquals(Set.of("host-b"), names(directory));
  }

  private static void assertOneLine(LogLines log, String why) {
    List<String> lines = log.alarms("the keys of the realm cannot be read");
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.getFirst().contains(why), lines::toString);
  }

  private static Set<String> names(Directory directory) {
    return Set.copyOf(
        directory.snapshot().providers().values().stream().map(Provider::name).toList());
  }

  private List<String> addresses(Directory directory) {
    return hostB(directory).addresses();
  }

  private Health health(Directory directory) {
    return hostB(directory).health();
  }

  private Provider hostB(Directory directory) {
    return directory.snapshot().providers().values().stream()
        .filter(provider -> provider.name().equals("host-b"))
        .findFirst()
        .orElseThrow();
  }
}
