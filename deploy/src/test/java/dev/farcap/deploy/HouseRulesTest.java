package dev.farcap.deploy;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which room may know which, and what is in none of them.
final class HouseRulesTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.farcap");

  /// Rooms that wire the others, and the demo's.
  private static final String[] WIRING = {
    "dev.farcap.node..", "dev.farcap.deploy..", "dev.farcap.demo.."
  };

  /// Made from schemas.
  private static final Pattern GENERATED =
      Pattern.compile("dev\\.farcap\\.(\\w+\\.(v1|wire)|options|demo\\.greeter)");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          session           |
          stub              | session
          config            |
          testkit           |
          transport..       |
          link..            | session transport..
          routing..         | session config
          capability..      | session
          ca                | session capability..
          services          | session session.v1
          rom               | session services rom.v1
          log               | session services log.v1
          signals           | session services signal.v1
          discovery         |
          report            | session stub rom report.v1
          timer             | session stub timer.v1
          door              | session transport link
          client            | session session.v1 link door discovery
          server            | session session.v1 link door discovery routing capability
          """)
  void roomKnowsOnlyTheRoomsBelowIt(String room, String below) {
    String own = "dev.farcap." + room;
    String[] known =
        Stream.concat(
                Stream.of(own),
                below == null
                    ? Stream.empty()
                    : Arrays.stream(below.split(" ")).map(name -> "dev.farcap." + name))
            .toArray(String[]::new);

    classes()
        .that(resideInAPackage(own))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(known).or(not(resideInAPackage("dev.farcap.."))))
        .check(HOUSE);
  }

  @Test
  void onlyTheWiringKnowsOptionalImplementations() {
    noClasses()
        .that(not(resideInAnyPackage(WIRING)))
        .and(
            not(
                resideInAnyPackage(
                    "dev.farcap.transport..",
                    "dev.farcap.routing.file..",
                    // Routes in Consul are written as in a file.
                    "dev.farcap.routing.consul..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.farcap.transport.tls..",
            "dev.farcap.transport.quic..",
            "dev.farcap.transport.shm..",
            "dev.farcap.transport.nic..",
            "dev.farcap.transport.stream..",
            "dev.farcap.transport.inprocess..",
            "dev.farcap.transport.faulty..",
            "dev.farcap.routing.file..",
            "dev.farcap.routing.consul..")
        .check(HOUSE);
  }

  @Test
  void whatMediaShareKnowsNoMedium() {
    noClasses()
        .that()
        .resideInAPackage("dev.farcap.transport.stream..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.farcap.transport.tls..",
            "dev.farcap.transport.quic..",
            "dev.farcap.transport.shm..",
            "io.netty.handler..")
        .check(HOUSE);
  }

  /// It is an optional dependency: without it all else must load.
  @Test
  void onlyQuicKnowsTheQuicLibrary() {
    noClasses()
        .that(
            not(
                resideInAnyPackage(
                    "dev.farcap.transport.quic..",
                    "dev.farcap.transport.nic..",
                    "dev.farcap.transport.faulty..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.handler.codec.quic..")
        .check(HOUSE);
  }

  @Test
  void oneClassKnowsTheLibraryOfConsul() {
    noClasses()
        .that()
        .haveNameNotMatching("dev\\.farcap\\.routing\\.consul\\.(ConsulAgent|TokenFile)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.kiwiproject..", "okhttp3..", "okio..", "retrofit2..")
        .check(HOUSE);
  }

  @Test
  void mediaDoNotKnowWhatMakesThemFaulty() {
    noClasses()
        .that(resideInAPackage("dev.farcap.transport.."))
        .and(not(resideInAPackage("dev.farcap.transport.faulty..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.farcap.transport.faulty..")
        .check(HOUSE);
  }

  @Test
  void theWordsOfSharedMemoryAreReadInOnePlace() {
    noClasses()
        .that(resideInAPackage("dev.farcap.transport.shm.."))
        .and()
        .haveNameNotMatching(".*\\.(Libc|Ring|SharedMemory)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(HOUSE);
  }

  @Test
  void engineDoesNoInputOrOutput() {
    noClasses()
        .that()
        .resideInAPackage("dev.farcap.link.engine..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "io.netty.channel..",
                    "java.util.concurrent.locks..",
                    "java.io..",
                    "java.nio.channels..",
                    "java.nio.file..",
                    "java.net..")
                .or(assignableTo(Executor.class, Clock.class, InstantSource.class, Thread.class)))
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(HOUSE);
  }

  private static com.tngtech.archunit.base.DescribedPredicate<
          com.tngtech.archunit.core.domain.JavaClass>
      assignableTo(Class<?>... types) {
    return Arrays.stream(types)
        .map(type -> com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo(type))
        .reduce((one, other) -> one.or(other))
        .orElseThrow();
  }

  @Test
  void timeIsInjected() {
    noClasses()
        .that(not(resideInAnyPackage(WIRING)))
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(HOUSE);
  }

  /// Without the mark NullAway does not look at a package.
  @Test
  void everyPackageTellsItsRoundAndIsNullMarked() {
    List<String> unmarked =
        HOUSE.stream()
            .map(JavaClass::getPackage)
            .distinct()
            .filter(room -> !room.isAnnotatedWith(NullMarked.class))
            .map(JavaPackage::getName)
            .filter(room -> !GENERATED.matcher(room).matches())
            .sorted()
            .toList();

    assertEquals(List.of(), unmarked);
  }

  @Test
  void loggingIsSlf4j() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.util.logging..", "ch.qos.logback..", "org.apache.log4j..")
        .check(HOUSE);
  }

  @Test
  void roomsAreNamedForWhatIsInThem() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..impl..", "..manager..", "..helper..")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .check(HOUSE);
  }
}
