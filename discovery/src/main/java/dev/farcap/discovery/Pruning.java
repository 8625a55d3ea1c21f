package dev.farcap.discovery;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Cuts files down to what belongs to some services.
///
/// A file often defines several services, of which a program may see one. What goes: the other
/// services, and the types that only they use. What stays: the wanted services, the types they use,
/// and the types that no service uses, such as details of errors, with what those use. So nothing
/// that stays refers to anything that goes.
///
/// The unit is a type at the top level of its file, with everything nested in it. A file of which
/// nothing stays is left out together with its imports, unless it passes other files on.
final class Pruning {
  private final FileSet all;
  private final Predicate<String> wanted;

  /// Every message and enum, nested or not, to the type at the top level that holds it.
  private final Map<String, String> holders = new HashMap<>();

  /// Which of those each of those uses.
  private final Map<String, Set<String>> uses = new HashMap<>();

  Pruning(FileSet all, Predicate<String> wanted) {
    this.all = all;
    this.wanted = wanted;
    all.files().forEach(this::findTypes);
    all.files().forEach(this::findUses);
  }

  FileSet pruned() {
    Set<String> kept = kept();
    Map<String, FileDescriptorProto> cut = new LinkedHashMap<>();
    all.files().forEach(file -> cut.put(file.getName(), cut(file, kept)));
    Set<String> emptied = emptied(cut);
    cut.keySet().removeAll(emptied);
    cut.replaceAll((_, file) -> withoutImports(file, emptied));
    FileSet remaining = FileSet.of(cut.values());
    Map<String, FileDescriptorProto> reached = new LinkedHashMap<>();
    for (FileDescriptorProto file : cut.values()) {
      if (file.getServiceCount() > 0) {
        remaining.closure(file.getName()).forEach(each -> reached.put(each.getName(), each));
      }
    }
    return FileSet.of(reached.values());
  }

  // ---- the graph of types

  private void findTypes(FileDescriptorProto file) {
    for (DescriptorProto message : file.getMessageTypeList()) {
      String name = FileSet.qualified(file.getPackage(), message.getName());
      hold(name, name, message);
    }
    for (EnumDescriptorProto type : file.getEnumTypeList()) {
      String name = FileSet.qualified(file.getPackage(), type.getName());
      holders.put(name, name);
      uses.put(name, new HashSet<>());
    }
  }

  private void hold(String holder, String name, DescriptorProto message) {
    holders.put(name, holder);
    uses.computeIfAbsent(holder, _ -> new HashSet<>());
    message
        .getEnumTypeList()
        .forEach(type -> holders.put(FileSet.qualified(name, type.getName()), holder));
    message
        .getNestedTypeList()
        .forEach(nested -> hold(holder, FileSet.qualified(name, nested.getName()), nested));
  }

  private void findUses(FileDescriptorProto file) {
    for (DescriptorProto message : file.getMessageTypeList()) {
      String name = FileSet.qualified(file.getPackage(), message.getName());
      findUses(message, uses.getOrDefault(name, new HashSet<>()));
    }
  }

  private void findUses(DescriptorProto message, Set<String> found) {
    Stream.concat(message.getFieldList().stream(), message.getExtensionList().stream())
        .flatMap(field -> Stream.of(field.getTypeName(), field.getExtendee()))
        .map(this::holder)
        .forEach(found::add);
    message.getNestedTypeList().forEach(nested -> findUses(nested, found));
    found.remove("");
  }

  /// What holds a type, named as in a field: `.package.Type`; empty for none of these files.
  private String holder(String reference) {
    return reference.startsWith(".") ? holders.getOrDefault(reference.substring(1), "") : "";
  }

  // ---- what stays

  private Set<String> kept() {
    Set<String> unused = new HashSet<>(uses.keySet());
    unused.removeAll(reached(typesOf(wanted.negate())));
    unused.addAll(typesOf(wanted));
    return reached(unused);
  }

  private Set<String> typesOf(Predicate<String> services) {
    Set<String> types = new HashSet<>();
    for (FileDescriptorProto file : all.files()) {
      for (ServiceDescriptorProto service : file.getServiceList()) {
        if (services.test(FileSet.qualified(file.getPackage(), service.getName()))) {
          service.getMethodList().forEach(method -> addTypes(method, types));
        }
      }
    }
    return types;
  }

  private void addTypes(MethodDescriptorProto method, Set<String> types) {
    types.add(holder(method.getInputType()));
    types.add(holder(method.getOutputType()));
  }

  private Set<String> reached(Collection<String> roots) {
    Set<String> reached = new HashSet<>();
    Deque<String> next = new ArrayDeque<>(roots);
    for (String type = next.poll(); type != null; type = next.poll()) {
      if (reached.add(type)) {
        next.addAll(uses.getOrDefault(type, Set.of()));
      }
    }
    return reached;
  }

  // ---- the files

  private FileDescriptorProto cut(FileDescriptorProto file, Set<String> kept) {
    String scope = file.getPackage();
    return file.toBuilder()
        .clearSourceCodeInfo()
        .clearService()
        .addAllService(
            file.getServiceList().stream()
                .filter(service -> wanted.test(FileSet.qualified(scope, service.getName())))
                .toList())
        .clearMessageType()
        .addAllMessageType(
            file.getMessageTypeList().stream()
                .filter(type -> kept.contains(FileSet.qualified(scope, type.getName())))
                .toList())
        .clearEnumType()
        .addAllEnumType(
            file.getEnumTypeList().stream()
                .filter(type -> kept.contains(FileSet.qualified(scope, type.getName())))
                .toList())
        .clearExtension()
        .addAllExtension(
            file.getExtensionList().stream().filter(field -> stays(field, kept)).toList())
        .build();
  }

  private boolean stays(FieldDescriptorProto extension, Set<String> kept) {
    return Stream.of(extension.getTypeName(), extension.getExtendee())
        .map(this::holder)
        .allMatch(type -> type.isEmpty() || kept.contains(type));
  }

  private Set<String> emptied(Map<String, FileDescriptorProto> cut) {
    Set<String> emptied = new HashSet<>();
    for (FileDescriptorProto file : cut.values()) {
      FileDescriptorProto before = all.file(file.getName());
      if (isEmpty(file) && !isEmpty(before) && file.getPublicDependencyCount() == 0) {
        emptied.add(file.getName());
      }
    }
    return emptied;
  }

  private static boolean isEmpty(@Nullable FileDescriptorProto file) {
    return file == null
        || file.getServiceCount()
                + file.getMessageTypeCount()
                + file.getEnumTypeCount()
                + file.getExtensionCount()
            == 0;
  }

  /// Imports are referred to by their place, which changes.
  private static FileDescriptorProto withoutImports(FileDescriptorProto file, Set<String> gone) {
    if (file.getDependencyList().stream().noneMatch(gone::contains)) {
      return file;
    }
    FileDescriptorProto.Builder without =
        file.toBuilder().clearDependency().clearPublicDependency().clearWeakDependency();
    List<Integer> publics = new ArrayList<>();
    for (int i = 0; i < file.getDependencyCount(); i++) {
      if (!gone.contains(file.getDependency(i))) {
        if (file.getPublicDependencyList().contains(i)) {
          publics.add(without.getDependencyCount());
        }
        if (file.getWeakDependencyList().contains(i)) {
          without.addWeakDependency(without.getDependencyCount());
        }
        without.addDependency(file.getDependency(i));
      }
    }
    return without.addAllPublicDependency(publics).build();
  }
}
