package dev.farcap.rom;

import io.grpc.Status;

/// What the catalog asks of the world. Carried out in order, after the event that caused it.
sealed interface RomEffect {
  /// Copy the module's file, into the spool under the number `copy` if it is not small; the answer
  /// is [RomCatalog#copied].
  record Copy(String module, long copy) implements RomEffect {}

  /// Call [RomCatalog#retry] after the delay.
  record Retry(String module, long delayMs) implements RomEffect {}

  /// The copy in the spool is no longer wanted; who has it open may finish.
  record Discard(long copy) implements RomEffect {}

  /// Tell the watcher, then [RomCatalog#watchReady] as soon as it takes another one.
  record Announce(long watcher, RomVersion version, PrivateCopy copy) implements RomEffect {}

  /// Send the version to the reader, from the copy, then [RomCatalog#readEnded].
  record Send(long reader, RomVersion version, PrivateCopy copy, long offset)
      implements RomEffect {}

  /// End the call of this reader or watcher with the status; it is forgotten already.
  record End(long call, Status status) implements RomEffect {}

  /// Raise the signal registered under this key.
  record Raise(String registration) implements RomEffect {}
}
