package dev.farcap.capability;

import com.google.protobuf.ByteString;
import dev.farcap.capability.wire.Block;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// A signed grant. Well-formed, not yet verified: that is the [Verifier]'s word.
///
/// One block is accepted; the format has room for the eight that delegation needs. Prints as its
/// hash: whole tokens do not belong into logs.
public final class Token {
  /// Bound of the serialised form.
  public static final int BYTES_MAX = 8 << 10;

  private static final int FORMAT = 1;

  private final byte[] bytes;
  private final byte[] payload;
  private final byte[] signature;
  private final Grant grant;

  private Token(byte[] bytes, byte[] payload, byte[] signature, Grant grant) {
    this.bytes = bytes;
    this.payload = payload;
    this.signature = signature;
    this.grant = grant;
  }

  /// Signs a grant.
  ///
  /// @param issuer the key that the grant names as its issuer
  /// @throws IllegalArgumentException if it is another, or the token would outgrow its bound
  public static Token mint(Grant grant, SigningKey issuer) {
    if (!issuer.id().equals(grant.issuer())) {
      throw new IllegalArgumentException(
          "grant names issuer " + grant.issuer() + ", key is " + issuer.id());
    }
    byte[] payload = GrantCodec.encode(grant);
    byte[] signature = issuer.sign(Role.AUTHORITY, payload);
    return parse(assemble(payload, signature));
  }

  private static byte[] assemble(byte[] payload, byte[] signature) {
    return dev.farcap.capability.wire.Token.newBuilder()
        .setFormat(FORMAT)
        .addBlocks(
            Block.newBuilder()
                .setPayload(ByteString.copyFrom(payload))
                .setSignature(ByteString.copyFrom(signature)))
        .build()
        .toByteArray();
  }

  /// Reads the serialised form.
  ///
  /// @throws IllegalArgumentException if it is not well-formed, beginning with the [Reason]
  public static Token parse(byte[] bytes) {
    try {
      return decode(bytes);
    } catch (MalformedException e) {
      throw e.illegalArgument();
    }
  }

  /// Does the checks from SIZE to DEPTH.
  static Token decode(byte[] bytes) throws MalformedException {
    if (bytes.length > BYTES_MAX) {
      throw new MalformedException(
          Reason.SIZE, "token is " + bytes.length + " bytes, limit " + BYTES_MAX);
    }
    var wire = StrictProto.parse(dev.farcap.capability.wire.Token.parser(), bytes);
    List<dev.farcap.capability.wire.Grant> payloads = payloads(wire);
    checkFormat(wire);
    Block first = wire.getBlocks(0);
    byte[] signature =
        StrictProto.fixed("signature", first.getSignature(), VerifyingKey.SIGNATURE_BYTES);
    Grant grant = GrantCodec.decode(payloads.getFirst());
    checkDepth(wire);
    return new Token(bytes.clone(), first.getPayload().toByteArray(), signature, grant);
  }

  private static List<dev.farcap.capability.wire.Grant> payloads(
      dev.farcap.capability.wire.Token wire) throws MalformedException {
    List<dev.farcap.capability.wire.Grant> payloads = new ArrayList<>();
    for (Block block : wire.getBlocksList()) {
      byte[] payload = block.getPayload().toByteArray();
      payloads.add(StrictProto.parse(dev.farcap.capability.wire.Grant.parser(), payload));
    }
    return payloads;
  }

  private static void checkFormat(dev.farcap.capability.wire.Token wire) throws MalformedException {
    if (wire.getFormat() != FORMAT) {
      throw new MalformedException(
          Reason.FIELD,
          "format is " + Integer.toUnsignedString(wire.getFormat()) + ", expected " + FORMAT);
    }
    if (wire.getBlocksCount() == 0) {
      throw new MalformedException(Reason.FIELD, "token has no block");
    }
  }

  private static void checkDepth(dev.farcap.capability.wire.Token wire) throws MalformedException {
    if (wire.getBlocksCount() > 1) {
      throw new MalformedException(
          Reason.DEPTH,
          "token has " + wire.getBlocksCount() + " blocks, delegation is not accepted");
    }
  }

  /// What it says.
  public Grant grant() {
    return grant;
  }

  /// The serialised form, a fresh array of at most [#BYTES_MAX].
  public byte[] bytes() {
    return bytes.clone();
  }

  /// Whether this key signed it.
  boolean isSignedBy(VerifyingKey issuer) {
    return issuer.verifies(Role.AUTHORITY, payload, signature);
  }

  /// The name by which its block can be revoked, 64 hexadecimal digits: of the content, so that a
  /// second signature over it makes no second name.
  public String revocationId() {
    return HexFormat.of().formatHex(Digest.sha256(Digest.REVOCATION_CONTEXT, payload));
  }

  /// SHA-256 of the serialised form, 64 hexadecimal digits: how logs name it.
  public String hash() {
    return hash(bytes);
  }

  /// The same of a serialised token, whatever it is.
  public static String hash(byte[] token) {
    return HexFormat.of().formatHex(Digest.sha256(token));
  }

  /// Its hash.
  @Override
  public String toString() {
    return "token " + hash();
  }
}
