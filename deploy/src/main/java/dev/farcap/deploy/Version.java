package dev.farcap.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// What `farcap --version` says.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {line()};
  }

  static String line() {
    return "farcap " + number() + " (Java " + Runtime.version().feature() + ")";
  }

  private static String number() {
    Properties properties = new Properties();
    try (InputStream input = Version.class.getResourceAsStream("version.properties")) {
      if (input != null) {
        properties.load(input);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }
}
