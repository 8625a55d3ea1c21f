package dev.farcap.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;

/// Has the JDK open what it opens when sockets are first used, and keeps: a socket of its own when
/// one is closed, and what it polls with when a virtual thread waits for one.
final class FirstSockets {
  private final InetAddress here = InetAddress.getLoopbackAddress();

  void use() {
    try (ServerSocket server = new ServerSocket(0, 1, here);
        Socket _ = new Socket(here, server.getLocalPort())) {
      server.accept().close();
      Thread.ofVirtual().start(this::waitForNothing).join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void waitForNothing() {
    try (DatagramSocket silent = new DatagramSocket(0, here)) {
      silent.setSoTimeout(1);
      silent.receive(new DatagramPacket(new byte[1], 1));
    } catch (SocketTimeoutException nothingCame) {
      // As it should be.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
