package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.demo.Rehearsal;
import dev.farcap.node.NodeException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `farcap rehearse`: what the launcher has the virtual machine watch, once for each installation.
@Command(
    name = "rehearse",
    hidden = true,
    description = "Uses a pair within this process, so that a class archive can be made of it.")
final class RehearseCommand implements Callable<Integer> {
  @Override
  public Integer call() throws IOException, CaException, NodeException {
    Rehearsal.run(Farcap::execute);
    return ExitCode.DONE;
  }
}
