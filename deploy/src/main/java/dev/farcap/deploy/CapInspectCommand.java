package dev.farcap.deploy;

import dev.farcap.capability.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `farcap cap inspect`: what a file says.
@Command(
    name = "inspect",
    description = {
      "Shows every field of a grant, of certificates or of a trust bundle, without judging.",
      "Private keys are never shown."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap cap inspect grants/rom.grant",
      "  farcap cap inspect credentials/leaf.pem",
      "  farcap cap inspect credentials/trust.bundle --output json"
    })
final class CapInspectCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "A grant, certificates in PEM, a trust bundle.")
  private Path file;

  @Mixin private Printer printer;

  @Override
  public Integer call() throws IOException {
    switch (CapFile.read(file)) {
      case CapFile.OfToken(var bytes) -> show(CapFacts.of(token(bytes.toByteArray())));
      case CapFile.OfBundle(var bundle) -> show(CapFacts.of(bundle));
      case CapFile.OfCertificates(var chain) -> {
        if (printer.isJson()) {
          printer.json(chain.stream().map(CapFacts::of).toList());
        } else {
          chain.forEach(certificate -> show(CapFacts.of(certificate)));
        }
      }
    }
    return ExitCode.DONE;
  }

  private Token token(byte[] bytes) {
    try {
      return Token.parse(bytes);
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.FAILED, file + " is no well-formed grant: " + e.getMessage());
    }
  }

  /// A list of things is shown one a line, below its name.
  private void show(Map<String, Object> facts) {
    if (printer.isJson()) {
      printer.json(facts);
      return;
    }
    int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
    facts.forEach(
        (name, value) -> {
          if (value instanceof Collection<?> all && all.stream().anyMatch(Map.class::isInstance)) {
            printer.line(name);
            all.forEach(each -> printer.line("  " + line((Map<?, ?>) each)));
          } else {
            printer.line(("%-" + width + "s  %s").formatted(name, text(value)));
          }
        });
  }

  private static String line(Map<?, ?> facts) {
    return String.join("  ", facts.values().stream().map(CapInspectCommand::text).toList());
  }

  private static String text(Object value) {
    String text =
        value instanceof Collection<?> all
            ? String.join(", ", all.stream().map(String::valueOf).toList())
            : value.toString();
    return text.isEmpty() ? "-" : text;
  }
}
