package dev.farcap.link;

/// A leg whose long messages can wait at their sender. On the loop.
public interface LongMessageSource {
  /// Every message goes to that leg: a long one is to be announced there.
  void leadsTo(LongMessageTaker taker);
}
