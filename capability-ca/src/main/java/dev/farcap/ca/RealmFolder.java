package dev.farcap.ca;

import dev.farcap.capability.BundleKey;
import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.capability.Grant;
import dev.farcap.capability.GrantStore;
import dev.farcap.capability.Routes;
import dev.farcap.capability.ServerPattern;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.SigningKey;
import dev.farcap.capability.Token;
import dev.farcap.capability.VerifyingKey;
import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A realm's certificate authority: a folder of mode 0700 with its private keys, its trust bundle
/// and the register of holders.
///
/// ```
/// tls-ca.key cap-issue.key revoke.key bundle.key directory.key   private keys, mode 0600
/// trust.bundle                                                   what every host gets
/// holders/KEYID                                                  who was issued what
/// routes.number                                                  of the routes signed last
/// ```
///
/// The realm is of kind `offline`: no part of it has to be reachable by anybody.
public final class RealmFolder {
  /// Of certificates and grants, until they can be renewed without a person.
  public static final Duration DEFAULT_LIFE = Duration.ofDays(90);

  private static final String BUNDLE_FILE = HolderCredentials.BUNDLE_FILE;
  private static final String NUMBER_FILE = "routes.number";
  private static final int NUMBER_BYTES_MAX = 32;

  private final Path folder;
  private final SignedBundle bundle;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  private RealmFolder(Path folder, SignedBundle bundle, InstantSource clock) {
    this.folder = folder;
    this.bundle = bundle;
    this.clock = clock;
  }

  // ---- farcap ca init ----

  /// Makes a realm: its keys and its first bundle.
  ///
  /// @param realm its name, 1..63 of `[a-z0-9._-]`
  /// @param folder new or empty
  public static RealmFolder init(String realm, Path folder, InstantSource clock)
      throws CaException {
    SignedBundle bundle = NewRealm.make(realm, folder, clock.instant());
    return new RealmFolder(folder, bundle, clock);
  }

  /// Opens a realm that [#init] made.
  public static RealmFolder open(Path folder, InstantSource clock) throws CaException {
    Path file = folder.resolve(BUNDLE_FILE);
    if (!Files.exists(file)) {
      throw new CaException(
          folder + " is no realm (it has no " + BUNDLE_FILE + "): make one with 'farcap ca init'");
    }
    return new RealmFolder(folder, HolderCredentials.readBundle(file), clock);
  }

  /// What every host gets.
  public SignedBundle bundle() {
    return bundle;
  }

  /// Its name.
  public String realm() {
    return bundle.bundle().realm();
  }

  // ---- farcap ca issue ----

  /// Gives a host its keys and its certificate.
  ///
  /// @param host `farcap://realm/path` or only the path
  /// @param out new, or without the files to be written; made with mode 0700
  /// @param life of the certificate
  public Issued issue(String host, Path out, Duration life) throws CaException {
    Identity identity = identity(host);
    Authority authority = authority();
    Certificates.Validity validity = validity(life, BundleKey.Usage.TLS_CA, "certificate");
    SafeFiles.requireFree(out, HolderCredentials.FILES);
    Certificates certificates = new Certificates(random);
    SigningKey holderKey = SigningKey.generate(random);
    KeyPair leafKeys = certificates.generateKeyPair();
    X509Certificate leaf =
        certificates.leaf(identity, holderKey.id(), leafKeys.getPublic(), authority, validity);
    requireAdmissible(leaf);
    SafeFiles.makeFolder(out);
    KeyFiles.write(out.resolve(HolderCredentials.HOLDER_KEY_FILE), holderKey);
    KeyFiles.write(out.resolve(HolderCredentials.LEAF_KEY_FILE), leafKeys.getPrivate());
    KeyFiles.write(
        out.resolve(HolderCredentials.CHAIN_FILE), List.of(leaf, authority.certificate()));
    SafeFiles.writePublic(out.resolve(BUNDLE_FILE), bundle.bytes());
    register().add(new HolderRegister.Entry(identity, holderKey.verifyingKey()));
    return new Issued(out, identity, holderKey.id(), validity.expires(), bundle.sha256());
  }

  /// Nothing leaves this folder that its own realm would not admit.
  private void requireAdmissible(X509Certificate leaf) throws CaException {
    switch (CertificatePolicy.check(List.of(leaf), bundle.bundle(), clock.instant())) {
      case Admission.Admitted _ -> {}
      case Admission.Refused refused ->
          throw new CaException("peers would refuse such a certificate, " + refused);
    }
  }

  private Identity identity(String host) throws CaException {
    Identity identity;
    try {
      identity =
          host.startsWith(Identity.SCHEME) ? Identity.parse(host) : new Identity(realm(), host);
    } catch (IllegalArgumentException e) {
      throw new CaException("'" + host + "' is no name of a host: " + e.getMessage(), e);
    }
    if (!identity.realm().equals(realm())) {
      throw new CaException(
          identity + " is not of realm '" + realm() + "', which " + folder + " is");
    }
    return identity;
  }

  private Authority authority() throws CaException {
    Path file = NewRealm.keyFile(folder, BundleKey.Usage.TLS_CA);
    PrivateKey key = KeyFiles.readEcKey(file);
    for (X509Certificate certificate : bundle.bundle().authorities(clock.instant())) {
      if (KeyFiles.belongTogether(key, certificate.getPublicKey())) {
        return new Authority(certificate, key);
      }
    }
    throw new CaException(file + " is no TLS_CA key that " + bundle + " has as valid now");
  }

