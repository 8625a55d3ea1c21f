package dev.farcap.transport;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;

/// What connections run over: dials addresses of its scheme, and listens at them. May be used by
/// any thread.
public interface Medium extends Dialer, AutoCloseable {
  /// Binds, then accepts, each connection on the next loop of the group. Blocks until bound, so not
  /// to be called on a loop.
  ///
  /// @param address of this medium
  /// @param loops for what is accepted
  /// @param handler takes the connections
  /// @throws IOException if the address cannot be bound: in use, not of this host, not permitted
  /// @throws IllegalArgumentException if the address is of another form
  Acceptor listen(String address, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException;

  /// Gives back what was prepared for new connections, which fail from now on. Acceptors and
  /// connections made are closed by their owners.
  @Override
  void close();
}
