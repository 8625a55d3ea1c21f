package dev.farcap.routing.consul;

import java.util.Optional;

/// Writes what an operator has signed to where directories look for it. Blocks; judges nothing.
public final class ConsulPublisher implements AutoCloseable {
  private final ConsulAgent agent;
  private final ConsulNames names;

  private ConsulPublisher(ConsulAgent agent, ConsulNames names) {
    this.agent = agent;
    this.names = names;
  }

  /// For a realm.
  ///
  /// @throws ConsulFailure if files of TLS cannot be used
  public static ConsulPublisher open(ConsulConfig config, String realm) throws ConsulFailure {
    return new ConsulPublisher(new ConsulAgent(config), new ConsulNames(realm));
  }

  /// What is there.
  ///
  /// @param bytes as found
  /// @param version tells it from what others write later
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Published(byte[] bytes, long version) {}

  /// The routes that are there now, signed by whomever.
  public Optional<Published> routes() throws ConsulFailure {
    return agent
        .value(names.routes())
        .map(stored -> new Published(stored.value(), stored.modified()));
  }

  /// Puts routes in their place.
  ///
  /// @param signed by a DIRECTORY key
  /// @param replaced what was found, if anything was
  /// @return whether it is done; not if somebody else has written meanwhile
  public boolean publishRoutes(byte[] signed, Optional<Published> replaced) throws ConsulFailure {
    return agent.put(names.routes(), signed, replaced.map(Published::version).orElse(0L));
  }

  /// Puts a trust bundle beside those that are there.
  ///
  /// @return whether it is done; not if there is one of that number
  public boolean publishBundle(long number, byte[] signed) throws ConsulFailure {
    return agent.put(names.bundle(number), signed, 0);
  }

  /// Puts a revocation list in the place of whatever is there.
  public boolean publishRevocations(byte[] signed) throws ConsulFailure {
    long version = agent.value(names.revocations()).map(ConsulAgent.Stored::modified).orElse(0L);
    return agent.put(names.revocations(), signed, version);
  }

  @Override
  public void close() {
    agent.close();
  }
}
