package dev.farcap.link;

import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.inprocess.InProcessNetwork;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsMedium;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Instant;

/// How two hosts of a test reach each other.
interface TestMedium extends AutoCloseable {
  Identity A = Identity.parse("farcap://lab/host-a");
  Identity B = Identity.parse("farcap://lab/host-b");
  KeyId KEY_A = new KeyId("aa".repeat(KeyId.BYTES));
  KeyId KEY_B = new KeyId("bb".repeat(KeyId.BYTES));

  /// `host-b` listens.
  Acceptor listen(EventLoopGroup loops, Acceptor.AcceptHandler handler) throws IOException;

  /// How `host-a` dials.
  Dialer dialer();

  @Override
  void close();

  /// Within this process.
  static TestMedium inProcess() {
    InProcessNetwork network = new InProcessNetwork();
    Instant far = Instant.parse("2999-01-01T00:00:00Z");
    return new TestMedium() {
      @Override
      public Acceptor listen(EventLoopGroup loops, Acceptor.AcceptHandler handler)
          throws IOException {
        Principal self = new Principal(B.toString(), KEY_B.hex(), far);
        return network.listen("inprocess://b", self, loops, handler);
      }

      @Override
      public Dialer dialer() {
        return network.dialer(new Principal(A.toString(), KEY_A.hex(), far));
      }

      @Override
      public void close() {}
    };
  }

  /// Over TLS on the loopback interface.
  static TestMedium tls() {
    TestRealm realm = new TestRealm();
    TlsMedium near = tls(realm, realm.issue(A));
    TlsMedium far = tls(realm, realm.issue(B));
    return new TestMedium() {
      @Override
      public Acceptor listen(EventLoopGroup loops, Acceptor.AcceptHandler handler)
          throws IOException {
        return far.listen("tls://127.0.0.1:0", loops, handler);
      }

      @Override
      public Dialer dialer() {
        return near;
      }

      @Override
      public void close() {
        near.close();
        far.close();
      }
    };
  }

  private static TlsMedium tls(TestRealm realm, TlsCredentials credentials) {
    return new TlsMedium(
        () -> credentials, realm.policy(), new TransportCounters(), TlsConfig.DEFAULT);
  }
}