  private Certificates.Validity validity(Duration life, BundleKey.Usage usage, String what)
      throws CaException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    if (life.isNegative() || life.isZero() || life.compareTo(NewRealm.KEY_LIFE) > 0) {
      throw new CaException(
          "a %s cannot be made for %d days, expected 1..%d"
              .formatted(what, life.toDays(), NewRealm.KEY_LIFE.toDays()));
    }
    Instant expires = now.plus(life);
    for (BundleKey key : bundle.bundle().keys()) {
      if (key.usage() == usage && key.vouchesAt(now) && key.expires().isBefore(expires)) {
        throw new CaException(
            "a %s until %s would outlive the realm's key, which expires at %s: shorten it"
                .formatted(what, expires, key.expires()));
      }
    }
    return new Certificates.Validity(now.minus(NewRealm.CLOCK_SKEW), expires);
  }

  private HolderRegister register() {
    return new HolderRegister(folder.resolve("holders"));
  }

  // ---- farcap ca grant ----

  /// Writes a grant.
  ///
  /// @param out a new file whose name ends with [GrantStore#SUFFIX]
  /// @return what was written
  public Token grant(GrantOrder order, Path out) throws CaException {
    if (!out.toString().endsWith(GrantStore.SUFFIX)) {
      throw new CaException(
          out + " must end with " + GrantStore.SUFFIX + ": hosts read only such files");
    }
    VerifyingKey holder = holder(order.holder());
    SigningKey issuer = signer(BundleKey.Usage.CAP_ISSUE);
    Certificates.Validity validity = validity(order.life(), BundleKey.Usage.CAP_ISSUE, "grant");
    Token token = mint(order, holder, issuer, validity);
    SafeFiles.writePublic(out, token.bytes());
    return token;
  }

  private Token mint(
      GrantOrder order, VerifyingKey holder, SigningKey issuer, Certificates.Validity validity)
      throws CaException {
    try {
      Grant grant =
          new Grant(
              realm(),
              issuer.id(),
              Id128.mint(random),
              holder,
              order.service(),
              order.server(),
              order.label(),
              order.methods(),
              validity.notBefore(),
              validity.expires(),
              0,
              order.limits(),
              null,
              Set.of());
      return Token.mint(grant, issuer);
    } catch (IllegalArgumentException e) {
      throw new CaException("no such grant can be made: " + e.getMessage(), e);
    }
  }

  private SigningKey signer(BundleKey.Usage usage) throws CaException {
    Path file = NewRealm.keyFile(folder, usage);
    SigningKey key = KeyFiles.readSigningKey(file);
    boolean valid =
        bundle
            .bundle()
            .key(key.id())
            .filter(known -> known.usage() == usage)
            .filter(known -> known.vouchesAt(clock.instant()))
            .isPresent();
    if (!valid) {
      throw new CaException(file + " is no " + usage + " key that " + bundle + " has as valid now");
    }
    return key;
  }

  /// The servers a person means: `farcap://realm/path`, `farcap://realm/path/*`, or the same
  /// without the realm in front; `*` is every server of the realm.
  public ServerPattern servers(String text) throws CaException {
    try {
      return ServerPattern.parse(
          text.startsWith(Identity.SCHEME) ? text : Identity.SCHEME + realm() + "/" + text);
    } catch (IllegalArgumentException e) {
      throw new CaException("'" + text + "' names no server: " + e.getMessage(), e);
    }
  }

  // ---- farcap directory sign ----

  /// Signs routes for the directory, and writes them.
  ///
  /// @param text that of a directory file; what it says is not looked at
  /// @param number of the routes; null: the next after those signed last here
  /// @param out a new file
  /// @return what was written
  public Routes signRoutes(String text, @Nullable Long number, Path out) throws CaException {
    SigningKey key = signer(BundleKey.Usage.DIRECTORY);
    long last = lastNumber();
    try {
      Routes routes =
          new Routes(
              realm(),
              number == null ? last + 1 : number,
              clock.instant().truncatedTo(ChronoUnit.MILLIS),
              text);
      SafeFiles.writePublic(out, routes.sign(key));
      SafeFiles.replace(
          folder.resolve(NUMBER_FILE),
          Long.toString(Math.max(last, routes.number())).getBytes(StandardCharsets.US_ASCII));
      return routes;
    } catch (IllegalArgumentException e) {
      throw new CaException("no such routes can be signed: " + e.getMessage(), e);
    }
  }

  private long lastNumber() throws CaException {
    Path file = folder.resolve(NUMBER_FILE);
    if (!Files.exists(file)) {
      return 0;
    }
    String text = new String(SafeFiles.read(file, NUMBER_BYTES_MAX), StandardCharsets.US_ASCII);
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException _) {
      throw new CaException(file + " is damaged: write the number of the last routes into it");
    }
  }

  private VerifyingKey holder(String text) throws CaException {
    if (text.matches("[0-9a-f]{64}")) {
      return register().find(new KeyId(text)).key();
    }
    Path path = Path.of(text);
    // A folder that only has the host's name, as those of operators often do, says nothing.
    Path chain = Files.isDirectory(path) ? path.resolve(HolderCredentials.CHAIN_FILE) : path;
    if (!text.startsWith(Identity.SCHEME) && Files.exists(chain)) {
      return register().find(HolderCredentials.holderKeyId(chain)).key();
    }
    return register().find(identity(text)).key();
  }
}
