package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Addresses of network interfaces and their peers, as users write them.
class NicAddressTest {
  @Test
  void anInterfaceAloneListensAtTheDefaults() {
    assertEquals(new NicAddress("eth0", null, 7443, 0x88B5), NicAddress.parse("nic://eth0"));
  }

  @Test
  void whatIsDialledHasThePeersHardwareAddress() {
    assertEquals(
        new NicAddress("eth0.7", Mac.parse("02:fc:00:00:00:01"), 9, 0x88B6),
        NicAddress.parse("nic://eth0.7/02:FC:00:00:00:01?port=9&type=0x88B6"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nic://eth0",
        "nic://eth0?port=0",
        "nic://eth0?port=9",
        "nic://eth0?type=0x88b6",
        "nic://eth0?port=9&type=0x88b6",
        "nic://eth0/02:fc:00:00:00:01",
        "nic://eth0/02:fc:00:00:00:01?port=65535",
      })
  void isWrittenAsItWasRead(String text) {
    assertEquals(text, NicAddress.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nic://",
        "tls://eth0",
        "nic:eth0",
        "nic://eth0/",
        "nic://eth0?",
        "nic://eth0:7443",
        "nic://sixteen-letters-",
        "nic://eth 0",
        "nic://eth0/02:fc:00:00:00",
        "nic://eth0/02-fc-00-00-00-01",
        "nic://eth0/02:fc:00:00:00:01/",
        "nic://eth0/02:fc:00:00:00:01?port=0",
        "nic://eth0?port=65536",
        "nic://eth0?port=-1",
        "nic://eth0?type=88b6",
        "nic://eth0&type=0x88b6",
        "nic://eth0?type=0x88b6&port=9",
      })
  void anythingElseIsRefusedAndTheFormIsTold(String text) {
    String told =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> NicAddress.parse(text))
                .getMessage());
    assertTrue(told.contains("'" + text + "'") && told.contains("nic://interface/mac"), told);
  }

  @ParameterizedTest
  @CsvSource({
    "nic://eth0/ff:ff:ff:ff:ff:ff, that of a group",
    "nic://eth0/01:00:5e:00:00:01, that of a group",
    "nic://eth0?type=0x05ff, a length",
  })
  void whatCannotBeMeantIsRefused(String text, String reason) {
    String told =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> NicAddress.parse(text))
                .getMessage());
    assertTrue(told.contains(text) && told.contains(reason), told);
  }

  @ParameterizedTest
  @CsvSource({
    "02:fc:00:00:00:01, fe80:0:0:88b5:fc:ff:fe00:1",
    "00:00:00:00:00:00, fe80:0:0:88b5:200:ff:fe00:0"
  })
  void quicSeesAMadeUpAddress(String mac, String six) {
    Endpoint end = new Endpoint(3, 0x88B5, Mac.parse(mac), 7443);

    assertEquals(six + "%3", end.toSocketAddress().getAddress().getHostAddress());
    assertEquals(end, Endpoint.of(end.toSocketAddress()));
  }
}
