package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.NOW;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// What holds for all grants.
class GrantPropertiesTest {
  private static final TestRealm REALM = new TestRealm("home");

  @Property(tries = 150)
  void grantIsReadFromItsToken(@ForAll("grants") Grant grant) {
    Token token = Token.mint(grant, REALM.issuer);

    Token read = Token.parse(token.bytes());

    assertEquals(grant, read.grant());
    assertArrayEquals(token.bytes(), read.bytes());
    assertArrayEquals(GrantCodec.encode(grant), GrantCodec.encode(read.grant()));
  }

  @Property(tries = 200)
  void grantWithOneBitChangedIsNone(
      @ForAll("grants") Grant grant, @ForAll @IntRange(max = 100_000) int at) {
    byte[] token = Token.mint(grant, REALM.issuer).bytes();
    token[at / 8 % token.length] ^= (byte) (1 << at % 8);

    assertInstanceOf(Verdict.Denied.class, REALM.verify(token));
  }

  @Property(tries = 200)
  void grantHoldsFromItsStartToItsEnd(
      @ForAll("grants") Grant grant, @ForAll @IntRange(min = -100_000, max = 100_000) int seconds) {
    Instant at = NOW.plusSeconds(seconds);
    Verifier.Context context = new Verifier.Context(at, REALM.bundle, REALM.holder.id());

    Verdict verdict = Verifier.verify(Token.mint(grant, REALM.issuer).bytes(), context);

    boolean holds = !at.isBefore(grant.notBefore()) && at.isBefore(grant.expires());
    assertEquals(holds, verdict instanceof Verdict.Accepted, verdict::toString);
  }

  @Property
  void patternComparesWholeElements(
      @ForAll("labels") Label pattern, @ForAll("labels") Label label) {
    List<String> elements = label.elements();
    boolean begins =
        elements.size() >= pattern.elements().size()
            && elements.subList(0, pattern.elements().size()).equals(pattern.elements());

    assertEquals(begins, new LabelPattern.Prefix(pattern).matches(label));
    assertEquals(pattern.equals(label), new LabelPattern.Exact(pattern).matches(label));
    assertTrue(LabelPattern.ANY.matches(label));
  }

  @Provide
  Arbitrary<Grant> grants() {
    Arbitrary<LabelPattern> patterns =
        Arbitraries.oneOf(
            labels().map(LabelPattern.Prefix::new), labels().map(LabelPattern.Exact::new));
    Arbitrary<MethodSet> methods =
        Arbitraries.of("Read", "Watch", "Sigh")
            .set()
            .map(names -> MethodSet.of(new TreeSet<>(names)))
            .injectNull(0.3)
            .map(some -> some == null ? MethodSet.ALL : some);
    Arbitrary<Instant> starts =
        Arbitraries.integers().between(-50_000, 50_000).map(NOW::plusSeconds);
    Arbitrary<Duration> lives =
        Arbitraries.integers().between(1, 100_000_000).map(Duration::ofMillis);
    Arbitrary<Grant.Limits> limits =
        Arbitraries.integers()
            .between(1, Integer.MAX_VALUE)
            .map(n -> new Grant.Limits(n, n, n, n, n));
    Arbitrary<Set<Grant.Flag>> flags = Arbitraries.of(Grant.Flag.class).set();
    return Combinators.combine(patterns, methods, starts, lives, limits, flags)
        .as(GrantPropertiesTest::grant);
  }

  private static Grant grant(
      LabelPattern label,
      MethodSet methods,
      Instant start,
      Duration life,
      Grant.Limits limits,
      Set<Grant.Flag> flags) {
    return new Grant(
        REALM.name,
        REALM.issuer.id(),
        Id128.mint(TestRealm.RANDOM),
        REALM.holder.verifyingKey(),
        "farcap.rom.v1.Rom",
        ServerPattern.parse("farcap://home/*"),
        label,
        methods,
        start,
        start.plus(life),
        0,
        limits,
        null,
        flags);
  }

  @Provide
  Arbitrary<Label> labels() {
    return Arbitraries.of("app", "app1", "config", "größe").list().ofMaxSize(4).map(Label::new);
  }
}
