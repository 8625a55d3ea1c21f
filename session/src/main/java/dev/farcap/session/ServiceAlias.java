package dev.farcap.session;

import java.util.Arrays;
import java.util.List;

/// The short names of the built-in session interfaces, for configuration files and the command
/// line.
///
/// On the wire, in grants and in logs an interface is its full gRPC service name. A text without a
/// dot that is no alias is taken as the name of a service without a package.
public enum ServiceAlias {
  /// Read-only modules that change.
  ROM("ROM", "farcap.rom.v1.Rom"),
  /// Lines of text.
  LOG("LOG", "farcap.log.v1.Log"),
  /// Reports that become ROM modules.
  REPORT("Report", "farcap.report.v1.Report"),
  /// Time-outs by signal.
  TIMER("Timer", "farcap.timer.v1.Timer");

  private final String alias;
  private final String service;

  ServiceAlias(String alias, String service) {
    this.alias = alias;
    this.service = service;
  }

  /// The short name, as an operator writes it.
  public String alias() {
    return alias;
  }

  /// The full gRPC service name.
  public String service() {
    return service;
  }

  /// All short names.
  public static List<String> aliases() {
    return Arrays.stream(values()).map(ServiceAlias::alias).toList();
  }

  /// The full gRPC service name of what an operator wrote.
  ///
  /// @param written an alias in exactly its spelling, or a full name
  /// @throws IllegalArgumentException if it is neither; it names the alias that was nearly written
  public static String resolve(String written) {
    for (ServiceAlias each : values()) {
      if (written.equals(each.alias)) {
        return each.service;
      }
      if (written.equalsIgnoreCase(each.alias)) {
        throw new IllegalArgumentException(
            "'" + written + "' is no service, did you mean '" + each.alias + "'?");
      }
    }
    return SessionRequest.checkService(written);
  }

  /// The shortest name of a service that [#resolve] accepts.
  public static String shorten(String service) {
    return Arrays.stream(values())
        .filter(each -> each.service.equals(service))
        .map(ServiceAlias::alias)
        .findFirst()
        .orElse(service);
  }
}
