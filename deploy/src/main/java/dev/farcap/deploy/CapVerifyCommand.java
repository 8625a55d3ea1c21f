package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.ca.HolderCredentials;
import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.capability.Grant;
import dev.farcap.capability.GrantCheck;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.Token;
import dev.farcap.capability.Verdict;
import dev.farcap.capability.Verifier;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap cap verify`: what a server-proxy would say.
@Command(
    name = "verify",
    description = {
      "Runs a grant or a certificate through the verifier of a server-proxy, and says which check",
      "fails first. With --service, --server and --label: whether it permits that session."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap cap verify grants/rom.grant --bundle credentials/trust.bundle",
      "  farcap cap verify rom.grant --ca realm --holder credentials/leaf.pem \\",
      "                    --service ROM --server host-b --label 'app1 -> config'",
      "  farcap cap verify credentials/leaf.pem --ca realm --at 2027-01-01T00:00:00Z"
    })
final class CapVerifyCommand implements Callable<Integer> {
  private static final int KEY_ID_CHARS = 64;

  @Parameters(paramLabel = "FILE", description = "A grant, or certificates in PEM.")
  private Path file;

  @ArgGroup(multiplicity = "1")
  private Trusted trusted;

  /// Exactly one of them.
  static final class Trusted {
    @Option(names = "--bundle", paramLabel = "FILE", description = "The realm's trust bundle.")
    private @Nullable Path bundle;

    @Option(names = "--ca", paramLabel = "DIR", description = "The realm's folder.")
    private @Nullable Path ca;

    SignedBundle read() throws CaException {
      return HolderCredentials.readBundle(
          ca == null
              ? java.util.Objects.requireNonNull(bundle)
              : ca.resolve(HolderCredentials.BUNDLE_FILE));
    }
  }

  @Option(
      names = "--holder",
      paramLabel = "HOLDER",
      description = "Who presents a grant: key id, or certificate (default: whom it names).")
  private @Nullable String holder;

  @Option(
      names = "--service",
      paramLabel = "SERVICE",
      converter = ServiceConverter.class,
      description = "Whether a grant permits sessions of it; with --server.")
  private @Nullable String service;

  @Option(
      names = "--server",
      paramLabel = "SERVER",
      description = "Its name in the realm, or farcap://REALM/NAME.")
  private @Nullable String server;

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      defaultValue = "",
      converter = LabelConverter.class,
      description = "As it crosses the link: the listener's name, then what programs ask.")
  private Label label;

  @Option(names = "--method", paramLabel = "NAME", description = "Whether it may be called.")
  private @Nullable String method;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "Judge as of this time, such as 2027-01-01T00:00:00Z (default: now).")
  private @Nullable Instant at;

  @Mixin private Printer printer;

  @Override
  public Integer call() throws IOException, CaException {
    if ((service == null) != (server == null) || (method != null && service == null)) {
      throw new CommandException(
          ExitCode.USAGE, "a session is asked about by --service and --server together");
    }
    SignedBundle bundle = trusted.read();
    Instant now = at == null ? InstantSource.system().instant() : at;
    return switch (CapFile.read(file)) {
      case CapFile.OfToken(var bytes) -> token(bytes.toByteArray(), bundle, now);
      case CapFile.OfCertificates(var chain) ->
          switch (CertificatePolicy.check(chain, bundle.bundle(), now)) {
            case Admission.Admitted(Peer peer) ->
                accepted(bundle, "identity", peer.identity().toString(), peer.certificateExpires());
            case Admission.Refused refused ->
                denied(bundle, refused.cause().toString(), refused.detail());
          };
      case CapFile.OfBundle _ ->
          throw new CommandException(
              ExitCode.USAGE, file + " is a trust bundle: its SHA-256 is what hosts pin");
    };
  }

  // ---- grants

  private Integer token(byte[] bytes, SignedBundle bundle, Instant now) throws IOException {
    Verifier.Context context = new Verifier.Context(now, bundle.bundle(), presenter(bytes));
    return switch (Verifier.verify(bytes, context)) {
      case Verdict.Denied denied -> denied(bundle, denied.reason().toString(), denied.detail());
      case Verdict.Accepted accepted -> {
        Optional<Verdict.Denied> mismatch = mismatch(accepted.grant(), bundle);
        if (mismatch.isPresent()) {
          yield denied(bundle, mismatch.get().reason().toString(), mismatch.get().detail());
        }
        Grant grant = accepted.grant();
        yield method == null || grant.methods().allows(method)
            ? accepted(bundle, "service", grant.service(), accepted.deadline())
            : denied(bundle, "METHOD", "'" + method + "' asked, grant is for " + grant.methods());
      }
    };
  }

  private KeyId presenter(byte[] bytes) throws IOException {
    if (holder == null) {
      try {
        return Token.parse(bytes).grant().holder().id();
      } catch (IllegalArgumentException malformed) {
        // The verifier says so before it looks at the holder.
        return KeyId.of(new byte[KeyId.BYTES]);
      }
    }
    return holder.length() == KEY_ID_CHARS && !Files.exists(Path.of(holder))
        ? keyId(holder)
        : ofCertificate(Path.of(holder));
  }

  private static KeyId keyId(String hex) {
    try {
      return new KeyId(hex);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, "--holder: " + e.getMessage());
    }
  }

  private static KeyId ofCertificate(Path file) throws IOException {
    if (CapFile.read(file) instanceof CapFile.OfCertificates(var chain)) {
      return CapFacts.holderKey(chain.getFirst())
          .map(KeyId::new)
          .orElseThrow(
              () ->
                  new CommandException(
                      ExitCode.USAGE, "--holder: " + file + " names no holder key"));
    }
    throw new CommandException(ExitCode.USAGE, "--holder: " + file + " is no certificate");
  }

  private Optional<Verdict.Denied> mismatch(Grant grant, SignedBundle bundle) {
    if (service == null || server == null) {
      return Optional.empty();
    }
    return GrantCheck.denial(
        grant, SessionRequest.of(service, label), identity(server, bundle.bundle().realm()));
  }

  private static Identity identity(String server, String realm) {
    try {
      return server.startsWith(Identity.SCHEME)
          ? Identity.parse(server)
          : new Identity(realm, server);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, "--server: " + e.getMessage());
    }
  }

  // ---- answers

  private Integer accepted(SignedBundle bundle, String subject, String value, Instant until) {
    printer.facts(
        Printer.facts(
            "verdict",
            "accepted",
            subject,
            value,
            "until",
            until.toString(),
            "trustBundle",
            bundle.sha256()));
    return ExitCode.DONE;
  }

  private Integer denied(SignedBundle bundle, String reason, String detail) {
    printer.facts(
        Printer.facts(
            "verdict",
            "denied",
            "reason",
            reason,
            "detail",
            detail,
            "trustBundle",
            bundle.sha256()));
    return ExitCode.REFUSED;
  }
}
