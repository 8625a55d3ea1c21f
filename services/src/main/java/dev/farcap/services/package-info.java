/// What the built-in services have in common: reading who asks ([SessionLabel]), and what programs
/// that use them need: a session of their own ([OpenedSession]).
///
/// The services themselves are in `dev.farcap.rom` and `dev.farcap.log`. They are plain gRPC
/// services that read the session's label from metadata: any gRPC server can host them, and so can
/// the back door, which sets that metadata itself.
@NullMarked
package dev.farcap.services;

import org.jspecify.annotations.NullMarked;
