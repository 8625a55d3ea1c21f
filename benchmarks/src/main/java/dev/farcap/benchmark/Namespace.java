package dev.farcap.benchmark;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ThreadFactory;

/// A host of `deploy/netns/hosts`: a network namespace. Sockets stay in that of the thread which
/// opened them.
final class Namespace {
  /// The hosts' common name, for `FARCAP_HOSTS`.
  static final String HOSTS = "farcap-bench";

  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int NETWORK = 0x40000000;

  private Namespace() {}

  /// Threads that live in one.
  ///
  /// @param host `a` or `b`
  static ThreadFactory threads(String host, ThreadFactory usual) {
    return task ->
        usual.newThread(
            () -> {
              enter(host);
              task.run();
            });
  }

  /// The calling thread's sockets are there from now on. Not for virtual threads.
  ///
  /// @throws IllegalStateException if there is no such host, or this user may not
  static void enter(String host) {
    String name = "/run/netns/" + HOSTS + "-" + host;
    try (Arena arena = Arena.ofConfined()) {
      int file =
          (int)
              function("open", ADDRESS, JAVA_INT)
                  .invokeExact(arena.allocateFrom(name), CLOSE_ON_EXEC);
      if (file < 0 || (int) function("setns", JAVA_INT, JAVA_INT).invokeExact(file, NETWORK) != 0) {
        throw new IllegalStateException(
            "no host " + name + ", or no right to be there: deploy/netns/hosts up, as root");
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
}
