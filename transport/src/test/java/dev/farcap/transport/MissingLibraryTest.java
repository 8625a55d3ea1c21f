package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicMedium;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.ShmMedium;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where Java cannot call the C library, a medium that needs it says so when it is begun, each time
/// that it is.
final class MissingLibraryTest {
  private static final int TIMES = 2;

  @ParameterizedTest
  @ValueSource(strings = {"nic", "shm"})
  void aMediumThatCannotCallTheLibrarySaysSoAtTheStart(String medium) throws Exception {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx128m",
                "-Djdk.internal.foreign.CABI=UNSUPPORTED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                MissingLibraryTest.class.getName(),
                medium)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertEquals(0, process.waitFor(), said);
    List<String> reasons =
        said.lines().filter(line -> line.startsWith("the C library cannot be called: ")).toList();
    assertEquals(TIMES, reasons.size(), said);
    assertTrue(reasons.getFirst().contains("Platform does not support native linker"), said);
  }

  /// That machine.
  public static void main(String[] medium) {
    TlsTestRealm realm = TlsTestRealm.create();
    TlsCredentials credentials = realm.issue("farcap://test/host");
    for (int i = 0; i < TIMES; i++) {
      try {
        switch (medium[0]) {
          case "nic" ->
              new NicMedium(
                      () -> credentials,
                      realm.policy(),
                      new TransportCounters(),
                      new NicCounters(),
                      QuicConfig.DEFAULT)
                  .close();
          default ->
              new ShmMedium(
                      () -> credentials, realm.policy(), new TransportCounters(), ShmConfig.DEFAULT)
                  .close();
        }
      } catch (IllegalStateException unusable) {
        System.out.println(unusable.getMessage());
      }
    }
  }
}
