package dev.farcap.ca;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.capability.GrantStore;
import dev.farcap.capability.LabelPattern;
import dev.farcap.capability.MethodSet;
import dev.farcap.capability.Token;
import dev.farcap.capability.Verdict;
import dev.farcap.capability.Verifier;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RealmFolderTest {
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final String ROM = "farcap.rom.v1.Rom";

  @TempDir Path folder;
  private RealmFolder realm;

  @BeforeEach
  void makeRealm() throws CaException {
    realm = RealmFolder.init("home", folder.resolve("ca"), CLOCK);
  }

  private Issued issue(String host) throws CaException {
    return realm.issue(host, folder.resolve(host), RealmFolder.DEFAULT_LIFE);
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> entries = Files.walk(folder)) {
      return entries.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void issuedHostIsAdmittedByItsPeersAndItsGrantHolds() throws CaException {
    issue("host-a");
    HolderCredentials credentials = HolderCredentials.load(folder.resolve("host-a"), NOW);
    Path file = folder.resolve("rom.grant");
    GrantOrder order =
        GrantOrder.of(
            "host-a", ROM, realm.servers("host-b"), new LabelPattern.Prefix(Label.of("app")));
    realm.grant(order.withMethods(MethodSet.of(List.of("Read"))), file);

    GrantStore store = new GrantStore(folder, credentials.holderKey().id());
    assertEquals(List.of(), store.reload());
    Token token =
        store
            .choose(
                SessionRequest.of(ROM, Label.of("app", "config")),
                Identity.parse("farcap://home/host-b"))
            .orElseThrow()
            .token();
    var admitted =
        assertInstanceOf(
            Admission.Admitted.class,
            CertificatePolicy.check(credentials.chain(), realm.bundle().bundle(), NOW));
    Verdict verdict =
        Verifier.verify(
            token.bytes(),
            new Verifier.Context(NOW, realm.bundle().bundle(), admitted.peer().holderKey()));

    assertEquals(Identity.parse("farcap://home/host-a"), admitted.peer().identity());
    var accepted = assertInstanceOf(Verdict.Accepted.class, verdict);
    assertEquals(NOW.plus(Duration.ofDays(90)), accepted.deadline());
    assertTrue(accepted.grant().methods().allows("Read"));
    assertFalse(accepted.grant().methods().allows("Watch"));
  }

  @Test
  void issuedFolderPinsTheBundleOfTheRealm() throws CaException {
    Issued issued = issue("host-a");

    assertEquals(
        issued.bundleSha256(), HolderCredentials.load(issued.folder(), NOW).bundle().sha256());
  }

  @Test
  void issuedChainIsValidByTheRulesOfX509() throws Exception {
    HolderCredentials credentials = HolderCredentials.load(issue("host-a").folder(), NOW);
    Set<TrustAnchor> anchors =
        credentials.anchors(NOW).stream()
            .map(anchor -> new TrustAnchor(anchor, null))
            .collect(Collectors.toSet());
    PKIXParameters parameters = new PKIXParameters(anchors);
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(NOW));

    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509")
                .generateCertPath(List.of(credentials.chain().getFirst())),
            parameters);

    assertEquals(1, anchors.size());
  }

  @Test
  void privateKeysAreReadableByTheirOwnerOnly() throws Exception {
    issue("host-a");

    for (Path file : files(folder)) {
      if (file.toString().endsWith(".key")) {
        assertEquals("rw-------", mode(file), file.toString());
      }
    }
    assertEquals("rwx------", mode(folder.resolve("ca")));
    assertEquals("rwx------", mode(folder.resolve("host-a")));
  }

  @Test
  void keyFileOpenToOthersIsRefusedWithTheCommandThatMendsIt() throws Exception {
    Path key = issue("host-a").folder().resolve("leaf.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));

    CaException refused =
        assertThrows(
            CaException.class, () -> HolderCredentials.load(folder.resolve("host-a"), NOW));

    assertTrue(refused.getMessage().endsWith("chmod 600 " + key), refused.getMessage());
  }

  @Test
  void nothingIsOverwritten() throws Exception {
    issue("host-a");
    byte[] before = Files.readAllBytes(folder.resolve("host-a/holder.key"));

    assertThrows(CaException.class, () -> issue("host-a"));
    assertThrows(CaException.class, () -> RealmFolder.init("home", folder.resolve("ca"), CLOCK));

    assertArrayEquals(before, Files.readAllBytes(folder.resolve("host-a/holder.key")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host-A",
        "host a",
        "..",
        "a/../b",
        "a//b",
        "/a",
        "a/",
        "",
        "h%61",
        "farcap://away/host-a",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void badNameOfAHostIsRefusedBeforeAnythingIsWritten(String host) {
    Path out = folder.resolve("out");

    assertThrows(CaException.class, () -> realm.issue(host, out, RealmFolder.DEFAULT_LIFE));

    assertFalse(Files.exists(out));
  }

  @Test
  void longestNameOfAHostFits() throws CaException {
    String host = "a".repeat(Label.ELEMENT_BYTES_MAX);

    assertEquals(
        host, realm.issue(host, folder.resolve("out"), Duration.ofDays(1)).identity().path());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 4000})
  void lifeOutOfRangeIsRefused(long days) {
    assertThrows(
        CaException.class,
        () -> realm.issue("host-a", folder.resolve("out"), Duration.ofDays(days)));
  }

  @Test
  void nothingIssuedOutlivesTheRealmsKeys() throws CaException {
    RealmFolder later =
        RealmFolder.open(
            folder.resolve("ca"), InstantSource.fixed(NOW.plus(Duration.ofDays(3600))));

    assertThrows(
        CaException.class, () -> later.issue("host-a", folder.resolve("out"), Duration.ofDays(90)));
  }

  @Test
  void holderIsNamedByKeyIdIdentityCertificateOrFolder() throws CaException {
    Issued issued = issue("host-a");
    int n = 0;

    for (String holder :
        List.of(
            issued.holderKey().hex(),
            "host-a",
            "farcap://home/host-a",
            issued.folder().toString(),
            issued.folder().resolve("leaf.pem").toString())) {
      GrantOrder order = GrantOrder.of(holder, ROM, realm.servers("*"), LabelPattern.ANY);
      Token token = realm.grant(order, folder.resolve(n++ + ".grant"));
      assertEquals(issued.holderKey(), token.grant().holder().id());
    }
  }

  @Test
  void folderOfTheSameNameDoesNotHideAHolder() throws CaException {
    // A folder of this module, and a host's name.
    Issued issued = issue("target/classes");

    Token token =
        realm.grant(
            GrantOrder.of("target/classes", ROM, realm.servers("*"), LabelPattern.ANY),
            folder.resolve("same-name.grant"));

    assertEquals(issued.holderKey(), token.grant().holder().id());
  }

  @Test
  void identityIssuedTwiceIsAmbiguousAsAHolder() throws CaException {
    Issued first = issue("host-a");
    realm.issue("host-a", folder.resolve("again"), Duration.ofDays(1));
    GrantOrder order = GrantOrder.of("host-a", ROM, realm.servers("*"), LabelPattern.ANY);

    CaException refused =
        assertThrows(CaException.class, () -> realm.grant(order, folder.resolve("x.grant")));

    assertTrue(refused.getMessage().contains(first.holderKey().hex()), refused.getMessage());
  }

  @Test
  void unknownHolderIsRefused() throws CaException {
    for (String holder : List.of("host-z", "0".repeat(64))) {
      GrantOrder order = GrantOrder.of(holder, ROM, realm.servers("*"), LabelPattern.ANY);
      assertThrows(CaException.class, () -> realm.grant(order, folder.resolve("x.grant")));
    }
  }

  @Test
  void grantWithoutItsSuffixIsRefused() throws CaException {
    issue("host-a");
    GrantOrder order = GrantOrder.of("host-a", ROM, realm.servers("*"), LabelPattern.ANY);

    assertThrows(CaException.class, () -> realm.grant(order, folder.resolve("rom.txt")));
  }

  @Test
  void grantForAServerOfAnotherRealmIsRefused() throws CaException {
    issue("host-a");
    GrantOrder order =
        GrantOrder.of("host-a", ROM, realm.servers("farcap://away/*"), LabelPattern.ANY);

    assertThrows(CaException.class, () -> realm.grant(order, folder.resolve("x.grant")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Home", "a b", "..", "a/b", ".", "home.", "h\u00f6me"})
  void badNameOfARealmIsRefusedBeforeAnythingIsWritten(String name) {
    Path other = folder.resolve("other");

    assertThrows(CaException.class, () -> RealmFolder.init(name, other, CLOCK));

    assertFalse(Files.exists(other));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1home", "a_b", "-a", "127.0.0.1", "a..b", "home-"})
  void oddNameOfARealmWorks(String name) throws CaException {
    RealmFolder other = RealmFolder.init(name, folder.resolve("other"), CLOCK);

    Issued issued = other.issue("a", folder.resolve("a"), Duration.ofDays(1));

    assertEquals(new Identity(name, "a"), HolderCredentials.load(issued.folder(), NOW).identity());
  }

  @Test
  void folderThatIsNoRealmIsRefused() {
    assertThrows(CaException.class, () -> RealmFolder.open(folder, CLOCK));
    assertThrows(CaException.class, () -> RealmFolder.init("No Realm", folder.resolve("b"), CLOCK));
    assertThrows(CaException.class, () -> RealmFolder.init("home", folder, CLOCK));
  }

  @Test
  void folderWithoutCredentialsIsRefusedWithTheCommandThatMakesThem() {
    CaException refused =
        assertThrows(CaException.class, () -> HolderCredentials.load(folder.resolve("none"), NOW));

    assertTrue(refused.getMessage().contains("farcap ca issue"), refused.getMessage());
  }

  @Test
  void swappedKeysAreRefused() throws Exception {
    issue("host-a");
    issue("host-b");
    for (String file : List.of("leaf.key", "holder.key")) {
      Path mine = folder.resolve("host-a").resolve(file);
      byte[] before = Files.readAllBytes(mine);
      Files.write(mine, Files.readAllBytes(folder.resolve("host-b").resolve(file)));

      CaException refused =
          assertThrows(
              CaException.class, () -> HolderCredentials.load(folder.resolve("host-a"), NOW));

      assertTrue(refused.getMessage().startsWith(mine.toString()), refused.getMessage());
      Files.write(mine, before);
    }
  }

  @Test
  void expiredCertificateIsRefusedAtLoading() throws CaException {
    issue("host-a");

    CaException refused =
        assertThrows(
            CaException.class,
            () -> HolderCredentials.load(folder.resolve("host-a"), NOW.plus(Duration.ofDays(90))));

    assertTrue(refused.getMessage().contains("TIME"), refused.getMessage());
  }

  @Test
  void damagedKeyFileIsRefusedWithoutItsContent() throws Exception {
    Path key = issue("host-a").folder().resolve("holder.key");
    String text = Files.readString(key);
    String secret = text.lines().toList().get(1);
    Files.writeString(key, text.replace(secret, secret.substring(0, 40)));

    CaException refused =
        assertThrows(
            CaException.class, () -> HolderCredentials.load(folder.resolve("host-a"), NOW));

    assertTrue(refused.getMessage().startsWith(key.toString()), refused.getMessage());
    assertFalse(refused.getMessage().contains(secret.substring(0, 40)));
  }

  @Test
  void nothingPrintsAPrivateKey() throws CaException {
    issue("host-a");

    HolderCredentials credentials = HolderCredentials.load(folder.resolve("host-a"), NOW);

    assertEquals(
        "farcap://home/host-a with holder key " + credentials.holderKey().id(),
        credentials.toString());
  }
}
