package dev.farcap.link.engine;

import java.time.Duration;

/// How a link behaves in time.
///
/// @param limits what this side accepts
/// @param resumeWindow how long a link without connection is kept; zero ends it at once
/// @param pingInterval between pings; three unanswered ones end the connection
/// @param openTimeout how long a session may wait for a link and for the host's answer
/// @param rerouteGrace how long unary calls of a rerouted session may finish
/// @param drainTimeout how long calls may finish after GoAway
public record LinkSettings(
    Limits limits,
    Duration resumeWindow,
    Duration pingInterval,
    Duration openTimeout,
    Duration rerouteGrace,
    Duration drainTimeout) {

  /// 30 s to come back; a dead peer noticed within 20 s; 10 s to open; 5 s to finish a unary call;
  /// 30 s to drain.
  public static final LinkSettings DEFAULT =
      new LinkSettings(
          Limits.DEFAULT,
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30));

  /// The same with another resume window.
  public LinkSettings withResumeWindow(Duration window) {
    return new LinkSettings(limits, window, pingInterval, openTimeout, rerouteGrace, drainTimeout);
  }
}
