package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.capability.Routes;
import dev.farcap.capability.TrustBundle;
import dev.farcap.routing.consul.ConsulConfig;
import dev.farcap.routing.consul.ConsulFailure;
import dev.farcap.routing.consul.ConsulPublisher;
import dev.farcap.routing.consul.ConsulPublisher.Published;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `farcap directory publish`: puts signed routes where proxies look for them.
@Command(
    name = "publish",
    description = {
      "Checks signed routes as a proxy would, and puts them into Consul. All proxies that watch it",
      "take them over within a second. Exit code 3 where they would be refused."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap directory publish directory.signed --ca realm",
      "  farcap directory publish directory.signed --bundle trust.bundle \\",
      "                           --consul https://consul.lab:8501 --token publisher.token"
    })
final class DirectoryPublishCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "What 'farcap directory sign' wrote.")
  private Path file;

  @Mixin private BundleOption bundle;
  @Mixin private ConsulOptions consul;
  @Mixin private Printer printer;

  @Override
  public Integer call() throws CaException, IOException {
    ConsulConfig where = consul.config();
    TrustBundle keys = bundle.read().bundle();
    Instant now = InstantSource.system().instant();
    byte[] signed = signed();
    Routes routes = open(signed, keys, now);
    try (ConsulPublisher publisher = ConsulPublisher.open(where, keys.realm())) {
      Optional<Published> there = publisher.routes();
      checkNewer(routes, there, keys, now);
      if (!publisher.publishRoutes(signed, there)) {
        throw new CommandException(
            ExitCode.FAILED, "somebody else has published meanwhile: look, and publish again");
      }
    } catch (ConsulFailure e) {
      throw new CommandException(
          e.isAnswer() ? ExitCode.FAILED : ExitCode.UNAVAILABLE, String.valueOf(e.getMessage()));
    }
    printer.facts(
        Printer.facts("realm", routes.realm(), "number", routes.number(), "published", true));
    return ExitCode.DONE;
  }

  private byte[] signed() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(Routes.BYTES_MAX + 1);
    }
  }

  private Routes open(byte[] signed, TrustBundle keys, Instant now) {
    try {
      return Routes.open(signed, keys, now);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.REFUSED, file + ": " + e.getMessage());
    }
  }

  /// Whatever is there that nobody believes may be replaced.
  private static void checkNewer(
      Routes routes, Optional<Published> there, TrustBundle keys, Instant now) {
    if (there.isEmpty()) {
      return;
    }
    Routes before;
    try {
      before = Routes.open(there.get().bytes(), keys, now);
    } catch (IllegalArgumentException _) {
      return;
    }
    if (routes.number() <= before.number()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "routes %d are there already, no proxy would take %d: sign with --number %d"
              .formatted(before.number(), routes.number(), before.number() + 1));
    }
  }
}
