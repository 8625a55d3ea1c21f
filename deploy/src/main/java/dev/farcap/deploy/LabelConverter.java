package dev.farcap.deploy;

import dev.farcap.session.Label;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads a label: elements joined by ` -> `.
final class LabelConverter implements ITypeConverter<Label> {
  @Override
  public Label convert(String text) {
    try {
      return Label.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
