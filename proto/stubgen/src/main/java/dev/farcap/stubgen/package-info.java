/// `protoc-gen-farcap`: from a service with `option (farcap.options.session)` to a typed session.
///
/// ```
///   CodeGeneratorRequest ──▶ Schema ──▶ SessionReader ──▶ SessionModel ──▶ SessionWriter ──▶ Java
///                                            └──▶ Problem: what cannot be expressed, and where
/// ```
///
/// Reading order: [StubGenerator] (the program), [SessionModel] (what a session interface is in
/// Java), [SessionReader] (which schema becomes which of it, and every rule), [SessionWriter] (the
/// text), then `JavaNames`, `JavaTypes`, `Javadoc` and `Code` for the details.
///
/// One request, one thread, nothing kept; no I/O but stdin and stdout.
@NullMarked
package dev.farcap.stubgen;

import org.jspecify.annotations.NullMarked;
