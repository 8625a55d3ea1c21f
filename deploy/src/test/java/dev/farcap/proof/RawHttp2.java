package dev.farcap.proof;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;

/// HTTP/2 by hand at a Unix socket (RFC 9113, RFC 7541): sends whatever it is told, in any order.
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int ACK = 1;
  static final int INITIAL_WINDOW_SIZE = 4;

  /// What a client says first.
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int HEAD_BYTES = 9;

  private final SocketChannel channel;
  private volatile boolean ended;

  private RawHttp2(SocketChannel channel) {
    this.channel = channel;
    Thread.ofVirtual().start(this::drain);
  }

  /// Connects and says nothing yet. What comes back is read and forgotten.
  static RawHttp2 connect(Path socket) throws IOException {
    return new RawHttp2(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
  }

  /// Connects as a client should.
  static RawHttp2 open(Path socket) throws IOException {
    RawHttp2 made = connect(socket);
    made.send(PREFACE);
    made.send(frame(SETTINGS, 0, 0));
    made.send(frame(SETTINGS, ACK, 0));
    return made;
  }

  private void drain() {
    ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    try {
      for (int taken = channel.read(buffer); taken >= 0; taken = channel.read(buffer)) {
        buffer.clear();
      }
    } catch (IOException _) {
      // Cut off, or closed here.
    }
    ended = true;
  }

  /// Blocks as long as nobody reads.
  void send(byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }

  /// Whether the other side has ended the connection.
  boolean isCutOff() {
    return ended;
  }

  static byte[] frame(int type, int flags, int stream, byte... payload) {
    return ByteBuffer.allocate(HEAD_BYTES + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /// A 32-bit number as payload.
  static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }

  /// One entry of SETTINGS.
  static byte[] setting(int id, int value) {
    return ByteBuffer.allocate(6).putShort((short) id).putInt(value).array();
  }

  /// The header block of a call that is answered as the test has told the server.
  static byte[] call(String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(HexFormat.of().parseHex("8386")); // :method POST, :scheme http
    block.write(4); // :path
    text(block, path);
    block.write(1); // :authority
    text(block, "localhost");
    header(block, "content-type", "application/grpc");
    header(block, "te", "trailers");
    return block.toByteArray();
  }

  /// The same of a call that is answered by its message, with further headers of the given size.
  static byte[] call(String path, int moreBytes) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(call(path));
    header(block, "x-echo", "");
    for (int left = moreBytes; left > 0; left -= 100) {
      header(block, "x-more", "m".repeat(Math.min(left, 100)));
    }
    return block.toByteArray();
  }

  /// The header block of a call in a session of its own.
  static byte[] labelled(String path, String label) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(call(path, 0));
    header(block, "farcap-label", label);
    return block.toByteArray();
  }

  private static void header(ByteArrayOutputStream block, String name, String value) {
    block.write(0); // a literal that is not remembered
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    block.write(text.length()); // below 127: one byte
    block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  /// A gRPC message as DATA that ends the request.
  static byte[] message(int stream, byte... message) {
    byte[] framed =
        ByteBuffer.allocate(5 + message.length)
            .put((byte) 0)
            .putInt(message.length)
            .put(message)
            .array();
    return frame(DATA, END_STREAM, stream, framed);
  }

  /// DATA that announces a gRPC message of which nothing else is here.
  static byte[] prefix(int stream, int messageBytes) {
    return frame(DATA, 0, stream, ByteBuffer.allocate(5).putInt(1, messageBytes).array());
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  /// The same again and again, so that one write brings much.
  static byte[] times(int count, byte[] part) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream(count * part.length);
    for (int i = 0; i < count; i++) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  void awaitCutOff(Duration patience) throws Exception {
    Until.holds(() -> "the connection is cut off", patience, this::isCutOff);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
