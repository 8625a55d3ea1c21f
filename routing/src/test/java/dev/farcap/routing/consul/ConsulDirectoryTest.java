package dev.farcap.routing.consul;

import static dev.farcap.routing.DirectoryContract.await;
import static dev.farcap.routing.DirectoryContract.trouble;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.routing.Directory;
import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.session.Identity;
import dev.farcap.testkit.ConsulServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is believed of what stands in Consul, and what is kept.
final class ConsulDirectoryTest {
  private static final String HOST_B = "tls://10.0.0.2:7443";

  @TempDir private static Path folder;
  private static ConsulServer consul;

  @TempDir private Path state;
  private ConsulHouse house;

  @BeforeAll
  static void start() throws IOException {
    consul = ConsulHouse.start(folder);
  }

  @AfterAll
  static void stop() {
    if (consul != null) {
      consul.close();
    }
  }

  @BeforeEach
  void aRealmOfItsOwn() {
    house = new ConsulHouse(consul, state);
  }

  // ---- signatures

  @Test
  void routesThatNobodyOfTheRealmHasSignedAreRefused() throws Exception {
    house.write(house.text("host-b"));
    SigningRealm stranger = new SigningRealm(house.realm.name);
    byte[] forged = stranger.sign(2, house.text("host-evil"));

    assertRefused(forged, "KEY_UNKNOWN: ");
  }

  @Test
  void routesSignedByAKeyForSomethingElseAreRefused() throws Exception {
    house.write(house.text("host-b"));

    assertRefused(
        house.realm.sign(2, house.text("host-evil"), house.realm.revokeKey), "KEY_USAGE: ");
  }

  @Test
  void routesThatWereChangedAfterTheyWereSignedAreRefused() throws Exception {
    house.write(house.text("host-b"));
    byte[] changed = house.realm.sign(2, house.text("host-evil"));
    changed[20] ^= 1;

    assertRefused(changed, "");
  }

  @Test
  void garbageIsRefused() throws Exception {
    house.write(house.text("host-b"));

    assertRefused("not signed at all".getBytes(StandardCharsets.UTF_8), "PARSE: ");
  }

  @Test
  void aValueAsLargeAsConsulTakesIsRefused() throws Exception {
    house.write(house.text("host-b"));

    assertRefused(new byte[512 << 10], "PARSE: ");
  }

  @Test
  void olderRoutesAreRefused() throws Exception {
    byte[] older = house.realm.sign(1, house.text("host-a"));
    house.publish(house.realm.sign(2, house.text("host-b")));

    assertRefused(older, "routes 1 are older than 2, which were in force before");
  }

  @Test
  void otherRoutesOfTheSameNumberAreRefused() throws Exception {
    house.write(house.text("host-b"));

    assertRefused(
        house.realm.sign(1, house.text("host-a")),
        "there are two different routes 1: somebody has signed both");
  }

  @Test
  void olderRoutesAreRefusedAfterARestartToo() throws Exception {
    house.publish(house.realm.sign(2, house.text("host-b")));
    house.open().close();
    house.publish(house.realm.sign(1, house.text("host-a")));

    try (Directory directory = house.open()) {
      await("trouble", () -> directory.freshness().trouble() != null);

      assertEquals(Set.of("host-b"), names(directory));
    }
  }

  @Test
  void theNumberOfAKeyThatNoLongerVouchesBindsNobody() throws Exception {
    house.publish(house.realm.sign(Long.MAX_VALUE, house.text("host-evil")));
    try (Directory directory = house.open()) {
      assertEquals(Set.of("host-evil"), names(directory));
      house.realm.taint();

      house.publish(house.realm.sign(3, house.text("host-b"), house.realm.nextDirectoryKey));

      await("host-b", () -> names(directory).equals(Set.of("host-b")));
      house.publish(house.realm.sign(2, house.text("host-a"), house.realm.nextDirectoryKey));
      await("refused", () -> directory.freshness().trouble() != null);
      assertEquals(Set.of("host-b"), names(directory));
    }
  }

  @Test
  void routesInForceWhoseKeyNoLongerVouchesStayWithAnAlarm() throws Exception {
    house.write(house.text("host-b"));
    try (Directory directory = house.open()) {
      house.realm.taint();
      consul.put(house.names.prefix() + "stir", new byte[0]);

      await("trouble", () -> directory.freshness().trouble() != null);

      assertTrue(trouble(directory).contains("KEY_STATE"), directory.freshness()::toString);
      assertEquals(Set.of("host-b"), names(directory));
    }
  }

