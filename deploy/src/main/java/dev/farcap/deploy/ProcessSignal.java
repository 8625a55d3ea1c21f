package dev.farcap.deploy;

import java.lang.reflect.Proxy;

/// Handles signals of the operating system. The class that can, `sun.misc.Signal`, is exported by
/// the module jdk.unsupported but not part of Java's interface, so it is reached by reflection.
final class ProcessSignal {
  private ProcessSignal() {}

  /// Runs something instead of the default whenever the signal arrives, on a thread of its own.
  ///
  /// @param name without `SIG`
  static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handling =
          Proxy.newProxyInstance(
              ProcessSignal.class.getClassLoader(),
              new Class<?>[] {handler},
              (_, method, _) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                  return null;
                }
                throw new IllegalStateException("a signal's handler is only called");
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      throw new IllegalStateException("signal " + name + " cannot be handled", e);
    }
  }
}
