package dev.farcap.deploy;

import dev.farcap.demo.Demo;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A medium that the demo can run over.
final class TransportConverter implements ITypeConverter<String> {
  @Override
  public String convert(String text) {
    if (!Demo.TRANSPORTS.contains(text)) {
      throw new TypeConversionException(
          "'%s' is no medium of the demo, expected %s"
              .formatted(text, String.join(" or ", Demo.TRANSPORTS)));
    }
    return text;
  }
}
