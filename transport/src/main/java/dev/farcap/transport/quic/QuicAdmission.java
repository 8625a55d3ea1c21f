package dev.farcap.transport.quic;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.tls.PeerProof;
import io.netty.handler.codec.quic.QuicChannel;
import javax.net.ssl.SSLEngine;

/// Asks the policy about a peer whose handshake is done.
final class QuicAdmission {
  private QuicAdmission() {}

  /// @return who the peer is
  /// @throws ConnectionRefusedException with a reason in plain words
  static Principal admit(QuicChannel channel, ConnectionPolicy policy)
      throws ConnectionRefusedException {
    SSLEngine tls = channel.sslEngine();
    if (tls == null) {
      throw new ConnectionRefusedException("the peer does not speak " + QuicSettings.PROTOCOL);
    }
    if (!QuicContexts.isBelieved(tls)) {
      throw new ConnectionRefusedException("the peer resumed a session, instead of proving itself");
    }
    return new PeerProof(QuicSettings.PROTOCOL, policy).admit(tls);
  }
}
