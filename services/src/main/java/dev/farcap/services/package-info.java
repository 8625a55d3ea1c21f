/// What the built-in services have in common: reading who asks ([SessionLabel]), and what programs
/// need beside them: a session of their own ([OpenedSession]), and at a gRPC server the news that
/// one is over ([SessionLifecycle]).
///
/// The services themselves are in `dev.farcap.rom` and `dev.farcap.log`. They are plain gRPC
/// services that read the session's label from metadata: any gRPC server can host them, and so can
/// the back door, which sets that metadata itself.
@NullMarked
package dev.farcap.services;

import org.jspecify.annotations.NullMarked;
