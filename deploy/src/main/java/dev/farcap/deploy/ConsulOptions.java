package dev.farcap.deploy;

import dev.farcap.routing.consul.ConsulConfig;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a command reaches Consul.
final class ConsulOptions {
  @Option(
      names = "--consul",
      paramLabel = "URL",
      converter = ConsulAddressConverter.class,
      description = "Consul's HTTP interface (default: http://127.0.0.1:8500).",
      defaultValue = "http://127.0.0.1:8500")
  private URI address;

  @Option(
      names = "--token",
      paramLabel = "FILE",
      description = "File of mode 0600 with an ACL token.")
  private @Nullable Path token;

  @Option(
      names = "--tls-authorities",
      paramLabel = "FILE",
      description = "With https: whom to believe, in PEM (default: those of the system).")
  private @Nullable Path authorities;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "With https: a certificate to show, in PEM; with --tls-key.")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Its private key in PKCS #8, mode 0600.")
  private @Nullable Path key;

  ConsulConfig config() {
    try {
      return new ConsulConfig(
          address,
          token,
          new ConsulConfig.Tls(authorities, certificate, key),
          ConsulConfig.DEFAULT_TTL);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}
