package dev.farcap.link.engine;

import org.jspecify.annotations.Nullable;

/// A session or call that has credit to give to its sender.
sealed interface CreditSource permits OwnCall, HostedCall, OwnSession, HostedSession {
  /// Marks it as queued to give credit.
  ///
  /// @return false if it was queued already
  boolean queueCredit();

  /// Takes the mark away and says what to write, null if it is over or has nothing to say.
  Frame.@Nullable Credit takeCredit();
}
