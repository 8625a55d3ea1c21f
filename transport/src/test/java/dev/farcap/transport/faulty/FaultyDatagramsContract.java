package dev.farcap.transport.faulty;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.Datagrams;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// QUIC keeps the contract over a network that loses one packet of twenty, repeats, reorders and
/// spoils others. Whatever carries its packets runs it.
abstract class FaultyDatagramsContract extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");
  private static final DatagramFaults FAULTS = new DatagramFaults(0.05, 0.02, 0.02, 0.01);

  /// Of a hundred connections one may lose its first packets three times in a row. The fifth, after
  /// 15 s, still counts; a [Recorder] waits for 20 s.
  private static final QuicConfig PATIENT = new QuicConfig(18_000, 20_000, 256, 4096, 30_000);

  private final long seed = System.nanoTime();
  private final FaultyDatagrams datagrams;
  private final QuicMedium far;
  private final QuicMedium near;

  FaultyDatagramsContract(Datagrams sound) {
    datagrams = new FaultyDatagrams(sound, FAULTS, seed);
    far = medium(ACCEPTOR, PATIENT);
    near = medium(DIALLER, PATIENT);
    frames = 2_000;
    // A lost first packet is sent again after a second.
    cycles = 200;
    atOnce = 20;
    // 6 MiB: many times the 256 KiB that a reader lets in who was paused from the beginning. Where
    // one packet of sixteen is lost, some five are under way (Mathis et al., 1997): 7 kB a round
    // trip, which takes 10 ms on a busy machine.
    pumped = 400;
  }

  /// What an acceptor listens at.
  abstract String listening();

  final QuicMedium medium(TlsCredentials credentials, QuicConfig config) {
    return new QuicMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), config, datagrams);
  }

  @Override
  protected void openMedium() {
    System.out.println(getClass().getSimpleName() + ", seed " + seed);
  }

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen(listening(), loops, handler);
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return far.listen(address, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return near;
  }

  @Override
  protected void closeMedium() {
    near.close();
    far.close();
  }

  @Test
  void faultsOfEveryKindAreDone() {
    Pair pair = connect();
    for (int i = 0; i < 500; i++) {
      pair.near().send(new byte[5_000]);
    }
    pair.far().awaitFrames(500);

    FaultyDatagrams.Done done = datagrams.done();
    assertTrue(done.lost() > 0, done.toString());
    assertTrue(done.doubled() > 0, done.toString());
    assertTrue(done.late() > 0, done.toString());
    assertTrue(done.spoiled() > 0, done.toString());
  }
}
