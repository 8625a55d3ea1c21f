package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// Another process with an end of shared memory, to be killed. It sends whatever frames come back to
/// where they came from, and says `ready` on its standard output. It ends with its standard input,
/// thus with the process that started it.
///
///     ShmPeer dial|listen ADDRESS FOLDER
final class ShmPeer {
  private final Process process;

  private ShmPeer(Process process) {
    this.process = process;
  }

  /// As `kill -9` does.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /// Starts one.
  ///
  /// @param folder empty, for its credentials
  static ShmPeer start(String role, String address, TlsCredentials credentials, Path folder)
      throws Exception {
    Files.write(folder.resolve("key"), credentials.key().getEncoded());
    write(folder.resolve("leaf"), credentials.chain().getFirst());
    write(folder.resolve("anchor"), credentials.anchors().getFirst());
    String java = ProcessHandle.current().info().command().orElseThrow();
    Process process =
        new ProcessBuilder(
                java,
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                ShmPeer.class.getName(),
                role,
                address,
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    FutureTask<String> saying = new FutureTask<>(process.inputReader()::readLine);
    var _ = Thread.ofPlatform().daemon().start(saying);
    try {
      assertEquals("ready", saying.get(20, TimeUnit.SECONDS));
      return new ShmPeer(process);
    } catch (Exception | AssertionError notReady) {
      process.destroyForcibly();
      throw notReady;
    }
  }

  private static void write(Path file, X509Certificate certificate) throws IOException {
    try {
      Files.write(file, certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  @SuppressWarnings("SystemOut") // It is how the two processes meet.
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[2]);
    TlsCredentials credentials =
        new TlsCredentials(
            key(folder.resolve("key")),
            List.of(certificate(folder.resolve("leaf"))),
            List.of(certificate(folder.resolve("anchor"))));
    var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ShmMedium shm =
        new ShmMedium(
            () -> credentials,
            TlsTestRealm.create().policy(),
            new TransportCounters(),
            ShmConfig.DEFAULT);
    if (args[0].equals("listen")) {
      shm.listen(args[1], loops, Echo::new);
    } else {
      shm.dial(
          args[1],
          loops.next(),
          new Dialer.DialHandler() {
            @Override
            public ConnectionListener connected(Connection connection) {
              return new Echo(connection);
            }

            @Override
            public void failed(String reason) {
              throw new IllegalStateException(reason);
            }
          });
    }
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // until it is killed, or nobody is left to kill it
    }
    System.exit(0);
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(file)));
  }

  private static X509Certificate certificate(Path file)
      throws IOException, GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
  }

  private record Echo(Connection connection) implements ConnectionListener {
    @Override
    public void frame(ByteBuf frame) {
      connection.send(frame);
    }

    @Override
    public void readComplete() {
      connection.flush();
    }

    @Override
    public void writable() {}

    @Override
    public void closed(String reason) {}
  }
}
