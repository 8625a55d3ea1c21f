/// The demo: a realm, a pair of proxies as two processes, and programs that use each other through
/// them, each step checked.
///
/// Reading order: [Demo] (the steps), [DemoFolder] (the files an operator would write), [DemoProxy]
/// (one child process), [GreeterProgram] (a gRPC program that knows nothing of Farcap), [Checklist]
/// (what is shown). [Rehearsal] is the same in one process, for the launcher.
@NullMarked
package dev.farcap.demo;

import org.jspecify.annotations.NullMarked;
