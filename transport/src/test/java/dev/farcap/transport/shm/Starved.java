package dev.farcap.transport.shm;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/// Another process, that has used up its descriptors and then dials. It says where it heard the
/// outcome, and the reason.
final class Starved {
  private Starved() {}

  /// Runs one.
  ///
  /// @return what it says
  static String run(String address) throws Exception {
    String java = ProcessHandle.current().info().command().orElseThrow();
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n 100; exec \"$@\"",
                "sh",
                java,
                "-XX:-MaxFDLimit",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Starved.class.getName(),
                address)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    FutureTask<String> saying = new FutureTask<>(process.inputReader()::readLine);
    var _ = Thread.ofPlatform().daemon().start(saying);
    try {
      return String.valueOf(saying.get(30, TimeUnit.SECONDS));
    } finally {
      process.destroyForcibly();
    }
  }

  @SuppressWarnings("SystemOut") // It is how the two processes meet.
  public static void main(String[] args) throws Exception {
    TlsTestRealm realm = TlsTestRealm.create();
    TlsCredentials credentials = realm.issue("farcap://test/starved");
    EventLoop loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()).next();
    ShmMedium shm =
        new ShmMedium(
            () -> credentials, realm.policy(), new TransportCounters(), ShmConfig.DEFAULT);
    dial(shm, args[0], loop).join(); // loads what it needs

    List<FileInputStream> open = new ArrayList<>();
    try {
      while (true) {
        open.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException usedUp) {
      System.out.println(dial(shm, args[0], loop).join());
    }
    System.exit(open.isEmpty() ? 1 : 0);
  }

  private static CompletableFuture<String> dial(ShmMedium shm, String address, EventLoop loop) {
    CompletableFuture<String> outcome = new CompletableFuture<>();
    shm.dial(
        address,
        loop,
        new Dialer.DialHandler() {
          @Override
          public ConnectionListener connected(Connection connection) {
            throw new IllegalStateException("somebody listens there");
          }

          @Override
          public void failed(String reason) {
            outcome.complete((loop.inEventLoop() ? "on the loop: " : "elsewhere: ") + reason);
          }
        });
    return outcome;
  }
}
