package dev.farcap.capability;

import dev.farcap.session.KeyId;
import java.time.Instant;
import java.util.List;
import java.util.function.BiPredicate;

/// Decides whether a token holds: a pure function of its bytes, the time, the realm's keys and the
/// presenter.
///
/// The checks are ordered as in [Reason]: what costs nothing comes first, so that garbage costs
/// nothing; the signature comes late, and the holder last, so that whoever presents a token that is
/// not theirs learns nothing from the code but that it was genuine. Every check is made on bytes as
/// they came; nothing is repaired.
public final class Verifier {
  private Verifier() {}

  /// What a decision depends on beside the token.
  ///
  /// @param now by the local clock; the bundle's own time counts where the clock is behind it
  /// @param bundle the keys of the local realm, the only one whose tokens are accepted
  /// @param presenter the holder key of the peer, as proven by its certificate
  public record Context(Instant now, TrustBundle bundle, KeyId presenter) {}

  /// Decides.
  ///
  /// @param bytes as presented, of any length
  public static Verdict verify(byte[] bytes, Context context) {
    try {
      return judge(Token.decode(bytes), context, Token::isSignedBy);
    } catch (MalformedException e) {
      return e.denied();
    }
  }

  /// Does the checks after DEPTH.
  ///
  /// @param signature whether the key signed the token
  static Verdict judge(Token token, Context context, BiPredicate<Token, VerifyingKey> signature) {
    Grant grant = token.grant();
    if (!grant.realm().equals(context.bundle().realm())) {
      return new Verdict.Denied(
          Reason.REALM,
          "token is of realm '" + grant.realm() + "', here is '" + context.bundle().realm() + "'");
    }
    return context
        .bundle()
        .key(grant.issuer())
        .map(key -> judge(token, key, context, signature))
        .orElseGet(
            () ->
                new Verdict.Denied(
                    Reason.KEY_UNKNOWN,
                    "bundle " + context.bundle().number() + " has no key " + grant.issuer()));
  }

  private static Verdict judge(
      Token token, BundleKey issuer, Context context, BiPredicate<Token, VerifyingKey> signature) {
    Grant grant = token.grant();
    Instant now = context.bundle().trusted(context.now());
    if (issuer.usage() != BundleKey.Usage.CAP_ISSUE) {
      return new Verdict.Denied(
          Reason.KEY_USAGE, "issuer's key is for " + issuer.usage() + ", not CAP_ISSUE");
    }
    if (!issuer.vouchesAt(now)) {
      return new Verdict.Denied(
          Reason.KEY_STATE,
          "issuer's key is %s, valid %s..%s"
              .formatted(issuer.state(), issuer.notBefore(), issuer.expires()));
    }
    if (now.isBefore(grant.notBefore())) {
      return new Verdict.Denied(
          Reason.NOT_YET, "grant begins at " + grant.notBefore() + ", now is " + now);
    }
    if (!now.isBefore(grant.expires())) {
      return new Verdict.Denied(
          Reason.EXPIRED, "grant expired at " + grant.expires() + ", now is " + now);
    }
    if (!isSignedBy(token, issuer, signature)) {
      return new Verdict.Denied(Reason.SIGNATURE, "signature by " + issuer.id() + " is wrong");
    }
    if (!grant.holder().id().equals(context.presenter())) {
      return new Verdict.Denied(
          Reason.HOLDER,
          "holder is " + grant.holder().id() + ", presenter is " + context.presenter());
    }
    return new Verdict.Accepted(
        grant, earlier(grant.expires(), issuer.expires()), List.of(token.revocationId()));
  }

  private static boolean isSignedBy(
      Token token, BundleKey issuer, BiPredicate<Token, VerifyingKey> signature) {
    return switch (issuer.material()) {
      case BundleKey.Material.Ed25519(VerifyingKey key) -> signature.test(token, key);
      case BundleKey.Material.EcdsaP256 _ -> false;
    };
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
