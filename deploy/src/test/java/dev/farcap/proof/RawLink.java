package dev.farcap.proof;

import com.google.protobuf.ByteString;
import dev.farcap.ca.HolderCredentials;
import dev.farcap.link.wire.Frame;
import dev.farcap.link.wire.Hello;
import dev.farcap.link.wire.Limits;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// A link by hand, from the specification of its frames: a proven peer that says whatever it is
/// told, in any order.
final class RawLink implements AutoCloseable {
  private static final String PROTOCOL = "farcap/1";

  /// Answers kept for whoever asks; further ones are read and forgotten.
  private static final int KEPT_MAX = 1_000;

  private final SSLSocket socket;
  private final DataOutputStream out;
  private final BlockingQueue<Frame> received = new LinkedBlockingQueue<>(KEPT_MAX);
  private volatile boolean ended;
  private volatile boolean deaf;
  private long number;

  private RawLink(SSLSocket socket) throws IOException {
    this.socket = socket;
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 64 << 10));
    Thread.ofVirtual().start(this::read);
  }

  /// Proves itself with the credentials in a folder and says nothing yet.
  static RawLink connect(Path credentials, int port) throws Exception {
    return new RawLink(socket(credentials, port));
  }

  /// Begins a link and reads what comes.
  static RawLink open(Path credentials, int port) throws Exception {
    RawLink link = connect(credentials, port);
    link.hello();
    return link;
  }

  private static SSLSocket socket(Path credentials, int port) throws Exception {
    HolderCredentials held = HolderCredentials.load(credentials, Instant.now());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys(held).getKeyManagers(), trust(held).getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setApplicationProtocols(new String[] {PROTOCOL});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static KeyManagerFactory keys(HolderCredentials held) throws Exception {
    KeyStore own = empty();
    own.setKeyEntry(
        "leaf", held.leafKey(), new char[0], held.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, new char[0]);
    return keys;
  }

  private static TrustManagerFactory trust(HolderCredentials held) throws Exception {
    KeyStore anchors = empty();
    anchors.setCertificateEntry("anchor", held.anchors(Instant.now()).getFirst());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(anchors);
    return trust;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private void hello() throws IOException {
    byte[] ids = new byte[32];
    new SecureRandom().nextBytes(ids);
    Limits limits =
        Limits.newBuilder()
            .setCallWindow(64 << 10)
            .setOpeningWindow(256 << 10)
            .setSessionWindow(8 << 20)
            .setMessageBytes(4 << 20)
            .setSessions(20_000)
            .setMetadataBytes(16 << 10)
            .build();
    send(
        Frame.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setProtocolMin(1)
                    .setProtocolMax(1)
                    .setEpoch(ByteString.copyFrom(ids, 0, 16))
                    .setLink(ByteString.copyFrom(ids, 16, 16))
                    .setLimits(limits)));
    flush();
  }

  private void read() {
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (!deaf) {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        var _ = received.offer(Frame.parseFrom(frame));
      }
    } catch (IOException _) {
      ended = true;
    }
  }

  /// Writes one frame; a numbered kind gets the next number.
  void send(Frame.Builder frame) throws IOException {
    switch (frame.getKindCase()) {
      case HELLO, CREDIT, SIGNAL, ACK, PING, PONG, GO_AWAY -> {}
      default -> frame.setNumber(++number);
    }
    byte[] bytes = frame.build().toByteArray();
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /// The bytes of frames without number, ready to be sent again and again.
  static byte[] block(int times, Frame.Builder frame) {
    try {
      ByteArrayOutputStream block = new ByteArrayOutputStream();
      DataOutputStream blockOut = new DataOutputStream(block);
      byte[] bytes = frame.build().toByteArray();
      for (int i = 0; i < times; i++) {
        blockOut.writeInt(bytes.length);
        blockOut.write(bytes);
      }
      return block.toByteArray();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  void raw(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  void flush() throws IOException {
    out.flush();
  }

  /// Waits for the next frame of a kind; others before it are forgotten.
  Frame await(Frame.KindCase kind) throws Exception {
    Frame next = Until.taken(received);
    while (next.getKindCase() != kind) {
      next = Until.taken(received);
    }
    return next;
  }

  /// Reads nothing more, but for the frame that comes next.
  void turnDeaf() {
    deaf = true;
  }

  boolean isCutOff() {
    return ended;
  }

  /// Whether a plain TCP connection at that port has been closed by the other side.
  static boolean isClosed(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      // No goodbye: it could wait for a peer that no longer reads.
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException _) {
      // It is gone already.
    }
  }
}
