package dev.farcap.capability;

/// Why something is denied: stable codes, in the order in which they are checked, cheap first.
///
/// Codes reserved in this order for tokens of more than one block, revocation and fresh realms:
/// CHAIN_HASH, ALIGNMENT, WIDENS, REVOKED and STALE, all between [#EXPIRED] and [#SIGNATURE].
public enum Reason {
  /// The token is larger than 8 KiB.
  SIZE,
  /// The presenter has had too many tokens checked of late.
  BUDGET,
  /// The bytes are no protobuf message of that type, or nested too deeply.
  PARSE,
  /// There is a field this version does not know.
  UNKNOWN_FIELD,
  /// The message is written in another than the one canonical way.
  NONCANONICAL,
  /// A field is missing, of the wrong length or out of range.
  FIELD,
  /// A label in the token is malformed; in a check of a request: the grant is for other labels.
  LABEL,
  /// There are more blocks than accepted.
  DEPTH,
  /// The token is of another realm.
  REALM,
  /// The bundle has no key of the issuer's id.
  KEY_UNKNOWN,
  /// The issuer's key is not for issuing grants.
  KEY_USAGE,
  /// The issuer's key is not valid now, or in a state in which it vouches for nothing.
  KEY_STATE,
  /// The grant begins later.
  NOT_YET,
  /// The grant is over.
  EXPIRED,
  /// The signature does not verify.
  SIGNATURE,
  /// The presenter is not the holder.
  HOLDER,
  /// In a check of a request: the grant is for another interface.
  SERVICE,
  /// In a check of a request: the grant is for other servers.
  SERVER,
  /// In a check of a request: it names an object, and the grant names none.
  OBJECT
}
