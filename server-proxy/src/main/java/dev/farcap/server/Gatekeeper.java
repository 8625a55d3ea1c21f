package dev.farcap.server;

import dev.farcap.capability.CachedVerifier;
import dev.farcap.capability.Grant;
import dev.farcap.capability.GrantCheck;
import dev.farcap.capability.Token;
import dev.farcap.capability.TrustBundle;
import dev.farcap.capability.Verdict;
import dev.farcap.capability.Verifier;
import dev.farcap.door.AuditLog;
import dev.farcap.door.Rates;
import dev.farcap.routing.Policies;
import dev.farcap.routing.Selection;
import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Decides whether a peer's session opens: first the grant it presents, then the policies of the
/// interface. What neither permits is refused.
///
/// Each session that opens and each refusal is one line of the [AuditLog], under the session's name
/// or a correlation id. The peer of a refused session learns a kind and that id, nothing else.
/// Thread-safe.
public final class Gatekeeper implements SessionGate {
  private static final int CORRELATION_BYTES = 6;

  /// Signatures checked for one holder: some 10 ms of work a second; an honest peer presents a few
  /// tokens a day. Tokens known to be genuine cost nothing.
  private static final int CHECKS_PER_SECOND = 100;

  private static final String LINE =
      "decision={} reason={} identity={} holder={} interface={} label=\"{}\" session={} grant={}"
          + " detail=\"{}\"";

  private final Identity self;
  private final Supplier<TrustBundle> bundle;
  private final Supplier<Map<String, Policies<Backend>>> exported;
  private final BackDoor backDoor;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final CachedVerifier verifier = new CachedVerifier();
  private final Rates<KeyId> checks;
  private final AuditLog audit;
  private final GrantUses uses;

  /// @param self this proxy: grants for other servers are no use here
  /// @param bundle the newest keys of this realm
  /// @param exported policies by full service name, as configured now
  /// @param ticker nanoseconds, for rates
  /// @param random draws correlation ids
  public Gatekeeper(
      Identity self,
      Supplier<TrustBundle> bundle,
      Supplier<Map<String, Policies<Backend>>> exported,
      BackDoor backDoor,
      InstantSource clock,
      LongSupplier ticker,
      RandomGenerator random) {
    this.self = self;
    this.bundle = bundle;
    this.exported = exported;
    this.backDoor = backDoor;
    this.clock = clock;
    this.random = random;
    checks = new Rates<>(CHECKS_PER_SECOND, ticker);
    audit = new AuditLog(ticker);
    uses = new GrantUses(ticker);
  }

  /// A refusal on its way to the audit log.
  private record Denial(String reason, String detail) {}

  @Override
  public Decision decide(SessionRequest request, Peer peer, byte @Nullable [] token) {
    if (token == null) {
      return refused(request, peer, new Denial("NO_TOKEN", "no grant was presented"));
    }
    Verifier.Context context =
        new Verifier.Context(clock.instant(), bundle.get(), peer.holderKey());
    return switch (verifier.verify(token, context, () -> checks.take(peer.holderKey()))) {
      case Verdict.Denied denied -> refused(request, peer, denial(denied));
      case Verdict.Accepted accepted -> granted(request, peer, accepted, Token.hash(token));
    };
  }

  private static Denial denial(Verdict.Denied denied) {
    return new Denial(denied.reason().name(), denied.detail());
  }

  private Decision granted(
      SessionRequest request, Peer peer, Verdict.Accepted accepted, String hash) {
    Optional<Verdict.Denied> mismatch = GrantCheck.denial(accepted.grant(), request, self);
    if (mismatch.isPresent()) {
      return refused(request, peer, denial(mismatch.get()));
    }
    try {
      Label effective = request.label().prepend(peer.identity().element(self.realm()));
      return chosen(request, peer, accepted, hash, effective);
    } catch (IllegalArgumentException full) {
      return refused(request, peer, new Denial("LABEL", String.valueOf(full.getMessage())));
    }
  }

  private Decision chosen(
      SessionRequest request, Peer peer, Verdict.Accepted accepted, String hash, Label effective) {
    Policies<Backend> policies = exported.get().get(request.service());
    if (policies == null) {
      return refused(request, peer, new Denial("NOT_EXPORTED", "interface is not exported"));
    }
    return switch (policies.select(effective)) {
      case Selection.Denied<Backend> _ ->
          refused(request, peer, new Denial("NO_POLICY", "no policy for '" + effective + "'"));
      case Selection.Selected<Backend>(String place, Backend backend) ->
          accepted(request, peer, accepted, hash, effective, place, backend);
    };
  }

  private Decision accepted(
      SessionRequest request,
      Peer peer,
      Verdict.Accepted accepted,
      String hash,
      Label effective,
      String place,
      Backend backend) {
    Grant grant = accepted.grant();
    AcceptedSession session =
        new AcceptedSession(request, effective, peer, hash, grant.methods()::allows);
    return new Decision.Accepted(
        effective,
        grant.limits().perSession(),
        earlier(accepted.deadline(), peer.certificateExpires()),
        control -> {
          SessionHost host = hosted(session, backend, accepted, control);
          audit.write(LINE, values("accepted", "-", place, request, peer, control.name(), hash));
          return host;
        });
  }

  private SessionHost hosted(
      AcceptedSession session, Backend backend, Verdict.Accepted accepted, SessionControl control) {
    try {
      return uses.open(
          accepted.revocationIds().getLast(),
          accepted.grant().limits(),
          () -> backDoor.host(session, backend).apply(control));
    } catch (NotHostedException full) {
      auditRefusal(
          new Denial("QUOTA", full.failure().message()),
          session.request(),
          session.peer(),
          control.name(),
          session.grant());
      throw full;
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private Decision refused(SessionRequest request, Peer peer, Denial denial) {
    String correlation = correlation();
    auditRefusal(denial, request, peer, correlation, "-");
    return new Decision.Refused(
        Failure.notExecuted(
            Failure.Kind.REFUSED,
            "session refused; the server's audit log says why: " + correlation));
  }

  private String correlation() {
    byte[] id = new byte[CORRELATION_BYTES];
    random.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  private void auditRefusal(
      Denial denial, SessionRequest request, Peer peer, String session, String grant) {
    audit.refused(
        peer.holderKey(),
        LINE,
        values("refused", denial.reason(), denial.detail(), request, peer, session, grant));
  }

  /// Of one [#LINE]; labels and details come from outside.
  private static Object[] values(
      String decision,
      String reason,
      String detail,
      SessionRequest request,
      Peer peer,
      String session,
      String grant) {
    return new Object[] {
      decision,
      reason,
      peer.identity(),
      peer.holderKey(),
      request.service(),
      AuditLog.quoted(request.label().toString()),
      session,
      grant,
      AuditLog.quoted(detail)
    };
  }
}
