package dev.farcap.stubgen;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Types as one file writes them: by their simple names and an import where these are free, else in
/// full.
final class JavaTypes {
  private final String ownPackage;
  private final Map<String, String> bySimpleName = new HashMap<>();
  private final Set<String> imports = new TreeSet<>();

  /// @param neighbours simple names of the package's types: they keep these
  /// @param taken simple names that mean something else in the file
  JavaTypes(String ownPackage, Set<String> neighbours, Set<String> taken) {
    this.ownPackage = ownPackage;
    neighbours.forEach(name -> bySimpleName.put(name, ownPackage + "." + name));
    taken.forEach(name -> bySimpleName.put(name, ""));
  }

  /// What is to be imported, sorted.
  Set<String> imports() {
    return imports;
  }

  /// A class of a library by its full name, the nested one behind those around it.
  String name(String full) {
    int top = 0;
    while (!Character.isUpperCase(full.charAt(top))) {
      top = full.indexOf('.', top) + 1;
    }
    return name(full.substring(0, top - 1), full.substring(top));
  }

  String name(Descriptor message) {
    return name(JavaNames.javaPackage(message.getFile()), JavaNames.type(message));
  }

  private String name(EnumDescriptor choice) {
    return name(JavaNames.javaPackage(choice.getFile()), JavaNames.type(choice));
  }

  /// What begins with a small letter is written in full: a parameter may have the same name.
  private String name(String inPackage, String type) {
    int end = type.indexOf('.');
    String simple = end < 0 ? type : type.substring(0, end);
    String outer = inPackage + "." + simple;
    if (!Character.isUpperCase(simple.charAt(0))
        || !bySimpleName.computeIfAbsent(simple, unused -> outer).equals(outer)) {
      return inPackage + "." + type;
    }
    if (!inPackage.equals(ownPackage) && !inPackage.equals("java.lang")) {
      imports.add(outer);
    }
    return type;
  }

  /// The type of a field's value: of a parameter or result.
  String of(FieldDescriptor field) {
    if (field.isMapField()) {
      Descriptor entry = field.getMessageType();
      return name("java.util.Map")
          + "<"
          + boxed(entry.findFieldByNumber(1))
          + ", "
          + boxed(entry.findFieldByNumber(2))
          + ">";
    } else if (field.isRepeated()) {
      return name("java.util.List") + "<" + boxed(field) + ">";
    } else if (isOptional(field)) {
      return name("java.util.Optional") + "<" + boxed(field) + ">";
    }
    return plain(field);
  }

  /// The type of the value itself, also where the field may lack one.
  String plain(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT -> "int";
      case LONG -> "long";
      case FLOAT -> "float";
      case DOUBLE -> "double";
      case BOOLEAN -> "boolean";
      case STRING, BYTE_STRING, ENUM, MESSAGE -> boxed(field);
    };
  }

  private String boxed(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT -> name("java.lang.Integer");
      case LONG -> name("java.lang.Long");
      case FLOAT -> name("java.lang.Float");
      case DOUBLE -> name("java.lang.Double");
      case BOOLEAN -> name("java.lang.Boolean");
      case STRING -> name("java.lang.String");
      case BYTE_STRING -> name("com.google.protobuf.ByteString");
      case ENUM -> name(field.getEnumType());
      case MESSAGE -> name(field.getMessageType());
    };
  }

  /// Whether the schema tells an unset field from one with the default value, and says so.
  static boolean isOptional(FieldDescriptor field) {
    if (field.isRepeated() || field.isRequired() || field.getRealContainingOneof() != null) {
      return false;
    }
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        ? hasOptionalKeyword(field)
        : field.hasPresence();
  }

  private static boolean hasOptionalKeyword(FieldDescriptor field) {
    String syntax = field.getFile().toProto().getSyntax();
    return field.toProto().getProto3Optional() || syntax.isEmpty() || syntax.equals("proto2");
  }
}
