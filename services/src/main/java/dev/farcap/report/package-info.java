/// Report: what programs say about themselves becomes ROM modules. The concept is in
/// `report.proto`.
///
/// [ReportServer] serves both, Report for writers and ROM for readers; `ReportFolder` is what lies
/// in between, a folder of its own that a [dev.farcap.rom.RomServer] watches.
@NullMarked
package dev.farcap.report;

import org.jspecify.annotations.NullMarked;
