package dev.farcap.routing.consul;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.session.Identity;
import dev.farcap.testkit.ConsulServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/// One realm of a test in a Consul that it may share with others.
final class ConsulHouse {
  private static final AtomicInteger REALMS = new AtomicInteger();

  final ConsulServer consul;
  final SigningRealm realm = new SigningRealm("realm-" + REALMS.incrementAndGet());
  final ConsulNames names = new ConsulNames(realm.name);
  private final Path state;
  private long number;

  ConsulHouse(ConsulServer consul, Path state) {
    this.consul = consul;
    this.state = state;
  }

  static ConsulServer start(Path folder) throws IOException {
    return start(folder, "");
  }

  static ConsulServer start(Path folder, String configuration) throws IOException {
    assumePossible();
    return ConsulServer.start(folder, configuration);
  }

  /// .ci/run fails where it is not there.
  static void assumePossible() {
    assumeTrue(ConsulServer.executable() != null, "needs a Consul: run testkit/consul");
  }

  ConsulDirectory open() throws IOException {
    return open(consul.address());
  }

  ConsulDirectory open(URI address) throws IOException {
    return open(ConsulConfig.of(address));
  }

  ConsulDirectory open(ConsulConfig config) throws IOException {
    Files.createDirectories(state);
    return ConsulDirectory.open(
        config, realm.name, state, realm, Provider::checkAddress, InstantSource.system());
  }

  /// The next routes.
  void write(String text) throws IOException {
    publish(realm.sign(++number, text));
  }

  /// Whatever anybody writes there.
  void publish(byte[] value) throws IOException {
    consul.put(names.routes(), value);
  }

  void remove() throws IOException {
    consul.delete(names.prefix());
  }

  /// Keeps it registered in this realm's catalog.
  ConsulRegistration register(String name, Duration ttl, String... addresses) throws IOException {
    Registration provider =
        new Registration(
            new Identity(realm.name, name), List.of(addresses), OptionalInt.of(7), Health.UP);
    return ConsulRegistration.open(ConsulConfig.of(consul.address()).withTtl(ttl), provider);
  }

  /// Routes to providers of this realm that register themselves.
  String text(String... providers) {
    StringBuilder text = new StringBuilder("providers:\n");
    for (String provider : providers) {
      text.append(
          "  %s: {identity: farcap://%s/%s, services: [ROM]}\n"
              .formatted(provider, realm.name, provider));
    }
    return text + "routes: [{service: ROM, to: [%s]}]\n".formatted(String.join(", ", providers));
  }
}
