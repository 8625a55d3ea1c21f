package dev.farcap.transport.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Relays one TCP connection and keeps what passed, to look at what TLS shows on the wire.
final class Tap implements AutoCloseable {
  private final ServerSocket door;
  private final int target;
  private final AtomicReference<@Nullable Socket> behind = new AtomicReference<>();
  private final Recording toServer = new Recording();
  private final Recording toClient = new Recording();

  /// What passed in one direction.
  private static final class Recording {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    synchronized void add(byte[] buffer, int count) {
      bytes.write(buffer, 0, count);
    }

    synchronized byte[] all() {
      return bytes.toByteArray();
    }
  }

  Tap(int target) throws IOException {
    this.target = target;
    this.door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::relay);
  }

  int port() {
    return door.getLocalPort();
  }

  private void relay() {
    try (Socket client = door.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      behind.set(server);
      Thread back = Thread.ofVirtual().start(() -> copy(server, client, toClient));
      copy(client, server, toServer);
      back.join();
    } catch (IOException | InterruptedException _) {
      // The tap was closed.
    }
  }

  private static void copy(Socket from, Socket to, Recording recording) {
    byte[] buffer = new byte[16 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        recording.add(buffer, count);
        out.write(buffer, 0, count);
      }
      to.shutdownOutput();
    } catch (IOException _) {
      // The other direction ended the connection.
    }
  }

  /// The extensions of the ClientHello: number to content.
  Map<Integer, byte[]> clientHello() {
    ByteBuffer hello = hello(toServer.all(), 1);
    skip(hello, hello.getShort()); // cipher suites
    skip(hello, hello.get()); // compression methods
    return extensions(hello);
  }

  /// The extensions of the ServerHello: number to content.
  Map<Integer, byte[]> serverHello() {
    ByteBuffer hello = hello(toClient.all(), 2);
    skip(hello, 3); // cipher suite, compression method
    return extensions(hello);
  }

  /// The lengths of the TLS records that went to the server.
  List<Integer> recordsToServer() {
    ByteBuffer stream = ByteBuffer.wrap(toServer.all());
    List<Integer> lengths = new ArrayList<>();
    while (stream.remaining() >= 5) {
      skip(stream, 3); // type, version
      int length = Short.toUnsignedInt(stream.getShort());
      lengths.add(length);
      skip(stream, Math.min(length, stream.remaining()));
    }
    return lengths;
  }

  /// RFC 8446 section 4.1, behind the session id. Record header 5 bytes, handshake header 4.
  private static ByteBuffer hello(byte[] stream, int type) {
    ByteBuffer hello = ByteBuffer.wrap(stream);
    skip(hello, 5);
    if (hello.get() != type) {
      throw new AssertionError("not a hello of type " + type);
    }
    skip(hello, 3 + 2 + 32); // length, version, random
    skip(hello, hello.get()); // session id
    return hello;
  }

  private static Map<Integer, byte[]> extensions(ByteBuffer hello) {
    int end = Short.toUnsignedInt(hello.getShort()) + hello.position();
    Map<Integer, byte[]> extensions = new HashMap<>();
    while (hello.position() < end) {
      int number = Short.toUnsignedInt(hello.getShort());
      byte[] content = new byte[Short.toUnsignedInt(hello.getShort())];
      hello.get(content);
      extensions.put(number, content);
    }
    return extensions;
  }

  private static void skip(ByteBuffer bytes, int count) {
    bytes.position(bytes.position() + count);
  }

  /// Ends the connection towards the server as if the line were cut clean: no farewell by TLS.
  void cut() throws IOException {
    Socket server = behind.get();
    if (server != null) {
      server.shutdownOutput();
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
  }
}
