package dev.farcap.transport;

import io.netty.channel.EventLoop;

/// Makes connections to addresses of one medium.
public interface Dialer {
  /// Connects. The outcome arrives on the loop: either `handler.connected` or `handler.failed`,
  /// exactly once. May be called by any thread.
  ///
  /// @param address of this medium: `tls://host:port`, `quic://host:port`, `shm:///path`,
  ///   `inprocess://name`
  /// @param loop the loop the connection will belong to
  void dial(String address, EventLoop loop, DialHandler handler);

  /// What becomes of a dial.
  interface DialHandler {
    /// The peer is proven and admitted by this side. Whether the peer admits this side may show
    /// later (TLS 1.3 ends the dialler's handshake first): its refusal then ends the connection.
    ///
    /// @return who listens from now on; called before the first frame is delivered
    ConnectionListener connected(Connection connection);

    /// There is no connection.
    ///
    /// @param reason one line: address, what failed, what to look at
    void failed(String reason);
  }
}
