package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.capability.CertificatePolicy.Cause;
import dev.farcap.session.Identity;
import dev.farcap.session.Peer;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Real certificates, each right in everything but one thing.
class CertificatePolicyTest {
  private static final String IDENTITY = "farcap://home/host-a";
  private static final TestRealm REALM = new TestRealm("home");
  private static final TestCertificate AUTHORITY = TestCertificate.authority("home CA");
  private static final X509Certificate AUTHORITY_CERTIFICATE = AUTHORITY.build();
  private static final TrustBundle BUNDLE = bundle(State.ACTIVE, NOW.plus(DAY.multipliedBy(9)));

  private static TrustBundle bundle(State state, Instant expires) {
    return REALM.bundle(
        new BundleKey(
            Usage.TLS_CA,
            state,
            NOW.minus(DAY),
            expires,
            new BundleKey.Material.EcdsaP256(AUTHORITY_CERTIFICATE)),
        TestRealm.key(REALM.bundler, Usage.BUNDLE, State.ACTIVE));
  }

  private static TestCertificate leaf() {
    return TestCertificate.leaf(IDENTITY, REALM.holder.id(), AUTHORITY.issuer, AUTHORITY.keys);
  }

  private static Cause cause(X509Certificate... chain) {
    return cause(CertificatePolicy.check(List.of(chain), BUNDLE, NOW));
  }

  private static Cause cause(Admission admission) {
    return switch (admission) {
      case Admission.Refused refused -> refused.cause();
      case Admission.Admitted admitted -> throw new AssertionError("admitted " + admitted);
    };
  }

  private static Cause cause(Consumer<TestCertificate> change) {
    TestCertificate leaf = leaf();
    change.accept(leaf);
    return cause(leaf.build());
  }

  @Test
  void rightCertificateIsAdmitted() {
    TestCertificate leaf = leaf();

    Admission admission = CertificatePolicy.check(List.of(leaf.build()), BUNDLE, NOW);

    assertEquals(
        new Admission.Admitted(new Peer(Identity.parse(IDENTITY), REALM.holder.id(), leaf.expires)),
        admission);
  }

  @Test
  void peerDoesNotOutliveTheAuthoritysKey() {
    Instant keyExpires = NOW.plusSeconds(60);

    Admission admission =
        CertificatePolicy.check(List.of(leaf().build()), bundle(State.ACTIVE, keyExpires), NOW);

    assertEquals(
        keyExpires,
        assertInstanceOf(Admission.Admitted.class, admission).peer().certificateExpires());
  }

