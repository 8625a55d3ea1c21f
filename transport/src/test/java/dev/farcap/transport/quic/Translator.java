package dev.farcap.transport.quic;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicReference;

/// A translator of addresses between two ends, as routers are: relays the packets of one dialler,
/// seen by the acceptor at an address that can change. It can lose all of them for a while, or have
/// the dialler told that nobody is there.
final class Translator implements AutoCloseable {
  private final int port;
  private final AtomicReference<DatagramSocket> outside = new AtomicReference<>();
  private final InetSocketAddress acceptor;
  private final AtomicReference<InetSocketAddress> dialler = new AtomicReference<>();
  private volatile DatagramSocket inside;
  private volatile boolean broken;

  Translator(int acceptorPort) throws IOException {
    acceptor = new InetSocketAddress(InetAddress.getLoopbackAddress(), acceptorPort);
    changeAddress();
    inside = shared(0);
    port = inside.getLocalPort();
    serve(inside);
  }

  private void serve(DatagramSocket from) {
    Thread.ofVirtual().start(() -> there(from));
  }

  private static DatagramSocket shared(int port) throws SocketException {
    DatagramSocket socket = new DatagramSocket(null);
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return socket;
  }

  private static DatagramSocket loopback() throws SocketException {
    return new DatagramSocket(0, InetAddress.getLoopbackAddress());
  }

  int port() {
    return port;
  }

  void changeAddress() throws IOException {
    DatagramSocket fresh = loopback();
    DatagramSocket former = outside.getAndSet(fresh);
    Thread.ofVirtual().start(() -> back(fresh));
    if (former != null) {
      former.close();
    }
  }

  /// Nobody listens for the dialler until the action is over, so that the system refuses its
  /// packets. Meanwhile nobody else can take the port.
  void closedDuring(Runnable action) throws IOException {
    try (DatagramSocket keeper = shared(port)) {
      keeper.connect(acceptor);
      inside.close();
      action.run();
      inside = shared(port);
      serve(inside);
    }
  }

  /// From now on nothing gets through, or everything again.
  void setBroken(boolean broken) {
    this.broken = broken;
  }

  private void there(DatagramSocket from) {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    while (!from.isClosed()) {
      try {
        packet.setLength(2048);
        from.receive(packet);
        dialler.set((InetSocketAddress) packet.getSocketAddress());
        packet.setSocketAddress(acceptor);
        if (!broken) {
          outside.get().send(packet);
        }
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
        if (!broken) {
          inside.send(packet);
        }
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
