package dev.farcap.proof;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// A stretch of wire between two proxies that can be cut, and may be slow: forwards TCP from a port
/// of its own.
final class Wire implements AutoCloseable {
  /// Below the range from which systems choose ports by themselves.
  private static final int PORT_MIN = 10_000;

  private static final int PORT_MAX = 30_000;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final long NANOS = 1_000_000_000;

  private final int targetPort;
  private final long bytesPerSecond;
  private final ServerSocket listening;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  private Wire(int targetPort, long bytesPerSecond) throws IOException {
    this.targetPort = targetPort;
    this.bytesPerSecond = bytesPerSecond;
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  static Wire to(int targetPort) throws IOException {
    return to(targetPort, Long.MAX_VALUE);
  }

  /// One that carries no more than that, each way.
  static Wire to(int targetPort, long bytesPerSecond) throws IOException {
    return new Wire(targetPort, bytesPerSecond);
  }

  int port() {
    return listening.getLocalPort();
  }

  /// A port of loopback that is free and that nobody is given by chance.
  static int freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_MAX);
      try (ServerSocket probe = new ServerSocket()) {
        probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (IOException _) {
        // Somebody has it.
      }
    }
  }

  /// Cuts every connection, without a goodbye.
  ///
  /// @return how many there were
  int cut() {
    List<Socket> present = List.copyOf(sockets);
    present.forEach(this::reset);
    return present.size() / 2;
  }

  private void reset(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException _) {
      // It is gone already.
    }
    sockets.remove(socket);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        join(listening.accept());
      } catch (IOException _) {
        // Closed, or the target is not there: whoever dials tries again.
      }
    }
  }

  private void join(Socket near) throws IOException {
    sockets.add(near);
    try {
      Socket far = new Socket(InetAddress.getLoopbackAddress(), targetPort);
      sockets.add(far);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      Thread.ofVirtual().start(() -> copy(near, far));
      Thread.ofVirtual().start(() -> copy(far, near));
    } catch (IOException e) {
      reset(near);
      throw e;
    }
  }

  private void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[BUFFER_BYTES];
      long free = System.nanoTime();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        free = Math.max(free, System.nanoTime()) + NANOS * read / bytesPerSecond;
        LockSupport.parkNanos(free - System.nanoTime());
      }
    } catch (IOException _) {
      // Cut.
    } finally {
      reset(from);
      reset(to);
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }
}