  @Test
  void emptyChainIsRefused() {
    assertEquals(Cause.MISSING, cause());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FARCAP://home/host-a",
        "farcap://HOME/host-a",
        "farcap://home/Host-A",
        "farcap://home/h%6fst-a",
        "farcap://home/a/../host-a",
        "farcap://home/./host-a",
        "farcap://home/",
        "farcap://home",
        "farcap://home//host-a",
        "farcap://home/host-a/",
        "farcap:///host-a",
        "farcap://user@home/host-a",
        "farcap://home:1/host-a",
        "farcap://home/host-a?x",
        "farcap://home/host-a#x",
        "farcap://home/host-a ",
        "farcap://home/host-a\n",
        "farcap://home/host-a\0",
        "farcap://home/*",
        "spiffe://home/host-a",
        "host-a",
        ""
      })
  void identityInAnyOtherSpellingIsRefused(String uri) {
    assertEquals(
        Cause.NAME,
        cause(
            leaf -> {
              leaf.names.clear();
              leaf.names.add(TestCertificate.uri(uri));
            }));
  }

  @ParameterizedTest
  @ValueSource(ints = {63, 64, 65})
  void identityIsAdmittedUpToItsLimit(int length) {
    TestCertificate leaf = leaf();
    leaf.names.clear();
    leaf.names.add(TestCertificate.uri("farcap://home/" + "a".repeat(length)));

    Admission admission = CertificatePolicy.check(List.of(leaf.build()), BUNDLE, NOW);

    assertEquals(length <= 64, admission instanceof Admission.Admitted);
  }

  static Stream<GeneralName> secondNames() {
    return Stream.of(
        TestCertificate.uri("farcap://home/host-b"),
        TestCertificate.uri(IDENTITY),
        new GeneralName(GeneralName.dNSName, "host-a"),
        new GeneralName(GeneralName.iPAddress, "10.0.0.1"),
        new GeneralName(GeneralName.rfc822Name, "a@b"));
  }

  @ParameterizedTest
  @MethodSource("secondNames")
  void secondNameIsRefused(GeneralName name) {
    assertEquals(Cause.NAME, cause(leaf -> leaf.names.add(name)));
  }

  @ParameterizedTest
  @MethodSource("secondNames")
  void nameOfAnotherKindIsRefused(GeneralName name) {
    if (name.getTagNo() == GeneralName.uniformResourceIdentifier) {
      return;
    }
    assertEquals(
        Cause.NAME,
        cause(
            leaf -> {
              leaf.names.clear();
              leaf.names.add(name);
            }));
  }

  @Test
  void certificateWithoutANameIsRefused() {
    assertEquals(Cause.NAME, cause(leaf -> leaf.names.clear()));
  }

  @Test
  void sameNameInAnotherRealmIsRefused() {
    TestCertificate other =
        TestCertificate.leaf(
            "farcap://away/host-a", REALM.holder.id(), AUTHORITY.issuer, AUTHORITY.keys);

    assertEquals(Cause.REALM, cause(other.build()));
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        arguments(
            "basic constraints of a CA",
            Cause.CA_CERTIFICATE,
            leaf -> leaf.constraints = new BasicConstraints(true)),
        arguments(
            "key usage of a CA",
            Cause.CA_CERTIFICATE,
            leaf -> leaf.keyUsage = KeyUsage.digitalSignature | KeyUsage.keyCertSign),
        arguments(
            "no digital signature", Cause.USAGE, leaf -> leaf.keyUsage = KeyUsage.keyAgreement),
        arguments(
            "client only",
            Cause.USAGE,
            leaf -> leaf.purposes = new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth}),
        arguments(
            "server only",
            Cause.USAGE,
            leaf -> leaf.purposes = new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth}),
        arguments(
            "any purpose",
            Cause.USAGE,
            leaf -> leaf.purposes = new KeyPurposeId[] {KeyPurposeId.anyExtendedKeyUsage}),
        arguments(
            "a third purpose",
            Cause.USAGE,
            leaf ->
                leaf.purposes =
                    new KeyPurposeId[] {
                      KeyPurposeId.id_kp_clientAuth,
                      KeyPurposeId.id_kp_serverAuth,
                      KeyPurposeId.id_kp_codeSigning
                    }),
        arguments("no purpose", Cause.USAGE, leaf -> leaf.purposes = null),
        arguments("unknown critical extension", Cause.USAGE, leaf -> leaf.unknownCritical = true),
        arguments(
            "signed with SHA-512", Cause.ALGORITHM, leaf -> leaf.algorithm = "SHA512withECDSA"),
        arguments("no holder key", Cause.HOLDER, leaf -> leaf.holderKey = null),
        arguments(
            "holder key of 31 bytes",
            Cause.HOLDER,
            leaf -> leaf.holderKey = new DEROctetString(new byte[31])),
        arguments(
            "holder key of 33 bytes",
            Cause.HOLDER,
            leaf -> leaf.holderKey = new DEROctetString(new byte[33])),
        arguments(
            "holder key as text",
            Cause.HOLDER,
            leaf -> leaf.holderKey = new DERUTF8String("a".repeat(32))),
        arguments("not yet valid", Cause.TIME, leaf -> leaf.notBefore = NOW.plusSeconds(1)),
        arguments("expired now", Cause.TIME, leaf -> leaf.expires = NOW),
        arguments(
            "another issuer's name", Cause.ISSUER, leaf -> leaf.issuer = new X500Name("CN=other")),
        arguments(
            "another issuer's key", Cause.ISSUER, leaf -> leaf.signer = TestCertificate.p256()),
        arguments("signed by itself", Cause.ISSUER, leaf -> leaf.signer = leaf.keys));
  }

  private static Arguments arguments(String name, Cause cause, Consumer<TestCertificate> change) {
    return Arguments.of(name, cause, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void certificateThatIsWrongInOneThingIsRefused(
      String name, Cause expected, Consumer<TestCertificate> change) {
    assertEquals(expected, cause(change), name);
  }

  @Test
  void certificateWithoutItsTimeLeftIsRefusedFromTheFirstInstant() {
    X509Certificate leaf = leaf().build();
    List<X509Certificate> chain = List.of(leaf);

    assertTrue(
        CertificatePolicy.check(chain, BUNDLE, NOW.plus(DAY).minusMillis(1))
            instanceof Admission.Admitted);
    assertEquals(Cause.TIME, cause(CertificatePolicy.check(chain, BUNDLE, NOW.plus(DAY))));
  }

  @Test
  void clockSetBackBehindTheBundleDoesNotReviveACertificate() {
    TrustBundle newer = new TrustBundle(REALM.name, 1, "", NOW.plus(DAY), BUNDLE.keys());

    assertEquals(Cause.TIME, cause(CertificatePolicy.check(List.of(leaf().build()), newer, NOW)));
  }

  @Test
  void keyOfAnotherAlgorithmIsRefused() throws GeneralSecurityException {
    assertEquals(Cause.ALGORITHM, cause(leaf().build(TestCertificate.ec("secp384r1"))));
    assertEquals(
        Cause.ALGORITHM,
        cause(leaf().build(KeyPairGenerator.getInstance("Ed25519").generateKeyPair())));
  }

  @Test
  void certificateOfTheAuthorityItselfIsRefused() {
    TestCertificate authority = TestCertificate.authority("home CA");
    authority.names.add(TestCertificate.uri(IDENTITY));
    authority.signer = AUTHORITY.keys;

    assertEquals(Cause.NAME, cause(AUTHORITY_CERTIFICATE));
    assertEquals(Cause.CA_CERTIFICATE, cause(authority.build()));
  }

  @Test
  void leafVouchesForNoOtherLeaf() {
    TestCertificate first = leaf();
    X509Certificate issuer = first.build();
    TestCertificate second =
        TestCertificate.leaf(
            IDENTITY,
            REALM.holder.id(),
            X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded()),
            first.keys);

    assertEquals(Cause.ISSUER, cause(second.build(), issuer, AUTHORITY_CERTIFICATE));
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"PENDING", "TAINTED", "REVOKED"})
  void authorityThatVouchesForNothingIsNoIssuer(State state) {
    TrustBundle bundle = bundle(state, NOW.plus(DAY));

    assertEquals(
        Cause.ISSUER, cause(CertificatePolicy.check(List.of(leaf().build()), bundle, NOW)));
  }

  @Test
  void whatARetiringAuthorityIssuedIsAdmitted() {
    TrustBundle bundle = bundle(State.RETIRING, NOW.plus(DAY));

    assertInstanceOf(
        Admission.Admitted.class, CertificatePolicy.check(List.of(leaf().build()), bundle, NOW));
  }

  @Test
  void expiredAuthorityIsNoIssuer() {
    TrustBundle bundle = bundle(State.ACTIVE, NOW);

    assertEquals(
        Cause.ISSUER, cause(CertificatePolicy.check(List.of(leaf().build()), bundle, NOW)));
  }
}
