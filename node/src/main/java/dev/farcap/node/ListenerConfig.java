package dev.farcap.node;

import dev.farcap.client.FrontDoorConfig;

/// One place where programs connect.
///
/// @param door its name, address and bounds
/// @param whileDown what calls do while the link is away
public record ListenerConfig(FrontDoorConfig door, WhileDown whileDown) {
  /// What calls do while the link is away.
  public enum WhileDown {
    /// Wait for it, until their deadline or the resume window is over.
    WAIT,
    /// End UNAVAILABLE at once.
    FAIL
  }
}
