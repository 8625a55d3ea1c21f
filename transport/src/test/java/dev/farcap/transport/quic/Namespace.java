package dev.farcap.transport.quic;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.farcap.transport.Ip;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A network namespace: a host of its own, as far as its network goes. Sockets are those of the
/// host in which the thread lives that opens them.
final class Namespace implements AutoCloseable {
  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int NETWORK = 0x40000000;

  private final String name;

  private Namespace(String name) {
    this.name = name;
  }

  static Namespace make(String name) throws IOException {
    Ip.run("netns", "add", name);
    Namespace made = new Namespace(name);
    made.ip("link", "set", "lo", "up");
    return made;
  }

  String name() {
    return name;
  }

  /// Runs the command `ip` here.
  void ip(String... arguments) throws IOException {
    Ip.run(Stream.concat(Stream.of("-n", name), Stream.of(arguments)).toArray(String[]::new));
  }

  /// Threads that live here.
  ThreadFactory threads() {
    return task ->
        Thread.ofPlatform()
            .daemon()
            .unstarted(
                () -> {
                  enter();
                  task.run();
                });
  }

  /// Does something by a thread that lives here.
  <T> T inside(Callable<T> action) throws Exception {
    FutureTask<T> task = new FutureTask<>(action);
    threads().newThread(task).start();
    return task.get(20, TimeUnit.SECONDS);
  }

  /// setns(2), for the calling thread.
  private void enter() {
    try (Arena arena = Arena.ofConfined()) {
      int file =
          (int)
              function("open", ADDRESS, JAVA_INT)
                  .invokeExact(arena.allocateFrom("/run/netns/" + name), CLOSE_ON_EXEC);
      if (file < 0 || (int) function("setns", JAVA_INT, JAVA_INT).invokeExact(file, NETWORK) != 0) {
        throw new IllegalStateException("no way into the namespace " + name);
      }
      var _ = (int) function("close", JAVA_INT).invokeExact(file);
    } catch (RuntimeException | Error mistake) {
      throw mistake;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function(String name, MemoryLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(JAVA_INT, parameters));
  }

  /// Packets of IP that were made here by cutting larger ones.
  long fragments() throws Exception {
    return inside(() -> fragmentsOfIpv4() + fragmentsOfIpv6());
  }

  /// A line of names, then one of values.
  private static long fragmentsOfIpv4() throws IOException {
    List<String[]> lines =
        Files.readAllLines(Path.of("/proc/thread-self/net/snmp")).stream()
            .filter(line -> line.startsWith("Ip: "))
            .map(line -> line.split(" "))
            .toList();
    return Long.parseLong(lines.get(1)[List.of(lines.get(0)).indexOf("FragCreates")]);
  }

  private static long fragmentsOfIpv6() throws IOException {
    return Files.readAllLines(Path.of("/proc/thread-self/net/snmp6")).stream()
        .map(line -> line.split("\\s+"))
        .filter(entry -> entry[0].equals("Ip6FragCreates"))
        .mapToLong(entry -> Long.parseLong(entry[1]))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    Ip.quietly("netns", "del", name);
  }
}