  /// With one line of the log, however often it is looked at.
  private void assertRefused(byte[] value, String why) throws Exception {
    try (LogLines log = new LogLines();
        Directory directory = house.open()) {
      assertEquals(Set.of("host-b"), names(directory));
      house.publish(value);
      await("trouble", () -> directory.freshness().trouble() != null);
      Instant noticed = Instant.now();
      consul.put(house.names.prefix() + "stir", new byte[0]);
      house.register("stir", Duration.ofSeconds(15)).close();

      assertTrue(
          trouble(directory).startsWith("the routes are not taken over: " + why),
          trouble(directory));
      assertEquals(Set.of("host-b"), names(directory));
      assertEquals(1, directory.refused());
      // Not confirmed by what is not believed.
      assertTrue(directory.freshness().confirmed().isBefore(noticed));

      house.publish(house.realm.sign(9, house.text("host-c")));
      await("host-c", () -> names(directory).equals(Set.of("host-c")));
      assertEquals(1, log.alarms("the routes are not taken over").size(), log.alarms("")::toString);
    }
  }

  // ---- what is on disk

  @Test
  void theLastGoodRoutesWorkWithoutConsulAndTheirAgeIsTold() throws Exception {
    house.write(house.text("host-b"));
    try (Directory directory = house.open();
        ConsulRegistration _ = house.register("host-b", Duration.ofSeconds(15), HOST_B)) {
      await("address", () -> addresses(directory, "host-b").equals(List.of(HOST_B)));
    }
    Instant anHourAgo = Instant.now().minus(Duration.ofHours(1));
    Files.setLastModifiedTime(state.resolve("directory.providers"), FileTime.from(anHourAgo));

    try (Directory directory = house.open(URI.create("http://127.0.0.1:9"))) {
      await("trouble", () -> directory.freshness().trouble() != null);

      assertEquals(Set.of("host-b"), names(directory));
      assertEquals(List.of(HOST_B), addresses(directory, "host-b"));
      assertEquals(anHourAgo.getEpochSecond(), directory.freshness().confirmed().getEpochSecond());
      assertTrue(
          trouble(directory).contains("nothing listens at http://127.0.0.1:9"),
          directory.freshness()::toString);
    }
  }

  @Test
  void whatWasChangedOnDiskIsNotUsed() throws Exception {
    house.write(house.text("host-b"));
    house.open().close();
    Path kept = state.resolve("directory.routes");
    byte[] bytes = Files.readAllBytes(kept);
    bytes[40] ^= 1;
    Files.write(kept, bytes);

    try (LogLines log = new LogLines();
        Directory directory = house.open(URI.create("http://127.0.0.1:9"))) {
      assertEquals(Set.of(), names(directory));
      assertEquals(1, log.alarms("the routes of before are not used").size());
    }
  }

  @Test
  void withoutRoutesAnywhereTheDirectoryIsEmptyAndSaysWhy() throws Exception {
    try (Directory directory = house.open()) {
      assertEquals(Set.of(), names(directory));
      await("trouble", () -> directory.freshness().trouble() != null);
      assertTrue(
          String.valueOf(directory.freshness().trouble())
              .contains("is not there, or this process may not read it"));

      house.write(house.text("host-b"));

      await("host-b", () -> names(directory).equals(Set.of("host-b")));
    }
  }

  @Test
  void whatConsulHasForgottenStays() throws Exception {
    house.write(house.text("host-b"));
    ConsulRegistration provider = house.register("host-b", Duration.ofSeconds(15), HOST_B);
    try (Directory directory = house.open()) {
      await("up", () -> addresses(directory, "host-b").equals(List.of(HOST_B)));
      house.remove();
      provider.close();

      await("down", () -> health(directory, "host-b") == Health.DOWN);
      await("trouble", () -> directory.freshness().trouble() != null);

      assertEquals(List.of(HOST_B), addresses(directory, "host-b"));
    }
  }

  // ---- providers

  @Test
  void aProviderBringsItsAddressesWeightAndHealth() throws Exception {
    house.write(house.text("host-b", "host-c"));
    try (Directory directory = house.open();
        ConsulRegistration provider =
            house.register("host-b", Duration.ofSeconds(15), "quic://10.0.0.2:7443", HOST_B)) {
      await("registered", () -> !addresses(directory, "host-b").isEmpty());

      assertEquals(List.of("quic://10.0.0.2:7443", HOST_B), addresses(directory, "host-b"));
      assertEquals(7, provider(directory, "host-b").weight());
      assertEquals(Health.UP, health(directory, "host-b"));
      assertEquals(List.of(), addresses(directory, "host-c"));

      provider.health(Health.DRAINING);
      await("draining", () -> health(directory, "host-b") == Health.DRAINING);
      provider.health(Health.UP);
      await("up", () -> health(directory, "host-b") == Health.UP);
    }
  }

