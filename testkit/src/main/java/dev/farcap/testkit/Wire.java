package dev.farcap.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// TCP between a program and a server, through this process, where it can be disturbed.
public final class Wire implements AutoCloseable {
  private static final int CHUNK_BYTES = 8 << 10;

  private final int target;
  private final ServerSocket listening;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Fault fault = new Fault.None();

  /// What happens to what passes.
  private sealed interface Fault {
    record None() implements Fault {}

    record Late(Duration by) implements Fault {}

    record Silent() implements Fault {}

    record Cut() implements Fault {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Babble(byte[] answer) implements Fault {}
  }

  private Wire(int target, ServerSocket listening) {
    this.target = target;
    this.listening = listening;
  }

  /// A wire to a port of this host.
  public static Wire to(int port) throws IOException {
    Wire wire = new Wire(port, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().start(wire::accept);
    return wire;
  }

  /// `http://127.0.0.1:port`: this end of it.
  public URI address() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort());
  }

  // ---- faults

  /// Everything passes.
  public void heal() {
    fault = new Fault.None();
  }

  /// Each piece of an answer comes so much later.
  public void delay(Duration by) {
    fault = new Fault.Late(by);
  }

  /// Nothing passes, and nobody is told.
  public void silence() {
    fault = new Fault.Silent();
  }

  /// Ends what is connected; what connects is ended at once.
  public void cut() {
    fault = new Fault.Cut();
    open.forEach(Wire::end);
  }

  /// Answers whatever is asked with these bytes, and ends the connection.
  public void babble(byte[] answer) {
    fault = new Fault.Babble(answer);
    open.forEach(Wire::end);
  }

  // ---- passing

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket near = listening.accept();
        open.add(near);
        Thread.ofVirtual().start(() -> serve(near));
      } catch (IOException _) {
        // Closed.
      }
    }
  }

  private void serve(Socket near) {
    switch (fault) {
      case Fault.Cut _ -> end(near);
      case Fault.Babble(byte[] answer) -> babble(near, answer);
      case Fault.None _, Fault.Late _, Fault.Silent _ -> connect(near);
    }
  }

  private void babble(Socket near, byte[] answer) {
    try (near) {
      if (near.getInputStream().read(new byte[CHUNK_BYTES]) > 0) {
        near.getOutputStream().write(answer);
        near.getOutputStream().flush();
      }
    } catch (IOException _) {
      // Gone before.
    }
    end(near);
  }

  private void connect(Socket near) {
    try (Socket far = new Socket(InetAddress.getLoopbackAddress(), target)) {
      open.add(far);
      Thread.ofVirtual().start(() -> pass(near, far, false));
      pass(far, near, true);
      open.remove(far);
    } catch (IOException _) {
      end(near);
    }
  }

  private void pass(Socket from, Socket to, boolean answers) {
    byte[] chunk = new byte[CHUNK_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        if (passes(answers)) {
          out.write(chunk, 0, read);
          out.flush();
        }
      }
    } catch (IOException | InterruptedException _) {
      // Either end is gone.
    }
    open.remove(from);
    open.remove(to);
  }

  private boolean passes(boolean answers) throws InterruptedException {
    if (answers && fault instanceof Fault.Late(Duration by)) {
      TimeUnit.NANOSECONDS.sleep(by.toNanos());
    }
    return !(fault instanceof Fault.Silent);
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // As good as closed.
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException _) {
      // As good as closed.
    }
    open.forEach(Wire::end);
  }
}
