package dev.farcap.session;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What is asked for when a session is opened.
///
/// @param service full gRPC service name: the interface
/// @param label the *wire label* as it crosses the link: the listener's name, then what the program
///   asked; the accepting side puts the peer's element in front and gets the effective label
/// @param object the live object the session is to stand for, or null for a service
public record SessionRequest(String service, Label label, @Nullable ObjectRef object) {
  /// Longest service name accepted; gRPC itself sets none.
  public static final int SERVICE_CHARS_MAX = 255;

  private static final Pattern SERVICE =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*");

  /// @throws IllegalArgumentException if the service is no gRPC service name
  public SessionRequest {
    checkService(service);
  }

  /// A request for a service.
  ///
  /// @throws IllegalArgumentException if the service is no gRPC service name
  public static SessionRequest of(String service, Label label) {
    return new SessionRequest(service, label, null);
  }

  /// Checks a full gRPC service name.
  ///
  /// @return the name
  /// @throws IllegalArgumentException if it is none
  public static String checkService(String service) {
    if (service.length() > SERVICE_CHARS_MAX || !SERVICE.matcher(service).matches()) {
      throw new IllegalArgumentException(
          "'"
              + service
              + "' is no gRPC service name of at most "
              + SERVICE_CHARS_MAX
              + " characters");
    }
    return service;
  }
}
