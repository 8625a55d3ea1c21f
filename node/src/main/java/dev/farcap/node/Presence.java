package dev.farcap.node;

import dev.farcap.routing.Directory;
import dev.farcap.routing.Provider.Health;
import dev.farcap.routing.consul.ConsulDirectory;
import dev.farcap.routing.consul.ConsulFailure;
import dev.farcap.routing.consul.ConsulRegistration;
import dev.farcap.routing.consul.Registration;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A server part in a directory: registered, and following the trust bundles that it brings. Any
/// thread.
final class Presence implements AutoCloseable {
  private final Registration provider;
  private final ConsulRegistration registration;
  private final @Nullable Directory bundles;

  private Presence(
      Registration provider, ConsulRegistration registration, @Nullable Directory bundles) {
    this.provider = provider;
    this.registration = registration;
    this.bundles = bundles;
  }

  /// Registers what listens at these addresses.
  ///
  /// @param listening with the ports that the system chose
  /// @param state where the directory keeps what it knows; null if the client part has one already
  /// @throws ConsulFailure if its files cannot be used
  static Presence open(
      AnnounceConfig config,
      Trust trust,
      List<String> listening,
      @Nullable Path state,
      InstantSource clock)
      throws ConsulFailure {
    Registration provider =
        new Registration(
            trust.identity(),
            config.addresses().isEmpty() ? listening : config.addresses(),
            config.weight(),
            Health.UP);
    Directory bundles =
        state == null
            ? null
            : ConsulDirectory.open(
                config.consul(),
                trust.identity().realm(),
                state,
                new RealmTrust(trust, clock),
                Media::checkAddress,
                clock);
    return new Presence(provider, ConsulRegistration.open(config.consul(), provider), bundles);
  }

  /// Where users are told to dial.
  List<String> addresses() {
    return provider.addresses();
  }

  /// Why the directory does not have it, or null while it has.
  @Nullable String trouble() {
    return registration.trouble();
  }

  /// New sessions are to go elsewhere.
  void draining() {
    registration.health(Health.DRAINING);
  }

  @Override
  public void close() {
    registration.close();
    if (bundles != null) {
      bundles.close();
    }
  }
}
