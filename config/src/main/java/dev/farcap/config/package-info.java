/// Strict reading of YAML files: all mistakes of a file at once, each with line and column.
///
/// In comes a file, or its text, and a function that builds records from it; out comes what the
/// function built, or a [ConfigException] with every [Problem] found. The function asks a [Fields]
/// (a mapping) for its keys and a [Value] for what it is to be:
///
/// ```java
/// Listener listener =
///     Document.read(
///         path,
///         root ->
///             new Listener(
///                 root.required("listen").string(),
///                 root.optional("openTimeout")
///                     .map(value -> value.duration(Duration.ofMillis(1), Duration.ofMinutes(10)))
///                     .orElse(Duration.ofSeconds(10))));
/// ```
///
/// The dialect is the plain part of YAML: one document of mappings, lists and scalars. A scalar is
/// what the function asks for, so that `realm: no` is the text `no`. Anchors, aliases, tags and
/// duplicate keys are refused.
///
/// Reading order: [Document], [Fields], [Value], [Problem]. Nothing here is shared between threads,
/// and nothing reads secrets: a file names them, its reader fetches them.
@NullMarked
package dev.farcap.config;

import org.jspecify.annotations.NullMarked;
