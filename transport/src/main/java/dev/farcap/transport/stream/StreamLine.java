package dev.farcap.transport.stream;

import dev.farcap.transport.PathFacts;
import org.jspecify.annotations.Nullable;

/// What a medium adds to a channel that carries a stream of bytes between two proven peers. Used on
/// the channel's loop.
public interface StreamLine {
  /// Name of the medium.
  String medium();

  /// Whether an event of the channel's pipeline says that the peer has ended its side in good
  /// order.
  boolean isFarewell(Object event);

  /// One line of plain words for what went wrong on the channel, or null if it is only the
  /// aftermath of an end that tells more.
  @Nullable String describe(Throwable failure);

  /// Why the channel is closed, if neither a farewell nor a failure has told.
  String brokenOff();

  /// This side ends: what was flushed is sent if it still can be, then the channel closes.
  void end();

  /// The peer has ended, or the channel failed: closes the channel, nothing is left to be sent.
  void hangUp();

  /// What is known of the way to the peer, or null if this medium knows nothing.
  @Nullable PathFacts path();
}
