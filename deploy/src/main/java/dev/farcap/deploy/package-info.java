/// The command `farcap`: one command per file.
///
/// What enters: a command line. What leaves: an exit code ([ExitCode]), results on stdout, messages
/// on stderr. Reading order: [Farcap] (the table of contents), the commands in its order,
/// [Failures] (what a person is told), [Printer] (text or JSON).
///
/// A command's class holds its options and says what happens; what it needs of other rooms is
/// loaded when it runs, so that a quick command stays quick.
@NullMarked
package dev.farcap.deploy;

import org.jspecify.annotations.NullMarked;
