package dev.farcap.capability;

import static dev.farcap.capability.StrictProto.checked;
import static dev.farcap.capability.StrictProto.fixed;

import com.google.protobuf.ByteString;
import dev.farcap.capability.wire.Flags;
import dev.farcap.capability.wire.LabelMatch;
import dev.farcap.capability.wire.Methods;
import dev.farcap.capability.wire.Quota;
import dev.farcap.session.Id128;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Grants as the payload of a token's first block.
final class GrantCodec {
  private GrantCodec() {}

  /// The one serialised form.
  static byte[] encode(Grant grant) {
    var wire =
        dev.farcap.capability.wire.Grant.newBuilder()
            .setRealm(grant.realm())
            .setIssuer(ByteString.copyFrom(grant.issuer().bytes()))
            .setSerial(ByteString.copyFrom(grant.serial().bytes()))
            .setHolder(ByteString.copyFrom(grant.holder().bytes()))
            .setService(grant.service())
            .setServer(grant.server().toString())
            .setLabel(encode(grant.label()))
            .setMethods(encode(grant.methods()))
            .setNotBeforeMs(grant.notBefore().toEpochMilli())
            .setExpiresMs(grant.expires().toEpochMilli())
            .setDepth(grant.depth())
            .setQuota(encode(grant.limits()))
            .setFlags(encode(grant.flags()));
    if (grant.maxStaleness() != null) {
      wire.setMaxStalenessMs(grant.maxStaleness().toMillis());
    }
    return wire.build().toByteArray();
  }

  private static dev.farcap.capability.wire.LabelPattern encode(LabelPattern pattern) {
    var wire = dev.farcap.capability.wire.LabelPattern.newBuilder();
    return switch (pattern) {
      case LabelPattern.Exact(Label label) ->
          wire.setMatch(LabelMatch.LABEL_MATCH_EXACT).addAllElements(label.elements()).build();
      case LabelPattern.Prefix(Label label) ->
          wire.setMatch(LabelMatch.LABEL_MATCH_PREFIX).addAllElements(label.elements()).build();
    };
  }

  private static Methods encode(MethodSet methods) {
    return switch (methods) {
      case MethodSet.All() -> Methods.newBuilder().setAll(true).build();
      case MethodSet.Named(var names) -> Methods.newBuilder().addAllNames(names).build();
    };
  }

  private static Quota encode(Grant.Limits limits) {
    return Quota.newBuilder()
        .setSessions(limits.sessions())
        .setCallsInFlight(limits.callsInFlight())
        .setBufferedBytes(limits.bufferedBytes())
        .setReferences(limits.references())
        .setCallsPerSecond(limits.callsPerSecond())
        .build();
  }

  private static Flags encode(Set<Grant.Flag> flags) {
    return Flags.newBuilder()
        .setHandoffAllowed(flags.contains(Grant.Flag.HANDOFF_ALLOWED))
        .setPersistable(flags.contains(Grant.Flag.PERSISTABLE))
        .build();
  }

  /// The grant in a first block.
  ///
  /// @throws MalformedException with FIELD or LABEL
  static Grant decode(dev.farcap.capability.wire.Grant wire) throws MalformedException {
    checkPresence(wire);
    KeyId issuer = KeyId.of(fixed("issuer", wire.getIssuer(), KeyId.BYTES));
    Id128 serial = Id128.of(fixed("serial", wire.getSerial(), Id128.BYTES));
    byte[] holder = fixed("holder", wire.getHolder(), VerifyingKey.BYTES);
    VerifyingKey holderKey = checked(Reason.FIELD, () -> VerifyingKey.of(holder));
    ServerPattern server = checked(Reason.FIELD, () -> ServerPattern.parse(wire.getServer()));
    MethodSet methods = decode(wire.getMethods());
    Instant notBefore = StrictProto.instant("not-before", wire.getNotBeforeMs());
    Instant expires = StrictProto.instant("expires", wire.getExpiresMs());
    Grant.Limits limits = decode(wire.getQuota());
    Duration maxStaleness = maxStaleness(wire);
    checkMatch(wire.getLabel().getMatch());
    // Everything else is checked first: FIELD stands before LABEL.
    Grant unlabelled =
        checked(
            Reason.FIELD,
            () ->
                new Grant(
                    wire.getRealm(),
                    issuer,
                    serial,
                    holderKey,
                    wire.getService(),
                    server,
                    LabelPattern.ANY,
                    methods,
                    notBefore,
                    expires,
                    wire.getDepth(),
                    limits,
                    maxStaleness,
                    flags(wire.getFlags())));
    return unlabelled.withLabel(decode(wire.getLabel()));
  }

  private static void checkPresence(dev.farcap.capability.wire.Grant wire)
      throws MalformedException {
    if (!wire.hasLabel() || !wire.hasMethods() || !wire.hasQuota()) {
      throw new MalformedException(Reason.FIELD, "label, methods or quota is missing");
    }
    if (!wire.getPrevious().isEmpty()) {
      throw new MalformedException(Reason.FIELD, "the first block names a previous one");
    }
    if (wire.hasObject()) {
      throw new MalformedException(Reason.FIELD, "references are not accepted, only grants");
    }
  }

  private static void checkMatch(LabelMatch match) throws MalformedException {
    if (match != LabelMatch.LABEL_MATCH_EXACT && match != LabelMatch.LABEL_MATCH_PREFIX) {
      throw new MalformedException(Reason.FIELD, "label match is missing or unknown");
    }
  }

  private static LabelPattern decode(dev.farcap.capability.wire.LabelPattern wire)
      throws MalformedException {
    Label label = checked(Reason.LABEL, () -> new Label(wire.getElementsList()));
    return wire.getMatch() == LabelMatch.LABEL_MATCH_EXACT
        ? new LabelPattern.Exact(label)
        : new LabelPattern.Prefix(label);
  }

  private static MethodSet decode(Methods wire) throws MalformedException {
    if (wire.getAll() && wire.getNamesCount() > 0) {
      throw new MalformedException(Reason.FIELD, "methods are both all and listed");
    }
    return wire.getAll()
        ? MethodSet.ALL
        : checked(Reason.FIELD, () -> new MethodSet.Named(wire.getNamesList()));
  }

  private static Grant.Limits decode(Quota wire) throws MalformedException {
    return checked(
        Reason.FIELD,
        () ->
            new Grant.Limits(
                wire.getSessions(),
                wire.getCallsInFlight(),
                wire.getBufferedBytes(),
                wire.getReferences(),
                wire.getCallsPerSecond()));
  }

  private static @Nullable Duration maxStaleness(dev.farcap.capability.wire.Grant wire) {
    return wire.hasMaxStalenessMs() ? Duration.ofMillis(wire.getMaxStalenessMs()) : null;
  }

  private static Set<Grant.Flag> flags(Flags wire) {
    Set<Grant.Flag> flags = EnumSet.noneOf(Grant.Flag.class);
    if (wire.getHandoffAllowed()) {
      flags.add(Grant.Flag.HANDOFF_ALLOWED);
    }
    if (wire.getPersistable()) {
      flags.add(Grant.Flag.PERSISTABLE);
    }
    return flags;
  }
}
