package dev.farcap.deploy;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `farcap completion`: what a shell needs to complete the command line.
@Command(
    name = "completion",
    description = "Prints a script that lets a shell complete farcap's commands and options.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(farcap completion bash)",
      "  farcap completion bash > ~/.local/share/bash-completion/completions/farcap",
      "  farcap completion zsh >> ~/.zshrc"
    })
final class CompletionCommand implements Callable<Integer> {
  /// One script serves both: for zsh it loads its emulation of bash's completion.
  enum Shell {
    BASH,
    ZSH
  }

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  @SuppressWarnings("UnusedVariable") // that it is one of them is all that matters
  private Shell shell;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(AutoComplete.bash("farcap", spec.root().commandLine()));
    spec.commandLine().getOut().flush();
    return ExitCode.DONE;
  }
}
