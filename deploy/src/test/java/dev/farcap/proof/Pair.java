package dev.farcap.proof;

import java.nio.file.Path;

/// A client-proxy `host-a` with the listener `app`, and a server-proxy `host-b` with the given
/// backend behind it, joined by a link.
interface Pair extends AutoCloseable {
  /// Where programs connect.
  Path socket();

  /// Breaks the link's connection; both sides live on.
  ///
  /// @return how many connections were cut
  int cut() throws Exception;

  /// The server-proxy ends without a word, and another one takes its place.
  void loseServerProxy() throws Exception;

  @Override
  void close();
}
