package dev.farcap.routing;

import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps the newest snapshot of what is known about providers and routes.
///
/// When its source is away or broken the last good snapshot stays. Thread-safe; closing stops it,
/// the last snapshot remains readable.
public interface Directory extends AutoCloseable {
  /// The last good snapshot. Never blocks.
  DirectorySnapshot snapshot();

  /// How far the snapshot can be trusted. Never blocks.
  Freshness freshness();

  /// Calls the listener with the current snapshot before returning, then with every later one, in
  /// order, one call at a time, on the thread that noticed the change. The listener must not block;
  /// what it throws is logged.
  ///
  /// @return ends the subscription
  Subscription subscribe(Consumer<DirectorySnapshot> listener);

  /// Where it comes from: a file, or a place in Consul.
  String source();

  /// How often something was found there that was not taken over: each once, until it changes.
  long refused();

  @Override
  void close();

  /// Ends a subscription. No effect the second time.
  @FunctionalInterface
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /// The age of a snapshot.
  ///
  /// @param confirmed when the source was last seen to say what the snapshot says
  /// @param trouble why it could not be confirmed since, one line or more; null while all is well
  record Freshness(Instant confirmed, @Nullable String trouble) {}
}
