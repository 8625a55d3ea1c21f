package dev.farcap.capability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionRequest;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrantCheckTest {
  private static final TestRealm REALM = new TestRealm("home");
  private static final Identity SERVER = Identity.parse("farcap://home/site/host-b");
  private static final String ROM = "farcap.rom.v1.Rom";

  private static Optional<Reason> denial(SessionRequest request, Identity server) {
    return GrantCheck.denial(REALM.grant(), request, server).map(Verdict.Denied::reason);
  }

  @Test
  void whatIsGrantedIsAllowed() {
    assertEquals(
        Optional.empty(), denial(SessionRequest.of(ROM, Label.of("app", "config")), SERVER));
  }

  @Test
  void otherInterfaceIsDenied() {
    assertEquals(
        Optional.of(Reason.SERVICE),
        denial(SessionRequest.of("farcap.rom.v1.Rom2", Label.of("app")), SERVER));
    assertEquals(
        Optional.of(Reason.SERVICE),
        denial(SessionRequest.of("farcap.rom.v1.rom", Label.of("app")), SERVER));
  }

  @Test
  void otherLabelIsDenied() {
    assertEquals(
        Optional.of(Reason.LABEL), denial(SessionRequest.of(ROM, Label.of("app2")), SERVER));
    assertEquals(Optional.of(Reason.LABEL), denial(SessionRequest.of(ROM, Label.EMPTY), SERVER));
  }

  @Test
  void serverOfAnotherRealmIsDenied() {
    assertEquals(
        Optional.of(Reason.SERVER),
        denial(
            SessionRequest.of(ROM, Label.of("app")), Identity.parse("farcap://away/site/host-b")));
  }

  @Test
  void objectIsNotReachedByAGrantForAService() {
    ObjectRef object =
        new ObjectRef(
            REALM.holder.id(), Id128.mint(TestRealm.RANDOM), Id128.mint(TestRealm.RANDOM), ROM);

    assertEquals(
        Optional.of(Reason.OBJECT),
        denial(new SessionRequest(ROM, Label.of("app"), object), SERVER));
  }

  @ParameterizedTest
  @CsvSource({
    "farcap://home/site/host-b,true",
    "farcap://home/site/host-bb,false",
    "farcap://home/site/host,false",
    "farcap://home/site/*,true",
    "farcap://home/sit/*,false",
    "farcap://home/site/host-b/*,false",
    "farcap://home/*,true",
    "farcap://hom/*,false"
  })
  void serverPatternComparesWholeSegments(String pattern, boolean matches) {
    assertEquals(matches, ServerPattern.parse(pattern).matches(SERVER));
    assertEquals(pattern, ServerPattern.parse(pattern).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "/*",
        "farcap://*",
        "farcap:///*",
        "farcap://home",
        "farcap://home/a*",
        "farcap://home/*/b",
        "farcap://home/../*",
        "farcap://home//*",
        "farcap://Home/*",
        "farcap://home/**",
        "http://home/*",
        ""
      })
  void malformedServerPatternIsRefused(String pattern) {
    assertThrows(IllegalArgumentException.class, () -> ServerPattern.parse(pattern));
  }

  @Test
  void methodsAreOnlyThoseNamedUnlessAllAre() {
    MethodSet named = REALM.grant().methods();

    assertTrue(named.allows("Read"));
    assertFalse(named.allows("Write"));
    assertFalse(named.allows("read"));
    assertFalse(named.allows(""));
    assertFalse(MethodSet.NONE.allows("Read"));
    assertTrue(MethodSet.ALL.allows("Read"));
  }
}
