package dev.farcap.capability;

import static dev.farcap.capability.StrictProto.checked;
import static dev.farcap.capability.StrictProto.fixed;
import static dev.farcap.capability.StrictProto.instant;

import com.google.protobuf.ByteString;
import dev.farcap.capability.wire.Revocation;
import dev.farcap.session.Identity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What no longer holds in a realm: numbered, signed by a REVOKE key, brought by the directory.
///
/// Its format is settled and its signature checked; nothing applies it yet.
///
/// @param realm whose
/// @param number from 1, grows from one to the next
/// @param issued when it was signed, in whole milliseconds
/// @param entries at most [#ENTRIES_MAX]
public record RevocationList(String realm, long number, Instant issued, List<Entry> entries) {
  /// Of the serialised, signed form.
  public static final int BYTES_MAX = SignedPayload.BYTES_MAX;

  /// As many as fit.
  public static final int ENTRIES_MAX = 10_000;

  /// @throws IllegalArgumentException naming the part and the rule it breaks
  public RevocationList {
    realm = new Identity(realm, "a").realm();
    entries = List.copyOf(entries);
    if (number < 1) {
      throw new IllegalArgumentException("list has number " + number + ", expected 1 or more");
    }
    if (entries.size() > ENTRIES_MAX) {
      throw new IllegalArgumentException(
          "list has " + entries.size() + " entries, limit " + ENTRIES_MAX);
    }
  }

  /// What an entry is about.
  public enum Kind {
    /// A block of a token and all that follow it, by its revocation id.
    BLOCK,
    /// A holder, by the id of its key.
    HOLDER,
    /// A key that issued grants, by its id.
    ISSUER
  }

  /// One thing that no longer holds.
  ///
  /// @param id 64 hexadecimal digits
  /// @param before with HOLDER and ISSUER: only what began to hold earlier; null: all
  /// @param dropAfter from when the entry may be left out
  public record Entry(Kind kind, String id, @Nullable Instant before, Instant dropAfter) {
    /// @throws IllegalArgumentException if the id is none, or a block has a time
    public Entry {
      if (!id.matches("[0-9a-f]{64}")) {
        throw new IllegalArgumentException("'" + id + "' is no id of 64 hexadecimal digits");
      }
      if (kind == Kind.BLOCK && before != null) {
        throw new IllegalArgumentException("a block is revoked whenever it began");
      }
    }
  }

  /// The serialised form, signed.
  ///
  /// @param signer a REVOKE key
  /// @throws IllegalArgumentException if it outgrows [#BYTES_MAX]
  public byte[] sign(SigningKey signer) {
    byte[] payload =
        dev.farcap.capability.wire.RevocationList.newBuilder()
            .setRealm(realm)
            .setNumber(number)
            .setIssuedMs(issued.toEpochMilli())
            .addAllEntries(entries.stream().map(RevocationList::encode).toList())
            .build()
            .toByteArray();
    return SignedPayload.sign(payload, Role.REVOCATION, signer);
  }

  /// Reads the serialised form and believes it if a REVOKE key of the bundle vouches for it now.
  ///
  /// @param signed as found, of any length
  /// @param now by the local clock
  /// @throws IllegalArgumentException if it is not to be believed, beginning with the [Reason]; one
  ///   line
  public static RevocationList open(byte[] signed, TrustBundle bundle, Instant now) {
    try {
      return decode(
          SignedPayload.open(signed, Role.REVOCATION, BundleKey.Usage.REVOKE, bundle, now), bundle);
    } catch (MalformedException e) {
      throw e.illegalArgument();
    }
  }

  private static Revocation encode(Entry entry) {
    Revocation.Builder wire =
        Revocation.newBuilder().setDropAfterMs(entry.dropAfter().toEpochMilli());
    ByteString id = ByteString.copyFrom(HexFormat.of().parseHex(entry.id()));
    switch (entry.kind()) {
      case BLOCK -> wire.setBlock(id);
      case HOLDER -> wire.setHolder(id);
      case ISSUER -> wire.setIssuer(id);
    }
    if (entry.before() != null) {
      wire.setBeforeMs(entry.before().toEpochMilli());
    }
    return wire.build();
  }

  /// What a verified payload says.
  static RevocationList decode(byte[] payload, TrustBundle bundle) throws MalformedException {
    var wire = StrictProto.parse(dev.farcap.capability.wire.RevocationList.parser(), payload);
    if (!wire.getRealm().equals(bundle.realm())) {
      throw new MalformedException(
          Reason.REALM,
          "list is of realm '" + wire.getRealm() + "', here is '" + bundle.realm() + "'");
    }
    Instant issued = instant("issued", wire.getIssuedMs());
    List<Entry> entries = new ArrayList<>();
    for (Revocation entry : wire.getEntriesList()) {
      entries.add(decode(entry));
    }
    return checked(
        Reason.FIELD, () -> new RevocationList(wire.getRealm(), wire.getNumber(), issued, entries));
  }

  private static Entry decode(Revocation wire) throws MalformedException {
    Instant before = wire.getBeforeMs() == 0 ? null : instant("before", wire.getBeforeMs());
    Instant dropAfter = instant("drop-after", wire.getDropAfterMs());
    return switch (wire.getWhatCase()) {
      case BLOCK -> entry(Kind.BLOCK, wire.getBlock(), before, dropAfter);
      case HOLDER -> entry(Kind.HOLDER, wire.getHolder(), before, dropAfter);
      case ISSUER -> entry(Kind.ISSUER, wire.getIssuer(), before, dropAfter);
      case LOCK -> throw new MalformedException(Reason.FIELD, "locks are not known here yet");
      case WHAT_NOT_SET -> throw new MalformedException(Reason.FIELD, "an entry is about nothing");
    };
  }

  private static Entry entry(Kind kind, ByteString id, @Nullable Instant before, Instant dropAfter)
      throws MalformedException {
    String hex = HexFormat.of().formatHex(fixed("id", id, Digest.BYTES));
    return checked(Reason.FIELD, () -> new Entry(kind, hex, before, dropAfter));
  }

  /// Realm and number.
  @Override
  public String toString() {
    return "revocation list " + number + " of realm " + realm;
  }
}
