package dev.farcap.deploy;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command `farcap`: what it can do, in the order in which one meets it.
@Command(
    name = "farcap",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = CommandLine.ScopeType.INHERIT,
    description = "Sessions, signals and capabilities across hosts.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      ClientProxyCommand.class,
      ServerProxyCommand.class,
      CheckCommand.class,
      CaCommand.class,
      CapCommand.class,
      RomCommand.class,
      LogCommand.class,
      ReportCommand.class,
      ServicesCommand.class,
      CallCommand.class,
      AwaitCommand.class,
      RouteCommand.class,
      DirectoryCommand.class,
      StatusCommand.class,
      CompletionCommand.class,
      RehearseCommand.class,
      HelpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed",
      "2:wrong usage of the command line",
      "3:refused: ask the operator for a grant or a route",
      "4:unavailable: the other side is away"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap demo                      see a pair of proxies work, on this machine",
      "  farcap ca init lab               make a realm",
      "  farcap run host-a.yaml           run what a configuration file says",
      "  farcap COMMAND --help            examples for each command"
    })
public final class Farcap implements Runnable {
  private static final Set<String> NEEDS_ALL =
      Set.of("help", "completion", "-h", "--help", "-V", "--version");

  @Spec private CommandSpec spec;

  /// Made by [#main] and by tests.
  Farcap() {}

  /// Runs a command and exits with its code.
  public static void main(String[] args) {
    if (Arrays.equals(args, new String[] {"--version"})) {
      // Without the parser, which knows every command: this one is asked by scripts.
      System.out.println(Version.line());
      return;
    }
    LogLevel.choose();
    System.exit(execute(args));
  }

  /// Runs a command.
  ///
  /// @return its exit code
  static int execute(String... args) {
    Class<?> asked = asked(args);
    if (asked == null) {
      return prepared(new CommandLine(new Farcap())).execute(args);
    }
    CommandLine line = new CommandLine(asked);
    line.setCommandName("farcap " + line.getCommandName());
    return prepared(line).execute(Arrays.copyOfRange(args, 1, args.length));
  }

  /// The command that is to run. Only that one is made: to make all of them takes longer than most
  /// commands.
  ///
  /// @return null where all are wanted: for help, for a suggestion, for completion
  private static @Nullable Class<?> asked(String... args) {
    if (args.length == 0 || Stream.of(args).anyMatch(NEEDS_ALL::contains)) {
      return null;
    }
    return Stream.of(Farcap.class.getAnnotation(Command.class).subcommands())
        .filter(known -> known.getAnnotation(Command.class).name().equals(args[0]))
        .findFirst()
        .orElse(null);
  }

  private static CommandLine prepared(CommandLine line) {
    line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    // '@FILE' is a request of 'farcap call', not a file of arguments.
    line.setExpandAtFiles(false);
    line.setParameterExceptionHandler(Failures::usage);
    line.setExecutionExceptionHandler(Failures::execution);
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
