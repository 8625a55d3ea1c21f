package dev.farcap.routing.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.config.ConfigException;
import dev.farcap.config.Document;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.LabelPattern;
import dev.farcap.routing.Policy;
import dev.farcap.routing.Provider;
import dev.farcap.routing.Rewrite;
import dev.farcap.routing.RouteQuery;
import dev.farcap.routing.Router;
import dev.farcap.routing.Rule;
import dev.farcap.routing.Selector;
import dev.farcap.routing.Target;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectoryReaderTest {
  private static final String PROVIDERS =
      """
      providers:
        host-b: {identity: farcap://lab/host-b, services: [ROM, LOG], addresses: ["tls://b:1"]}
        host-c: {identity: farcap://lab/host-c, services: [acme.Sensor], health: draining, weight: 7}
      """;

  @TempDir Path folder;

  @Test
  void aFileSaysWhatItsWriterMeans() {
    DirectorySnapshot read =
        read(
            PROVIDERS
                + """
                routes:
                  - {service: ROM, labelPrefix: "boot -> ", labelSuffix: .xml, to: [host-b, any]}
                  - {listener: kiosk, service: acme.Sensor, label: "", to: []}
                  - {anyService: true, labelLast: cfg, unscopedLabel: app1 -> x, to: [any]}
                  - service: LOG
                    to:
                      - {provider: host-b, label: a -> b, identity: "", resource: log, prependResource: "x "}
                      - {provider: any}
                      - nearest
                      - {nearestOf: [host-c, host-b], label: a -> b}
                defaultRoute:
                  - {anyService: true, to: [host-c]}
                """);

    Provider hostB =
        new Provider(
            "host-b",
            Identity.parse("farcap://lab/host-b"),
            Set.of("farcap.rom.v1.Rom", "farcap.log.v1.Log"),
            List.of("tls://b:1"),
            Provider.Health.UP,
            100);
    Provider hostC =
        new Provider(
            "host-c",
            Identity.parse("farcap://lab/host-c"),
            Set.of("acme.Sensor"),
            List.of(),
            Provider.Health.DRAINING,
            7);
    Target any = new Target.Any(Rewrite.NONE);
    Rewrite rewrite = new Rewrite(Label.of("a", "b"), Label.EMPTY, Label.of("log"), "x ");
    DirectorySnapshot expected =
        DirectorySnapshot.of(
            3,
            List.of(hostB, hostC),
            List.of(
                new Rule(
                    line(5),
                    null,
                    "farcap.rom.v1.Rom",
                    Selector.of(new LabelPattern(null, "boot -> ", ".xml")),
                    List.of(new Target.Named(hostB.identity(), Rewrite.NONE), any)),
                new Rule(
                    line(6),
                    "kiosk",
                    "acme.Sensor",
                    Selector.of(new LabelPattern("", null, null)),
                    List.of()),
                new Rule(
                    line(7),
                    null,
                    null,
                    new Selector(LabelPattern.ANY, "cfg", "app1 -> x"),
                    List.of(any)),
                new Rule(
                    line(8),
                    null,
                    "farcap.log.v1.Log",
                    Selector.ANY,
                    List.of(
                        new Target.Named(hostB.identity(), rewrite),
                        any,
                        new Target.Nearest(List.of(), Rewrite.NONE),
                        new Target.Nearest(
                            List.of(hostC.identity(), hostB.identity()),
                            new Rewrite(Label.of("a", "b"), null, null, null))))),
            List.of(
                new Rule(
                    line(15),
                    null,
                    null,
                    Selector.ANY,
                    List.of(new Target.Named(hostC.identity(), Rewrite.NONE)))));
    assertEquals(expected, read);
  }

  @Test
  void theOrderOfTheFileIsTheOrderOfTheRules() {
    DirectorySnapshot read =
        read(
            """
            providers:
              z: {identity: farcap://lab/z, services: [ROM]}
              a: {identity: farcap://lab/a, services: [ROM]}
            routes:
              - {service: ROM, labelPrefix: b, to: [z]}
              - {service: ROM, labelPrefix: boot, to: [a]}
            """);

    assertEquals(
        List.of("z", "a"), read.providers().values().stream().map(Provider::name).toList());
    assertEquals(
        """
        ROM "app1 -> boot", directory 3
          yes  %s  service ROM, labelPrefix "b": matches
            yes  to z: provides ROM
        => z (farcap://lab/z), label "app1 -> boot\"\
        """
            .formatted(line(5)),
        Router.explain(new RouteQuery("app1", "farcap.rom.v1.Rom", Label.of("boot")), read)
            .toString());
  }

  /// One line of `routes`; the file begins with three lines of providers and `routes:`.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {to: [any]}                             | 5:5: routes[0]: expected either 'service' or 'anyService: true'
          {service: ROM, anyService: true, to: []} | 5:5: routes[0]: expected either 'service' or 'anyService: true'
          {anyService: false, to: []}             | 5:18: routes[0].anyService: expected true, found 'false'
          {anyService: yes, to: []}               | 5:18: routes[0].anyService: expected true, found 'yes'
          {service: Rom, to: []}                  | 5:15: routes[0].service: 'Rom' is no service, did you mean 'ROM'?
          {service: a/b, to: []}                  | 5:15: routes[0].service: 'a/b' is no gRPC service name of at most 255 characters
          {service: ROM}                          | 5:5: routes[0]: missing key 'to'
          {service: ROM, to: host-b}              | 5:24: routes[0].to: expected a list, found 'host-b'
          {service: ROM, to: [host-d]}            | 5:25: routes[0].to[0]: there is no provider 'host-d'
          {service: ROM, to: [host-b, [any]]}     | 5:33: routes[0].to[1]: expected a mapping, found a list
          {service: ROM, to: [{provider: host-d}]} | 5:36: routes[0].to[0].provider: there is no provider 'host-d'
          {service: ROM, to: [{resource: x}]}     | 5:25: routes[0].to[0]: missing key 'provider'
          {service: ROM, to: [{provider: any, nearestOf: [host-b]}]} | 5:25: routes[0].to[0]: expected either 'provider' or 'nearestOf'
          {service: ROM, to: [{nearestOf: []}]}   | 5:25: routes[0].to[0]: nearestOf names nobody; for all of them write 'provider: nearest'
          {service: ROM, to: [{nearestOf: [host-b, any]}]} | 5:46: routes[0].to[0].nearestOf[1]: there is no provider 'any'
          {service: ROM, to: [{nearestOf: host-b}]} | 5:37: routes[0].to[0].nearestOf: expected a list, found 'host-b'
          {service: ROM, to: [{provider: any, ressource: x}]} | 5:41: routes[0].to[0]: unknown key 'ressource', did you mean 'resource'?
          {service: ROM, to: [{provider: any, label: "a -> "}]} | 5:48: routes[0].to[0].label: label element is 0 bytes, expected 1..64
          {service: ROM, to: [{provider: any, prependResource: " -> "}]} | 5:25: routes[0].to[0]: label element is 0 bytes, expected 1..64
          {service: ROM, label_prefix: x, to: []} | 5:20: routes[0]: unknown key 'label_prefix', did you mean 'labelPrefix'?
          {service: ROM, label: "app1 -> ", to: []} | 5:27: routes[0].label: label element is 0 bytes, expected 1..64
          {service: ROM, labelLast: "a -> b", to: []} | 5:31: routes[0].labelLast: label element contains the separator ' -> '
          {service: ROM, listener: "", to: []}    | 5:30: routes[0].listener: label element is 0 bytes, expected 1..64
          ROM                                     | 5:5: routes[0]: expected a mapping, found 'ROM'
          """)
  void aWrongRuleIsNamedWithItsPlace(String rule, String problem) {
    assertEquals(file() + ":" + problem, problems(PROVIDERS + "routes:\n  - " + rule + "\n"));
  }

  /// One line of `providers`, the second of its file.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          x: {services: [ROM]}                      | 2:6: providers.x: missing key 'identity'
          x: {identity: lab/x, services: [ROM]}     | 2:17: providers.x.identity: identity 'lab/x' is not of the form farcap://realm/path
          x: {identity: farcap://lab/x}             | 2:6: providers.x: missing key 'services'
          x: {identity: farcap://lab/x, services: [ROM, log]} | 2:49: providers.x.services[1]: 'log' is no service, did you mean 'LOG'?
          x: {identity: farcap://lab/x, services: [], addresses: ["10.0.0.2:7443"]} | 2:59: providers.x.addresses[0]: '10.0.0.2:7443' is no address such as tls://10.0.0.2:7443
          x: {identity: farcap://lab/x, services: [], health: ok} | 2:55: providers.x.health: expected one of up, draining, down, found 'ok'
          x: {identity: farcap://lab/x, services: [], adresses: []} | 2:47: providers.x: unknown key 'adresses', did you mean 'addresses'?
          any: {identity: farcap://lab/x, services: []} | 2:8: providers.any: a provider's name is 1..64 of [a-z0-9._-], not 'any' and not 'nearest', found 'any'
          nearest: {identity: farcap://lab/x, services: []} | 2:12: providers.nearest: a provider's name is 1..64 of [a-z0-9._-], not 'any' and not 'nearest', found 'nearest'
          x: {identity: farcap://lab/x, services: [], weight: 10001} | 2:55: providers.x.weight: expected a whole number 0..10000, found '10001'
          Host: {identity: farcap://lab/x, services: []} | 2:9: providers.Host: a provider's name is 1..64 of [a-z0-9._-], not 'any' and not 'nearest', found 'Host'
          """)
  void aWrongProviderIsNamedWithItsPlace(String provider, String problem) {
    assertEquals(file() + ":" + problem, problems("providers:\n  " + provider + "\nroutes: []\n"));
  }

  @Test
  void twoProvidersCannotHaveOneIdentity() {
    assertEquals(
        file() + ":3:17: providers.y.identity: another provider is farcap://lab/x already",
        problems(
            """
            providers:
              x: {identity: farcap://lab/x, services: []}
              y: {identity: farcap://lab/x, services: []}
            """));
  }

  @Test
  void aRuleIsNotBlamedForItsProvider() {
    assertEquals(
        file() + ":2:6: providers.x: missing key 'identity'",
        problems(
            """
            providers:
              x: {services: [ROM]}
            routes:
              - {service: ROM, to: [x, {provider: x}]}
            """));
    assertEquals(
        file() + ":1:1: missing key 'providers'", problems("routes: [{service: ROM, to: [x]}]"));
  }

  @Test
  void theDefaultRouteIsForNoListenerInParticular() {
    assertEquals(
        file() + ":5:20: defaultRoute[0]: unknown key 'listener'",
        problems(PROVIDERS + "defaultRoute:\n  - {service: ROM, listener: x, to: []}\n"));
  }

  @Test
  void allProblemsOfAFileAreReportedTogether() {
    assertEquals(
        """
        F:2:17: providers.x.identity: identity 'X' is not of the form farcap://realm/path
        F:2:31: providers.x.services[0]: 'rom' is no service, did you mean 'ROM'?
        F:4:25: routes[0].to[0]: there is no provider 'y'
        F:5:1: unknown key 'route', did you mean 'routes'?\
        """,
        problems(
                """
                providers:
                  x: {identity: X, services: [rom]}
                routes:
                  - {service: ROM, to: [y]}
                route: []
                """)
            .replace(file().toString(), "F"));
  }

  @Test
  void policiesAreReadWithWhateverElseTheServerSays() {
    List<Policy<String>> policies =
        Document.parse(
            Path.of("s.yaml"),
            """
            policies:
              - {labelPrefix: "host-a -> ", labelSuffix: x, backend: roms}
              - {label: "host-a -> app1", backend: special}
            """,
            root ->
                PolicyReader.policies(
                    root.required("policies"), f -> f.required("backend").string()));

    assertEquals(
        List.of(
            new Policy<>("s.yaml:2", new LabelPattern(null, "host-a -> ", "x"), "roms"),
            new Policy<>("s.yaml:3", new LabelPattern("host-a -> app1", null, null), "special")),
        policies);
  }

  @Test
  void aPolicyThatNeverMatchesIsRefused() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () ->
                Document.parse(
                    Path.of("s.yaml"),
                    "policies: [{}]",
                    root -> PolicyReader.policies(root.required("policies"), _ -> "x")));

    assertEquals(
        "s.yaml:1:12: policies[0]: never matches: expected label, labelPrefix or labelSuffix",
        e.getMessage());
  }

  private Path file() {
    return folder.resolve("d.yaml");
  }

  private String line(int line) {
    return file() + ":" + line;
  }

  private DirectorySnapshot read(String text) {
    try {
      Files.writeString(file(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return DirectoryReader.read(file(), Provider::checkAddress, 3);
  }

  private String problems(String text) {
    return String.valueOf(assertThrows(ConfigException.class, () -> read(text)).getMessage());
  }
}
