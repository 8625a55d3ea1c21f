package dev.farcap.log;

import dev.farcap.session.Id128;

/// Names a spool at the sink: a peer and what that peer calls it, so that no peer can use up the
/// numbers of another one's spool.
///
/// @param peer first element of the effective label, empty where there is none
/// @param id chosen at random by the stand-in
record SpoolId(String peer, Id128 id) {}
