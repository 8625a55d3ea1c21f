package dev.farcap.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What subjects need to run: a folder of their own, ports, certificates, the program behind the
/// proxies. Everything is gone once it is closed.
final class Lab implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(20);
  private static final Duration PROBE = Duration.ofMillis(2);

  private final Path root;
  private final Path folder;
  private final Realm realm = Realm.create();
  private @Nullable ChildJvm backend;
  private int fresh;
  private boolean wire;

  private Lab(Path root, Path folder) {
    this.root = root;
    this.folder = folder;
  }

  /// @param root the project's folder
  static Lab open(Path root) {
    try {
      return new Lab(root, Files.createTempDirectory("farcap-benchmark"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The project's folder.
  Path root() {
    return root;
  }

  /// A new folder for one subject.
  Path folder(String name) {
    return makeFolder(folder.resolve(name));
  }

  /// A new folder for a subject that may be started more than once.
  Path freshFolder(String name) {
    return folder(name + "-" + ++fresh);
  }

  /// Makes a folder and those above it.
  static Path makeFolder(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Writes a file.
  static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Realm realm() {
    return realm;
  }

  /// The port of the [EchoBackend], the same for every pair.
  int backendPort() {
    ChildJvm running = backend;
    if (running == null) {
      running = ChildJvm.start(EchoBackend.class);
      backend = running;
    }
    return Integer.parseInt(running.greeting());
  }

  /// Sets up two hosts that a wire joins, if that is not done yet.
  ///
  /// @return what is to run there
  /// @throws IllegalStateException if this user may not
  <T> T onWire(T subject) {
    if (!wire) {
      hosts("up");
      wire = true;
    }
    return subject;
  }

  private void hosts(String verb) {
    Path hosts = root.resolve("deploy/netns/hosts");
    var _ =
        NativeProcess.output(
            List.of("env", "FARCAP_HOSTS=" + Namespace.HOSTS, hosts.toString(), verb), root);
  }

  /// A port of loopback that is free now.
  static int freePort() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until something listens at a port.
  ///
  /// @throws IllegalStateException if the process ends before or nothing listens in time
  static void awaitPort(int port, Process process, Path log) {
    long endNanos = System.nanoTime() + READY.toNanos();
    while (!listens(port)) {
      if (!process.isAlive() || System.nanoTime() > endNanos) {
        throw new IllegalStateException(
            "nothing listens at port " + port + "; the process says:\n" + text(log));
      }
    }
  }

  private static boolean listens(int port) {
    try (Socket probe = new Socket()) {
      probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException _) {
      pause(PROBE);
      return false;
    }
  }

  /// Waits.
  static void pause(Duration length) {
    try {
      Thread.sleep(length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a subject was awaited", e);
    }
  }

  /// What a process wrote.
  static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }

  @Override
  public void close() {
    if (backend != null) {
      backend.close();
    }
    if (wire) {
      hosts("down");
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
