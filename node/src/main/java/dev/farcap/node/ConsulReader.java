package dev.farcap.node;

import dev.farcap.config.Fields;
import dev.farcap.config.Value;
import dev.farcap.routing.Provider;
import dev.farcap.routing.consul.ConsulConfig;
import dev.farcap.routing.consul.ConsulFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/// Reads how Consul is reached.
final class ConsulReader {
  private static final Duration TTL_MIN = Duration.ofSeconds(1);
  private static final Duration TTL_MAX = Duration.ofHours(1);

  private ConsulReader() {}

  /// What `consul` says, and whether its files can be used.
  static ConsulConfig consul(Value value) {
    ConsulConfig consul = value.fields(ConsulReader::consul);
    if (consul != null) {
      try {
        consul.check();
      } catch (ConsulFailure e) {
        value.reject(String.valueOf(e.getMessage()));
      }
    }
    return consul;
  }

  private static ConsulConfig consul(Fields fields) {
    return new ConsulConfig(
        fields
            .optional("address")
            .map(value -> value.parsed(ConsulConfig::checkAddress))
            .orElse(ConsulConfig.DEFAULT_ADDRESS),
        fields.optional("token").map(Value::path).orElse(null),
        fields
            .optional("tls")
            .map(value -> value.fields(ConsulReader::tls))
            .orElse(ConsulConfig.Tls.DEFAULT),
        fields
            .optional("ttl")
            .map(value -> value.duration(TTL_MIN, TTL_MAX))
            .orElse(ConsulConfig.DEFAULT_TTL));
  }

  private static ConsulConfig.Tls tls(Fields fields) {
    Path authorities = fields.optional("authorities").map(Value::readableFile).orElse(null);
    Path certificate = fields.optional("certificate").map(Value::readableFile).orElse(null);
    Path key = fields.optional("key").map(Value::readableFile).orElse(null);
    return new ConsulConfig.Tls(authorities, certificate, key);
  }

  /// The section `directory` of a server.
  ///
  /// @param listen where it listens; that is what it announces if it says nothing else
  static AnnounceConfig announce(Value value, List<String> listen) {
    return value.fields(
        fields -> {
          List<String> addresses =
              fields
                  .optional("addresses")
                  .map(
                      list ->
                          list.list(Provider.ADDRESSES_MAX, one -> one.parsed(Media::checkAddress)))
                  .orElse(List.of());
          if (addresses.isEmpty()) {
            listen.stream()
                .filter(address -> !Media.isReachable(address))
                .findFirst()
                .ifPresent(
                    address ->
                        fields.reject(
                            "nobody can dial '"
                                + address
                                + "': expected 'addresses', where users reach this server"));
          }
          return new AnnounceConfig(
              consul(fields.required("consul")),
              addresses,
              fields
                  .optional("weight")
                  .map(weight -> OptionalInt.of(weight.integer(0, Provider.WEIGHT_MAX)))
                  .orElse(OptionalInt.empty()));
        });
  }
}
