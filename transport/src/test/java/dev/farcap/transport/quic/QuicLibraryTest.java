package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.TransportCounters;
import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// What a program hears whose class path lacks the library, which is an optional dependency.
class QuicLibraryTest {
  @Test
  void withoutItsClassesTheReasonSaysWhatToAdd() throws Exception {
    assertEquals(
        "the QUIC library is not there: add io.netty:netty-codec-native-quic",
        reasonWithout("-quic-"));
  }

  @Test
  void withoutTheLibraryOfThisMachineTheReasonSaysWhatFailed() throws Exception {
    String reason = reasonWithout("-native-quic-");

    assertTrue(reason.startsWith("the QUIC library does not run on this machine: "), reason);
    assertFalse(reason.endsWith(": null"), reason);
  }

  /// Why there is no medium where no jar with this in its name is there.
  private static String reasonWithout(String name) throws Exception {
    try (URLClassLoader others =
        new URLClassLoader(classPathWithout(name), ClassLoader.getPlatformClassLoader())) {
      Class<?> medium = others.loadClass(QuicMedium.class.getName());
      Constructor<?> overUdp =
          medium.getConstructor(
              Supplier.class,
              others.loadClass(ConnectionPolicy.class.getName()),
              others.loadClass(TransportCounters.class.getName()),
              others.loadClass(QuicConfig.class.getName()));

      InvocationTargetException thrown =
          assertThrows(
              InvocationTargetException.class, () -> overUdp.newInstance(null, null, null, null));
      IllegalStateException reason =
          assertInstanceOf(IllegalStateException.class, thrown.getCause());
      return String.valueOf(reason.getMessage());
    }
  }

  private static URL[] classPathWithout(String name) throws MalformedURLException {
    List<URL> kept = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (!path.getFileName().toString().contains(name)) {
        kept.add(path.toUri().toURL());
      }
    }
    return kept.toArray(URL[]::new);
  }
}
