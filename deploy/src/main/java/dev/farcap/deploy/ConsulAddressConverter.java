package dev.farcap.deploy;

import dev.farcap.routing.consul.ConsulConfig;
import java.net.URI;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads where Consul is: `http://127.0.0.1:8500`, `https://consul.lab:8501`.
final class ConsulAddressConverter implements ITypeConverter<URI> {
  @Override
  public URI convert(String text) {
    try {
      return ConsulConfig.checkAddress(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
