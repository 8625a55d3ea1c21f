package dev.farcap.stubgen;

import com.google.protobuf.DescriptorProtos.FileOptions;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.util.Set;
import java.util.stream.Stream;

/// What protobuf's and gRPC's Java generators call things, and what is no name in Java.
///
/// Sources: protobuf "Java Generated Code Guide"; Java Language Specification 3.9.
final class JavaNames {
  private static final Set<String> KEYWORDS =
      Set.of(
          ("abstract assert boolean break byte case catch char class const continue default do"
                  + " double else enum extends false final finally float for goto if implements"
                  + " import instanceof int interface long native new null package private"
                  + " protected public return short static strictfp super switch synchronized this"
                  + " throw throws transient true try void volatile while _")
              .split(" "));

  /// Methods that every object, or every stub of ours, has already.
  private static final Set<String> METHODS =
      Set.of(
          ("clone equals finalize getClass hashCode notify notifyAll toString wait client close"
                  + " server serverPerSession within")
              .split(" "));

  /// Fields whose getters would hide those of every message; protobuf appends `_`.
  private static final Set<String> HIDING =
      Set.of(
          ("class default_instance_for_type parser_for_type serialized_size all_fields"
                  + " descriptor_for_type initialization_error_string unknown_fields cached_size")
              .split(" "));

  private JavaNames() {}

  /// The Java package of a file's messages.
  static String javaPackage(FileDescriptor file) {
    FileOptions options = file.getOptions();
    return options.hasJavaPackage() ? options.getJavaPackage() : file.getPackage();
  }

  /// Whether Java takes it for a package's name.
  static boolean isPackage(String name) {
    return Stream.of(name.split("\\.", -1)).allMatch(JavaNames::isName);
  }

  private static boolean isName(String word) {
    return !word.isEmpty()
        && Character.isJavaIdentifierStart(word.charAt(0))
        && word.chars().allMatch(Character::isJavaIdentifierPart)
        && !KEYWORDS.contains(word);
  }

  /// `Set` or `set_it`: as a Java method, with `_` behind it where that is taken.
  static String method(String rpc) {
    String name = mixed(rpc);
    String lower = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return KEYWORDS.contains(lower) || METHODS.contains(lower) ? lower + "_" : lower;
  }

  /// The getter of a method's gRPC descriptor.
  static String descriptorGetter(String rpc) {
    String name = mixed(rpc);
    return "get" + Character.toUpperCase(name.charAt(0)) + name.substring(1) + "Method";
  }

  /// gRPC's way: a letter after `_` is upper case.
  private static String mixed(String name) {
    StringBuilder mixed = new StringBuilder();
    boolean upper = false;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c != '_') {
        mixed.append(upper ? Character.toUpperCase(c) : c);
      }
      upper = c == '_';
    }
    return mixed.isEmpty() ? name : mixed.toString();
  }

  /// A field as a Java parameter, with `_` behind it where that is no name, or before it where it
  /// begins with a digit.
  static String parameter(FieldDescriptor field) {
    String name = camel(field.getName(), false);
    if (name.isEmpty() || Character.isDigit(name.charAt(0))) {
      return "_" + name + (name.isEmpty() ? "_" : "");
    }
    String lower = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return KEYWORDS.contains(lower) ? lower + "_" : lower;
  }

  /// A type as a Java parameter.
  static String parameter(Descriptor message) {
    String name = message.getName();
    String lower = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return KEYWORDS.contains(lower) ? lower + "_" : lower;
  }

  /// `FooBar`, as in `getFooBar`.
  static String property(FieldDescriptor field) {
    String name = camel(field.getName(), true);
    return HIDING.contains(field.getName()) ? name + "_" : name;
  }

  /// protobuf's way: a letter after anything but a letter is upper case.
  private static String camel(String name, boolean capitalized) {
    StringBuilder camel = new StringBuilder();
    boolean upper = capitalized;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'a' && c <= 'z') {
        camel.append(upper ? Character.toUpperCase(c) : c);
      } else if (c >= 'A' && c <= 'Z') {
        camel.append(i == 0 && !upper ? Character.toLowerCase(c) : c);
      } else if (c >= '0' && c <= '9') {
        camel.append(c);
      }
      upper = !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
    }
    return camel.toString();
  }

  /// A message's class within its package, those around it first.
  static String type(Descriptor message) {
    Descriptor outer = message.getContainingType();
    return (outer == null ? enclosing(message.getFile()) : type(outer) + ".") + message.getName();
  }

  /// An enum's class within its package, those around it first.
  static String type(EnumDescriptor choice) {
    Descriptor outer = choice.getContainingType();
    return (outer == null ? enclosing(choice.getFile()) : type(outer) + ".") + choice.getName();
  }

  /// What stands before the top-level types of a file.
  private static String enclosing(FileDescriptor file) {
    return file.getOptions().getJavaMultipleFiles() ? "" : outerClass(file) + ".";
  }

  /// Simple names of the classes that a file's types are in.
  static Stream<String> topLevel(FileDescriptor file) {
    Stream<String> types =
        file.getOptions().getJavaMultipleFiles()
            ? Stream.concat(
                file.getMessageTypes().stream().map(Descriptor::getName),
                file.getEnumTypes().stream().map(EnumDescriptor::getName))
            : Stream.of();
    return Stream.concat(Stream.of(outerClass(file)), types);
  }

  private static String outerClass(FileDescriptor file) {
    if (file.getOptions().hasJavaOuterClassname()) {
      return file.getOptions().getJavaOuterClassname();
    }
    String path = file.getName();
    String base = path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\.proto$", "");
    String name = camel(base, true);
    boolean taken =
        Stream.of(
                file.getMessageTypes().stream().flatMap(JavaNames::names),
                file.getEnumTypes().stream().map(EnumDescriptor::getName),
                file.getServices().stream().map(service -> service.getName()))
            .flatMap(names -> names)
            .anyMatch(name::equals);
    return taken ? name + "OuterClass" : name;
  }

  private static Stream<String> names(Descriptor message) {
    return Stream.concat(
        Stream.concat(
            Stream.of(message.getName()),
            message.getEnumTypes().stream().map(EnumDescriptor::getName)),
        message.getNestedTypes().stream().flatMap(JavaNames::names));
  }
}
