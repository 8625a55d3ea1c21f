package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceAliasTest {
  @ParameterizedTest
  @CsvSource({
    "ROM, farcap.rom.v1.Rom",
    "LOG, farcap.log.v1.Log",
    "Report, farcap.report.v1.Report",
    "Timer, farcap.timer.v1.Timer",
    "acme.Sensor, acme.Sensor",
    "Sensor, Sensor"
  })
  void whatAnOperatorWritesAndTheFullNameAreOneToOne(String written, String service) {
    assertEquals(service, ServiceAlias.resolve(written));
    assertEquals(service, ServiceAlias.resolve(service));
    assertEquals(written, ServiceAlias.shorten(service));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rom", "Rom", "Log", "REPORT", "timer", "", "a b", "farcap.rom.v1.Rom/Read"})
  void whatIsNoServiceIsRefused(String written) {
    assertThrows(IllegalArgumentException.class, () -> ServiceAlias.resolve(written));
  }
}
