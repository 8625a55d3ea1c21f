/// ROM: files that may change at run time, shared by version. The concept is in `rom.proto`.
///
/// What enters: a folder, and calls whose label's last element names a file below it. What leaves:
/// immutable versions, told to everybody who watches.
///
/// Reading order: [RomVersion] and [RomConfig] (the words), [RomCatalog] (the core, with the theory
/// of why nothing is ever torn) and [RomEffect] (what it asks for), [RomServer] (the shell that
/// carries it out), [RomFolder] (inotify), [RomCopier] (private copies), [RomTransfer] (sending),
/// [RomState] and [VersionNumbers] (what survives a restart). For readers: [RomReader].
///
/// Threads: the catalog and the folder live on one event loop; copying and sending have two threads
/// each; a reader runs on its caller's thread. Linux only, without native code of ours.
@NullMarked
package dev.farcap.rom;

import org.jspecify.annotations.NullMarked;
