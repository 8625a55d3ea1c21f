package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Recorder;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// A translator of addresses between two ends that forgets who is who, as routers do.
class ChangedAddressTest {
  /// Relays the packets of one dialler, seen by the acceptor at an address that can change.
  private static final class Translator implements AutoCloseable {
    private final DatagramSocket inside = loopback();
    private final AtomicReference<DatagramSocket> outside = new AtomicReference<>();
    private final InetSocketAddress acceptor;
    private final AtomicReference<InetSocketAddress> dialler = new AtomicReference<>();

    Translator(int port) throws IOException {
      acceptor = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      changeAddress();
      Thread.ofVirtual().start(this::there);
    }

    private static DatagramSocket loopback() throws SocketException {
      return new DatagramSocket(0, InetAddress.getLoopbackAddress());
    }

    int port() {
      return inside.getLocalPort();
    }

    void changeAddress() throws IOException {
      DatagramSocket fresh = loopback();
      DatagramSocket former = outside.getAndSet(fresh);
      Thread.ofVirtual().start(() -> back(fresh));
      if (former != null) {
        former.close();
      }
    }

    private void there() {
      DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
      while (!inside.isClosed()) {
        try {
          packet.setLength(2048);
          inside.receive(packet);
          dialler.set((InetSocketAddress) packet.getSocketAddress());
          packet.setSocketAddress(acceptor);
          outside.get().send(packet);
        } catch (IOException _) {
          // Closed, or lost: it is sent again.
        }
      }
    }

    private void back(DatagramSocket from) {
      DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
      while (!from.isClosed()) {
        try {
          packet.setLength(2048);
          from.receive(packet);
          packet.setSocketAddress(dialler.get());
          inside.send(packet);
        } catch (IOException _) {
          // Closed.
        }
      }
    }

    @Override
    public void close() {
      inside.close();
      outside.get().close();
    }
  }

  @Test
  void theConnectionSurvivesAnotherAddressOfItsDialler() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Translator translator = new Translator(ends.port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      Recorder near = ends.dial(medium, "quic://127.0.0.1:" + translator.port()).join();
      Recorder far = ends.awaitAccepted();

      for (int round = 1; round <= 3; round++) {
        near.send(Recorder.bytes("before " + round));
        far.awaitFrames(2 * round - 1);
        translator.changeAddress();
        near.send(Recorder.bytes("after " + round));
        far.awaitFrames(2 * round);
        far.send(Recorder.bytes("answer " + round));
        near.awaitFrames(round);
      }

      assertEquals(6, far.frameCount());
      near.close("done");
      assertEquals("the peer closed the connection", far.awaitClosed());
    }
  }
}
