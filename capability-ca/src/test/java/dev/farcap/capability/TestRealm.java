package dev.farcap.capability;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.capability.wire.Block;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/// A realm with one key per Ed25519 usage, one holder, and the means to make wrong tokens.
final class TestRealm {
  static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
  static final Duration DAY = Duration.ofDays(1);
  static final SecureRandom RANDOM = new SecureRandom();

  final String name;
  final SigningKey issuer = SigningKey.generate(RANDOM);
  final SigningKey bundler = SigningKey.generate(RANDOM);
  final SigningKey revoker = SigningKey.generate(RANDOM);
  final SigningKey holder = SigningKey.generate(RANDOM);
  final TrustBundle bundle;

  TestRealm(String name) {
    this.name = name;
    this.bundle =
        bundle(
            key(issuer, Usage.CAP_ISSUE, State.ACTIVE),
            key(bundler, Usage.BUNDLE, State.ACTIVE),
            key(revoker, Usage.REVOKE, State.ACTIVE));
  }

  TrustBundle bundle(BundleKey... keys) {
    return new TrustBundle(name, 1, "", NOW.minus(DAY), List.of(keys));
  }

  static BundleKey key(SigningKey key, Usage usage, State state) {
    return new BundleKey(
        usage,
        state,
        NOW.minus(DAY),
        NOW.plus(DAY.multipliedBy(3650)),
        new BundleKey.Material.Ed25519(key.verifyingKey()));
  }

  /// The holder may open ROM sessions labelled `app -> ...` at every server, for a day.
  Grant grant() {
    return new Grant(
        name,
        issuer.id(),
        Id128.mint(RANDOM),
        holder.verifyingKey(),
        "farcap.rom.v1.Rom",
        ServerPattern.parse("farcap://" + name + "/*"),
        new LabelPattern.Prefix(Label.of("app")),
        MethodSet.of(List.of("Watch", "Read")),
        NOW,
        NOW.plus(DAY),
        0,
        Grant.Limits.DEFAULT,
        null,
        Set.of(Grant.Flag.PERSISTABLE));
  }

  Token token() {
    return Token.mint(grant(), issuer);
  }

  Verifier.Context context() {
    return new Verifier.Context(NOW, bundle, holder.id());
  }

  Verdict verify(byte[] token) {
    return Verifier.verify(token, context());
  }

  /// The grant's message, changed, signed as if it were right.
  byte[] signed(UnaryOperator<dev.farcap.capability.wire.Grant.Builder> change) {
    return signed(change.apply(message().toBuilder()).build().toByteArray());
  }

  dev.farcap.capability.wire.Grant message() {
    try {
      return dev.farcap.capability.wire.Grant.parseFrom(GrantCodec.encode(grant()));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /// Any payload, properly signed.
  byte[] signed(byte[] payload) {
    return token(payload, issuer.sign(Role.AUTHORITY, payload));
  }

  /// A token of the given blocks, each payload followed by its signature.
  static byte[] token(byte[]... payloadsAndSignatures) {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < payloadsAndSignatures.length; i += 2) {
      blocks.add(
          Block.newBuilder()
              .setPayload(ByteString.copyFrom(payloadsAndSignatures[i]))
              .setSignature(ByteString.copyFrom(payloadsAndSignatures[i + 1]))
              .build());
    }
    return dev.farcap.capability.wire.Token.newBuilder()
        .setFormat(1)
        .addAllBlocks(blocks)
        .build()
        .toByteArray();
  }

  static Reason reason(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Denied denied -> denied.reason();
      case Verdict.Accepted accepted -> throw new AssertionError("accepted: " + accepted);
    };
  }
}
