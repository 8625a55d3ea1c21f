package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
  @ParameterizedTest
  @CsvSource({
    "farcap://lab/host-a, lab, host-a",
    "farcap://lab.example/site/rack_1/host.a, lab.example, site/rack_1/host.a",
    "farcap://0/0, 0, 0",
    "farcap://a/..., a, ..."
  })
  void textIsTakenApartAndPutTogetherAgain(String text, String realm, String path) {
    Identity identity = Identity.parse(text);

    assertEquals(new Identity(realm, path), identity);
    assertEquals(text, identity.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "farcap://",
        "farcap://lab",
        "farcap://lab/",
        "farcap:///host",
        "lab/host",
        "FARCAP://lab/host",
        "farcap:/lab/host",
        "spiffe://lab/host",
        "farcap://Lab/host",
        "farcap://lab/Host",
        "farcap://lab/host/",
        "farcap://lab//host",
        "farcap://lab/./host",
        "farcap://lab/../host",
        "farcap://lab/..",
        "farcap://../host",
        "farcap://lab/a%2fb",
        "farcap://lab/a b",
        "farcap://lab/a?b",
        "farcap://lab/a#b",
        "farcap://u@lab/a",
        "farcap://lab:1/a",
        "farcap://lab/hóst",
        "farcap://lab/host\n",
        "farcap://lab/a -> b",
        " farcap://lab/host"
      })
  void thereIsOneSpellingOfEach(String text) {
    assertThrows(IllegalArgumentException.class, () -> Identity.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "62, 1, true",
    "63, 1, true",
    "64, 1, false",
    "1, 63, true",
    "1, 64, true",
    "1, 65, false"
  })
  void partsAreBounded(int realm, int path, boolean accepted) {
    String text = "farcap://" + "r".repeat(realm) + "/" + "p".repeat(path);

    if (accepted) {
      assertEquals(text, Identity.parse(text).toString());
    } else {
      assertThrows(IllegalArgumentException.class, () -> Identity.parse(text));
    }
  }

  @Test
  void aPeerOfTheOwnRealmIsSeenByItsPath() {
    Identity peer = Identity.parse("farcap://lab/rack/host");

    assertEquals("rack/host", peer.element("lab"));
    assertEquals("//lab/rack/host", peer.element("home"));
  }

  @Test
  void aForeignPeerThatFitsNoElementIsRefusedNotCut() {
    Identity fits = new Identity("lab", "p".repeat(64 - "//lab/".length()));
    Identity tooLong = new Identity("lab", fits.path() + "p");

    assertEquals(64, fits.element("home").length());
    assertThrows(IllegalArgumentException.class, () -> tooLong.element("home"));
  }
}
