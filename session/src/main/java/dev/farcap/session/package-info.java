/// The words of the house: what every other room says and none explains again.
///
/// Reading order: [Label] and [Identity] (names), [KeyId], [Id128], [ObjectRef] and [Peer] (who and
/// what), [SessionRequest] and [Quota] (what is asked), [SessionGate], [SessionHost] and
/// [SessionControl] (who says yes and serves it), [SessionOpener] and [Session] (the side that
/// asks), [SessionCaller] and [SessionEnd] (what a server knows of who calls, and when it is over),
/// [Failure] (how it ends), [SignalPort] (payload-free notifications), [MetadataKeys] (what the
/// doors add to a call), [ServiceAlias] (what operators write for short); then what typed stubs
/// speak: [SessionStream], [SessionException], [SignalHandler].
///
/// Nothing here does I/O, reads a clock or starts a thread. It depends on the gRPC API only.
@NullMarked
package dev.farcap.session;

import org.jspecify.annotations.NullMarked;
