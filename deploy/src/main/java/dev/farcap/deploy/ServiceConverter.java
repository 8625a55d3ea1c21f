package dev.farcap.deploy;

import dev.farcap.session.ServiceAlias;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads an alias such as `ROM` or a full gRPC service name into the full name.
final class ServiceConverter implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    try {
      return ServiceAlias.resolve(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
