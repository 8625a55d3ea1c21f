package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.capability.CertificatePolicy.Admission;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a certificate of our own authority holds as its name or holder key, its owner is
/// admitted as exactly what is written there or refused; and so is whatever calls itself a
/// certificate.
///
/// The first byte of an input says what the rest is put into. `.ci/fuzz` searches for inputs that
/// break this; here is read what it has found.
@Timeout(60)
public final class CertificateFuzzTest {
  private static final TestRealm REALM = new TestRealm("home");
  private static final TestCertificate AUTHORITY = TestCertificate.authority("home");
  private static final TestCertificate LEAF =
      TestCertificate.leaf(
          "farcap://home/host-a", REALM.holder.id(), AUTHORITY.issuer, AUTHORITY.keys);
  private static final TrustBundle BUNDLE =
      REALM.bundle(
          new BundleKey(
              Usage.TLS_CA,
              State.ACTIVE,
              NOW.minus(DAY),
              NOW.plus(DAY),
              new BundleKey.Material.EcdsaP256(AUTHORITY.build())));

  static File[] found() {
    return new File("src/test/fuzz/CertificateFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(bytes, 1, bytes.length);
    switch (bytes[0] & 3) {
      case 0 -> named(GeneralName.uniformResourceIdentifier, rest);
      case 1 -> named(bytes[0] >> 2 & 7, rest);
      case 2 -> holderKey(rest);
      default -> check(rest);
    }
  }

  private static void named(int kind, byte[] name) {
    List<GeneralName> before = List.copyOf(LEAF.names);
    LEAF.names.set(0, new GeneralName(kind, new DEROctetString(name)));
    Admission admission = check(LEAF.encoded());
    LEAF.names.clear();
    LEAF.names.addAll(before);
    if (admission instanceof Admission.Admitted(var peer)) {
      assertEquals(GeneralName.uniformResourceIdentifier, kind);
      assertEquals(new String(name, StandardCharsets.UTF_8), peer.identity().toString());
      assertEquals(REALM.name, peer.identity().realm());
    }
  }

  private static void holderKey(byte[] value) {
    ASN1Encodable before = LEAF.holderKey;
    LEAF.holderKey = new DEROctetString(value);
    Admission admission = check(LEAF.encoded());
    LEAF.holderKey = before;
    if (admission instanceof Admission.Admitted(var peer)) {
      assertArrayEquals(value, peer.holderKey().bytes());
    }
  }

  /// Null if this is no certificate.
  private static @Nullable Admission check(byte[] der) {
    X509Certificate leaf;
    try {
      leaf =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException _) {
      return null;
    }
    Admission admission = CertificatePolicy.check(List.of(leaf), BUNDLE, NOW);
    if (admission instanceof Admission.Refused refused) {
      assertFalse(refused.detail().contains("\n"));
    }
    return admission;
  }
}
