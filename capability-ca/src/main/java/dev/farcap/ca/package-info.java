/// The realm's certificate authority in a folder, and what it hands to the hosts.
///
/// Reading order: [RealmFolder] (`ca init`, `ca issue`, `ca grant`) with [GrantOrder] and [Issued];
/// [HolderCredentials] (what a host loads); [BundleState] (which trust bundle a host believes);
/// [CaException] (what a person is told). Below them [NewRealm], [Authority] and [Certificates]
/// (keys and X.509), [HolderRegister] (who was issued what), [KeyFiles], [SafeFiles] and [Pem] (how
/// it lies on disk).
///
/// Everything here does file I/O on the caller's thread; one process at a time works in a folder.
/// Secrets are files of mode 0600 and never part of a message. Nothing here decides whether a
/// session opens: that is `dev.farcap.capability`.
@NullMarked
package dev.farcap.ca;

import org.jspecify.annotations.NullMarked;
