package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.ca.GrantOrder;
import dev.farcap.ca.RealmFolder;
import dev.farcap.capability.Grant;
import dev.farcap.capability.LabelPattern;
import dev.farcap.capability.MethodSet;
import dev.farcap.session.Label;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap ca grant`: permits a host to open sessions.
@Command(
    name = "grant",
    description = {
      "Permits a host to open sessions of one service at some servers, under some labels.",
      "The file is no secret: put it into the folder 'grants' of that host."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap ca grant host-a ROM --server host-b --label-prefix app1 --out rom.grant",
      "  farcap ca grant host-a acme.Greeter --server '*' --any-label \\",
      "                  --method Hello --life 12h --out hello.grant"
    })
final class CaGrantCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "HOLDER",
      description = "Who may use it: a host's name, the folder it was issued, or its key id.")
  private String holder;

  @Parameters(
      index = "1",
      paramLabel = "SERVICE",
      converter = ServiceConverter.class,
      description = "ROM, LOG, Report, Timer or a full gRPC service name.")
  private String service;

  @Option(
      names = "--server",
      required = true,
      paramLabel = "SERVER",
      description = "Which server: its name, 'PATH/*' for those below, '*' for all of the realm.")
  private String server;

  @ArgGroup(multiplicity = "1")
  private Labels labels;

  /// Exactly one of them.
  static final class Labels {
    @Option(
        names = "--label",
        paramLabel = "LABEL",
        converter = LabelConverter.class,
        description = "Exactly this label: the listener's name, then what programs ask for.")
    private @Nullable Label exact;

    @Option(
        names = "--label-prefix",
        paramLabel = "LABEL",
        converter = LabelConverter.class,
        description = "This label and all below it: 'app1' covers 'app1 -> config'.")
    private @Nullable Label prefix;

    @Option(names = "--any-label", required = true, description = "Every label.")
    @SuppressWarnings("UnusedVariable") // that it was given is all it says
    private boolean any;

    LabelPattern pattern() {
      if (exact != null) {
        return new LabelPattern.Exact(exact);
      }
      return prefix == null ? LabelPattern.ANY : new LabelPattern.Prefix(prefix);
    }
  }

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = "A method that may be called; may be repeated (default: all).")
  private @Nullable List<String> methods;

  @Option(
      names = "--life",
      paramLabel = "DURATION",
      defaultValue = "90d",
      converter = LifeConverter.class,
      description = "From now on (default: 90d).")
  private Duration life;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "New file; its name ends with .grant.")
  private Path out;

  @Mixin private GrantLimitsOptions limits;
  @Mixin private RealmOption ca;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws CaException {
    RealmFolder realm = ca.open();
    GrantOrder order =
        GrantOrder.of(holder, service, realm.servers(server), labels.pattern())
            .withMethods(methodSet())
            .withLife(life)
            .withLimits(limits.limits());
    Grant grant = realm.grant(order, out).grant();
    printer.facts(
        Printer.facts(
            "file", out.toString(),
            "holderKey", grant.holder().id().toString(),
            "service", grant.service(),
            "server", grant.server().toString(),
            "label", grant.label().toString(),
            "methods", grant.methods().toString(),
            "expires", grant.expires().toString()));
    return ExitCode.DONE;
  }

  private MethodSet methodSet() {
    try {
      return methods == null ? MethodSet.ALL : MethodSet.of(methods);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
