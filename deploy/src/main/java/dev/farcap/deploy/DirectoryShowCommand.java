package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.capability.Routes;
import dev.farcap.capability.TrustBundle;
import dev.farcap.routing.consul.ConsulConfig;
import dev.farcap.routing.consul.ConsulFailure;
import dev.farcap.routing.consul.ConsulPublisher;
import dev.farcap.routing.consul.ConsulPublisher.Published;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `farcap directory show`: the routes in Consul.
@Command(
    name = "show",
    description = {
      "Shows the routes that are in Consul, once their signature is checked.",
      "Exit code 3 where no proxy would believe them."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap directory show --ca realm",
      "  farcap directory show --bundle credentials/trust.bundle --token consul.token"
    })
final class DirectoryShowCommand implements Callable<Integer> {
  @Mixin private BundleOption bundle;
  @Mixin private ConsulOptions consul;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws CaException {
    ConsulConfig where = consul.config();
    TrustBundle keys = bundle.read().bundle();
    Published there;
    try (ConsulPublisher publisher = ConsulPublisher.open(where, keys.realm())) {
      there =
          publisher
              .routes()
              .orElseThrow(
                  () ->
                      new CommandException(
                          ExitCode.FAILED, "there are no routes of realm " + keys.realm()));
    } catch (ConsulFailure e) {
      throw new CommandException(
          e.isAnswer() ? ExitCode.FAILED : ExitCode.UNAVAILABLE, String.valueOf(e.getMessage()));
    }
    try {
      show(Routes.open(there.bytes(), keys, InstantSource.system().instant()));
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.REFUSED, String.valueOf(e.getMessage()));
    }
    return ExitCode.DONE;
  }

  private void show(Routes routes) {
    Map<String, Object> facts =
        Printer.facts(
            "realm", routes.realm(),
            "number", routes.number(),
            "issued", routes.issued().toString());
    if (printer.isJson()) {
      facts.put("text", routes.text());
      printer.json(facts);
    } else {
      facts.forEach((name, value) -> printer.line("# " + name + " " + value));
      printer.line(routes.text().stripTrailing());
    }
  }
}
