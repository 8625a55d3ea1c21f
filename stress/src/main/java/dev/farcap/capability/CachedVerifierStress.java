package dev.farcap.capability;

import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/// A token is decided while its issuer's key is withdrawn: once the new bundle is in force it is
/// refused, whatever the decision under way remembers after that.
@JCStressTest
@Outcome(id = "true, false, false", expect = Expect.ACCEPTABLE, desc = "decided by the old bundle")
@Outcome(id = "false, false, false", expect = Expect.ACCEPTABLE, desc = "decided by the new one")
@Outcome(expect = Expect.FORBIDDEN, desc = "accepted after the key was withdrawn")
@State
public class CachedVerifierStress {
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SigningKey ISSUER = SigningKey.generate(RANDOM);
  private static final SigningKey HOLDER = SigningKey.generate(RANDOM);
  private static final TrustBundle BEFORE = bundle(BundleKey.State.ACTIVE);
  private static final TrustBundle AFTER = bundle(BundleKey.State.TAINTED);
  private static final byte[] TOKEN = token();

  private final CachedVerifier verifier = new CachedVerifier();
  private volatile TrustBundle inForce = BEFORE;

  private static TrustBundle bundle(BundleKey.State state) {
    BundleKey key =
        new BundleKey(
            Usage.CAP_ISSUE,
            state,
            NOW.minus(DAY),
            NOW.plus(DAY),
            new BundleKey.Material.Ed25519(ISSUER.verifyingKey()));
    return new TrustBundle("home", 1, "", NOW.minus(DAY), List.of(key));
  }

  private static byte[] token() {
    Grant grant =
        new Grant(
            "home",
            ISSUER.id(),
            Id128.mint(RANDOM),
            HOLDER.verifyingKey(),
            "acme.Engine",
            ServerPattern.parse("farcap://home/*"),
            new LabelPattern.Prefix(Label.of("app")),
            MethodSet.of(List.of("Start")),
            NOW,
            NOW.plus(DAY),
            0,
            Grant.Limits.DEFAULT,
            null,
            Set.of(Grant.Flag.PERSISTABLE));
    return Token.mint(grant, ISSUER).bytes();
  }

  private boolean accepted() {
    Verifier.Context context = new Verifier.Context(NOW, inForce, HOLDER.id());
    return verifier.verify(TOKEN, context, () -> true) instanceof Verdict.Accepted;
  }

  /// A decision.
  @Actor
  public void decision(ZZZ_Result result) {
    result.r1 = accepted();
  }

  /// Brings the new bundle, then decides.
  @Actor
  public void reload(ZZZ_Result result) {
    inForce = AFTER;
    result.r2 = accepted();
  }

  /// Decides when both are done.
  @Arbiter
  public void later(ZZZ_Result result) {
    result.r3 = accepted();
  }
}