  @Test
  void aProviderThatIsNotHeardOfIsDown() throws Exception {
    house.write(house.text("host-b"));
    // Said once, and then no more.
    consul.ask(
        "PUT",
        "/v1/agent/service/register",
        """
        {"Name": "%s", "ID": "x", "Meta": {"identity": "farcap://%s/host-b", "address-0": "%s"},
         "Check": {"TTL": "1s", "Status": "passing"}}
        """
            .formatted(house.names.service(), house.realm.name, HOST_B)
            .getBytes(StandardCharsets.UTF_8));

    try (Directory directory = house.open()) {
      await("down", () -> health(directory, "host-b") == Health.DOWN);

      assertEquals(List.of(HOST_B), addresses(directory, "host-b"));
    }
  }

  @Test
  void theWorseHealthOfRoutesAndCatalogCounts() throws Exception {
    house.write(house.text("host-b").replace("[ROM]", "[ROM], health: draining"));
    try (Directory directory = house.open();
        ConsulRegistration _ = house.register("host-b", Duration.ofSeconds(15), HOST_B)) {
      await("registered", () -> !addresses(directory, "host-b").isEmpty());

      assertEquals(Health.DRAINING, health(directory, "host-b"));
    }
  }

  @Test
  void whoeverRegistersIsNoProviderUnlessTheRoutesNameIt() throws Exception {
    house.write(house.text("host-b"));
    try (Directory directory = house.open();
        ConsulRegistration _ = house.register("host-evil", Duration.ofSeconds(15), HOST_B);
        ConsulRegistration _ = house.register("host-b", Duration.ofSeconds(15), HOST_B)) {
      await("registered", () -> !addresses(directory, "host-b").isEmpty());

      assertEquals(Set.of("host-b"), names(directory));
    }
  }

  @Test
  void aRegistrationThatMakesNoSenseIsLeftOut() throws Exception {
    house.write(house.text("host-b"));
    try (LogLines log = new LogLines();
        Directory directory = house.open()) {
      for (String meta :
          List.of(
              "\"address-0\": \"tls://a:1\"",
              "\"identity\": \"HOST\"",
              "\"identity\": \"farcap://%s/host-b\", \"address-0\": \"nowhere\""
                  .formatted(house.realm.name))) {
        consul.ask(
            "PUT",
            "/v1/agent/service/register",
            """
            {"Name": "%s", "ID": "%s-%d", "Meta": {%s}}
            """
                .formatted(house.names.service(), house.realm.name, meta.length(), meta)
                .getBytes(StandardCharsets.UTF_8));
      }
      await("refused", () -> directory.refused() > 0);
      try (ConsulRegistration _ = house.register("host-b", Duration.ofSeconds(15), HOST_B)) {
        await("registered", () -> addresses(directory, "host-b").equals(List.of(HOST_B)));
      }
      assertFalse(log.alarms("a registration is left out").isEmpty());
    }
  }

  @Test
  void trustBundlesComeInTheOrderOfTheirNumbers() throws Exception {
    house.write(house.text("host-b"));
    for (int number : new int[] {10, 2, 3}) {
      consul.put(house.names.bundle(number), ("bundle " + number).getBytes(StandardCharsets.UTF_8));
    }
    consul.put(house.names.prefix() + "bundles/x", new byte[1]);

    try (Directory _ = house.open()) {
      await(
          "bundles",
          () -> house.realm.bundles().equals(List.of("bundle 2", "bundle 3", "bundle 10")));
    }
  }

  @Test
  void aForgedRevocationListIsAnAlarm() throws Exception {
    house.write(house.text("host-b"));
    consul.put(house.names.revocations(), new byte[] {1});

    try (LogLines log = new LogLines();
        Directory directory = house.open()) {
      await("refused", () -> directory.refused() > 0);

      assertEquals(1, log.alarms("the revocation list is not taken over").size());
      assertEquals(Set.of("host-b"), names(directory));
    }
  }

  @Test
  void moreThanAnyRealmNeedsIsRefusedAndDoesNoHarm() throws Exception {
    house.write(house.text("host-b"));
    try (Directory directory = house.open()) {
      byte[] large = new byte[500 << 10];
      for (int i : IntStream.range(0, 15).toArray()) {
        consul.put(house.names.prefix() + "fill/" + i, large);
      }
      await("trouble", () -> directory.freshness().trouble() != null);

      assertTrue(
          trouble(directory).contains("is larger than 8388608 bytes"),
          directory.freshness()::toString);
      assertEquals(Set.of("host-b"), names(directory));

      consul.delete(house.names.prefix() + "fill/");
      await("mended", () -> directory.freshness().trouble() == null);
    }
  }

  private static Set<String> names(Directory directory) {
    return Set.copyOf(
        directory.snapshot().providers().values().stream().map(Provider::name).toList());
  }

  private Provider provider(Directory directory, String name) {
    return directory.snapshot().provider(new Identity(house.realm.name, name)).orElseThrow();
  }

  private List<String> addresses(Directory directory, String name) {
    return provider(directory, name).addresses();
  }

  private Health health(Directory directory, String name) {
    return provider(directory, name).health();
  }
}
