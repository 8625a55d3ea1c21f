/// Server reflection: asked, answered, and cut down to what may be seen.
///
/// ```
///   server ──▶ ReflectionClient ──▶ FileSet ──only(services)──▶ FileSet ──▶ Reflection ──▶ program
/// ```
///
/// Reading order: [FileSet] (protobuf files and what they define), `Pruning` (what of them belongs
/// to some services and to no other), [ReflectionClient] (asks a server), [Reflection] (answers in
/// its place).
///
/// Nothing here knows a route, a grant or a session. A [FileSet] is immutable; the client and the
/// service run where the calls they make and take run, and block nowhere.
@NullMarked
package dev.farcap.discovery;

import org.jspecify.annotations.NullMarked;
