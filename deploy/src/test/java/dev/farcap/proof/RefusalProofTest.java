package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.ca.GrantOrder;
import dev.farcap.capability.Grant;
import dev.farcap.capability.LabelPattern;
import dev.farcap.capability.MethodSet;
import dev.farcap.routing.RouteQuery;
import dev.farcap.routing.Router;
import dev.farcap.routing.file.FileDirectory;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.ServiceAlias;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Medium;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Nothing is refused in silence: the program is told what to do next, one host's log says why, and
/// where the directory is the reason `farcap route explain` says so.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(90)
class RefusalProofTest {
  private static final byte[] HELLO = {1};

  private static final String ASKS_THE_SERVER =
      "session refused; the server's audit log says why: [0-9a-f]{12}";

  private static final String NOT_OPENED = "session was not opened within 2000 ms";

  /// Whose log.
  private enum Host {
    CLIENT,
    SERVER
  }

  /// What is asked, and what comes of it.
  ///
  /// The directory routes `proof.NAME` as [#provider] says, and grants are there but for NO_GRANT.
  enum Case {
    NO_ROUTE(
        "",
        Status.Code.PERMISSION_DENIED,
        "no route for .*",
        Host.CLIENT,
        "decision=refused reason=NO_ROUTE interface=proof.NO_ROUTE"),
    ROUTE_DENIES(
        "denied",
        Status.Code.PERMISSION_DENIED,
        "no target of .*directory.yaml:[0-9]+ provides proof.ROUTE_DENIES",
        Host.CLIENT,
        "decision=refused reason=NO_ROUTE interface=proof.ROUTE_DENIES"),
    NO_GRANT(
        "host-b",
        Status.Code.PERMISSION_DENIED,
        "no grant for proof.NO_GRANT at farcap://lab/host-b as 'app -> x'",
        Host.CLIENT,
        "decision=refused reason=NO_GRANT interface=proof.NO_GRANT label=\"app -> x\""),
    WRONG_LABEL(
        "host-b",
        Status.Code.PERMISSION_DENIED,
        "no grant for proof.WRONG_LABEL at farcap://lab/host-b as 'app -> x'",
        Host.CLIENT,
        "decision=refused reason=NO_GRANT interface=proof.WRONG_LABEL label=\"app -> x\""),
    EXPIRED(
        "host-b",
        Status.Code.PERMISSION_DENIED,
        ASKS_THE_SERVER,
        Host.SERVER,
        "decision=refused reason=EXPIRED identity=farcap://lab/host-a",
        "interface=proof.EXPIRED",
        "grant expired at"),
    WRONG_METHOD(
        "host-b",
        Status.Code.PERMISSION_DENIED,
        "session may not call UNARY",
        Host.SERVER,
        "decision=refused reason=METHOD",
        "interface=proof.WRONG_METHOD",
        "session may not call UNARY"),
    NOT_EXPORTED(
        "host-b",
        Status.Code.PERMISSION_DENIED,
        ASKS_THE_SERVER,
        Host.SERVER,
        "decision=refused reason=NOT_EXPORTED",
        "interface=proof.NOT_EXPORTED"),
    NO_POLICY(
        "host-b",
        Status.Code.PERMISSION_DENIED,
        ASKS_THE_SERVER,
        Host.SERVER,
        "decision=refused reason=NO_POLICY",
        "no policy for 'host-a -> app -> x'"),
    QUOTA(
        "host-b",
        Status.Code.RESOURCE_EXHAUSTED,
        "the session has 1 calls in flight",
        Host.SERVER,
        "refused at a bound of a link"),
    TOO_FAST(
        "host-b",
        Status.Code.RESOURCE_EXHAUSTED,
        "the grant allows 1 calls a second",
        Host.SERVER,
        "decision=refused reason=QUOTA",
        "interface=proof.TOO_FAST",
        "the grant allows 1 calls a second"),
    LISTENER_FULL(
        "host-b",
        Status.Code.RESOURCE_EXHAUSTED,
        "door has 1 calls in flight, its limit",
        Host.CLIENT,
        "listener small: calls refused at its bound: 1 more"),
    TOO_MANY_SESSIONS(
        "host-b",
        Status.Code.RESOURCE_EXHAUSTED,
        "connection has 1 sessions, its limit",
        Host.CLIENT,
        "decision=refused reason=BOUND listener=single interface=proof.TOO_MANY_SESSIONS"),
    NO_BACKEND(
        "host-b",
        Status.Code.UNAVAILABLE,
        "server is not up",
        Host.SERVER,
        "nobody.sock: server is not up: there is no such socket"),
    BAD_LABEL(
        "host-b",
        Status.Code.INVALID_ARGUMENT,
        "label element contains the invisible character U\\+0007",
        Host.CLIENT,
        "decision=refused reason=INVALID listener=app",
        "invisible character U+0007"),
    NO_SUCH_HANDLE(
        "host-b",
        Status.Code.UNAVAILABLE,
        "no such session here: open it again",
        Host.CLIENT,
        "decision=refused reason=HANDLE listener=app interface=proof.NO_SUCH_HANDLE"),
    WRONG_USER(
        "host-b",
        Status.Code.UNAVAILABLE,
        ".*",
        Host.CLIENT,
        "connection refused: user id",
        "is not one of the allowed [4242]"),
    WRONG_PEER(
        "host-c",
        Status.Code.UNAVAILABLE,
        NOT_OPENED,
        Host.CLIENT,
        "link farcap://lab/host-c",
        "expected farcap://lab/host-c, but the peer is farcap://lab/host-b"),
    WRONG_REALM(
        "host-d",
        Status.Code.UNAVAILABLE,
        NOT_OPENED,
        Host.CLIENT,
        "link farcap://lab/host-d",
        "the peer's certificate is not from this realm"),
    NOBODY_THERE(
        "host-e",
        Status.Code.UNAVAILABLE,
        NOT_OPENED,
        Host.CLIENT,
        "link farcap://lab/host-e",
        "refused: nothing listens there");

    private final String provider;
    private final Status.Code code;
    private final String told;
    private final Host host;

    /// Texts of one line, each on a line here.
    private final String said;

    Case(String provider, Status.Code code, String told, Host host, String... said) {
      this.provider = provider;
      this.code = code;
      this.told = told;
      this.host = host;
      this.said = String.join("\n", said);
    }

    String service() {
      return "proof." + name();
    }

    /// Where the program connects.
    String listener() {
      return switch (this) {
        case LISTENER_FULL -> "small";
        case TOO_MANY_SESSIONS -> "single";
        case WRONG_USER -> "other";
        default -> "app";
      };
    }

    String label() {
      return this == BAD_LABEL ? "be\u0007ll" : "x";
    }

    boolean isRouted() {
      return provider.startsWith("host-");
    }

    /// A status of Farcap's own tells that the call was not executed; what no door has seen cannot.
    boolean isTold() {
      return this != WRONG_USER;
    }
  }

  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private Path folder;
  private ProcessPair pair;

  @BeforeAll
  void open(@TempDir Path temporary) throws Exception {
    folder = temporary;
    Backend backend = owned(Backend.at(folder.resolve("backend.sock")));
    backend.serve((call, headers) -> new Served(call, headers, 2));
    pair = owned(ProcessPair.withBackend(folder, backend.socket()));
    pair.editServer(RefusalProofTest::exports);
    pair.withTimes("{openTimeout: 2s}", "5m");
    pair.editClient(
        text ->
            text
                + listener("small", "calls: 1")
                + listener("single", "sessionsPerConnection: 1")
                + listener("other", "allowedUids: [4242]"));
    pair.start();
    for (Case each : Case.values()) {
      grant(each);
    }
    String foreign = foreignHost();
    pair.editDirectory(text -> directory(foreign));
    pair.awaitServing(Case.TOO_MANY_SESSIONS.service());
  }

  private String listener(String name, String bound) {
    return """
            - {name: %s, unix: %s, %s}
        """
        .formatted(name, folder.resolve(name + ".sock"), bound);
  }

  private static String exports(String text) {
    StringBuilder exports =
        new StringBuilder(
            text.replace(
                "  backends:\n", "  backends:\n    nobody: {grpc: {unix: nobody.sock}}\n"));
    for (Case each : Case.values()) {
      String policies =
          switch (each) {
            case NOT_EXPORTED -> "";
            case NO_POLICY -> "{policies: [{label: \"host-a -> app -> y\", backend: kinds}]}";
            case NO_BACKEND -> "nobody";
            default -> "kinds";
          };
      if (!policies.isEmpty()) {
        exports.append("    %s: %s%n".formatted(each.service(), policies));
      }
    }
    return exports.toString();
  }

  private void grant(Case each) throws Exception {
    String server = each.isRouted() ? each.provider : "host-b";
    GrantOrder order =
        GrantOrder.of("host-a", each.service(), pair.realm().servers(server), LabelPattern.ANY);
    GrantOrder mine =
        switch (each) {
          case NO_GRANT -> null;
          case WRONG_LABEL ->
              GrantOrder.of(
                  "host-a",
                  each.service(),
                  pair.realm().servers(server),
                  new LabelPattern.Exact(Label.of("app", "y")));
          case EXPIRED -> order.withLife(Duration.ofSeconds(1));
          case WRONG_METHOD -> order.withMethods(new MethodSet.Named(List.of("BIDI_STREAMING")));
          case QUOTA -> order.withLimits(limits(1, Grant.Limits.DEFAULT.callsPerSecond()));
          case TOO_FAST -> order.withLimits(limits(Grant.Limits.DEFAULT.callsInFlight(), 1));
          default -> order;
        };
    if (mine != null) {
      pair.realm().grant(mine, pair.grants().resolve(each + ".grant"));
    }
  }

  private static Grant.Limits limits(int callsInFlight, int callsPerSecond) {
    Grant.Limits usual = Grant.Limits.DEFAULT;
    return new Grant.Limits(
        usual.sessions(), callsInFlight, usual.bufferedBytes(), usual.references(), callsPerSecond);
  }

  /// Somebody who has a certificate as `host-d`, of another realm of the same name.
  private String foreignHost() throws Exception {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    owned(() -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly());
    Medium medium = owned(LabMedium.TLS.of(pair.realm().impostor().issue("host-d").folder()));
    return owned(medium.listen("tls://127.0.0.1:0", loop, _ -> nobody())).address();
  }

  private static ConnectionListener nobody() {
    throw new AssertionError("the wrong realm was let in");
  }

  private String directory(String foreign) {
    StringBuilder text = new StringBuilder("providers:\n");
    text.append(provider("host-b", pair.route()));
    text.append(provider("host-c", pair.route()));
    text.append(provider("host-d", foreign));
    text.append(provider("host-e", "tls://127.0.0.1:1"));
    text.append("routes:\n  - {service: proof.ROUTE_DENIES, to: []}\n");
    for (Case each : Case.values()) {
      if (each.isRouted()) {
        text.append("  - {service: %s, to: [%s]}%n".formatted(each.service(), each.provider));
      }
    }
    return text.append("  - {service: ROM, to: [host-b]}\n").toString();
  }

  private static String provider(String name, String address) {
    StringBuilder services = new StringBuilder(ServiceAlias.ROM.alias());
    for (Case each : Case.values()) {
      if (each.provider.equals(name)) {
        services.append(", ").append(each.service());
      }
    }
    return "  %1$s: {identity: farcap://lab/%1$s, services: [%2$s], addresses: [\"%3$s\"]}%n"
        .formatted(name, services, address);
  }

  @AfterAll
  void close() throws Exception {
    while (!owned.isEmpty()) {
      owned.pop().close();
    }
  }

  private <T extends AutoCloseable> T owned(T resource) {
    owned.push(resource);
    return resource;
  }

  @ParameterizedTest
  @EnumSource
  void everyRefusalHasAReason(Case refusal) throws Exception {
    Path socket =
        refusal.listener().equals("app")
            ? pair.socket()
            : folder.resolve(refusal.listener() + ".sock");
    try (Program program = Program.at(socket)) {
      Exchange refused = refused(program, refusal);

      Status status = refused.status();
      assertEquals(refusal.code, status.getCode(), status::toString);
      assertTrue(
          String.valueOf(status.getDescription()).matches(refusal.told),
          () -> "told '" + status.getDescription() + "'");
      if (refusal.isTold()) {
        assertEquals("not-executed", refused.trailers().get(MetadataKeys.OUTCOME));
        assertTrue(refused.trailers().containsKey(MetadataKeys.ORIGIN));
      }
      ProxyProcess host = refusal.host == Host.CLIENT ? pair.client() : pair.server();
      host.awaitLine(refusal.said.split("\n"));
      if (refusal.told.equals(ASKS_THE_SERVER)) {
        String description = String.valueOf(status.getDescription());
        host.awaitLine("session=" + description.substring(description.lastIndexOf(' ') + 1));
      }
    }
    assertExplained(refusal);
  }

  private Exchange refused(Program program, Case refusal) throws Exception {
    if (refusal == Case.TOO_FAST) {
      return firstOver(program, refusal);
    }
    Exchange before =
        switch (refusal) {
          case QUOTA, LISTENER_FULL -> held(program, refusal, refusal.label());
          case TOO_MANY_SESSIONS -> held(program, refusal, "y");
          default -> null;
        };
    Exchange[] refused = {call(program, refusal, refusal.label())};
    if (refusal == Case.EXPIRED) {
      // For as long as it holds the call is served; then by nobody.
      Until.holds(
          "the grant expires",
          () -> {
            refused[0].call.cancel("once more", null);
            refused[0] = call(program, refusal, refusal.label());
            return pair.server().log().contains("reason=EXPIRED");
          });
    }
    refused[0].status();
    if (before != null) {
      before.call.cancel("seen enough", null);
    }
    return refused[0];
  }

  /// Of calls begun one after the other, of which the server answers none.
  private static Exchange firstOver(Program program, Case refusal) throws Exception {
    List<Exchange> begun = new ArrayList<>();
    Until.holds(
        "a call is refused",
        () -> {
          begun.add(call(program, refusal, refusal.label()));
          return begun.stream().anyMatch(Exchange::isOver);
        });
    Exchange over = begun.stream().filter(Exchange::isOver).findFirst().orElseThrow();
    begun.forEach(each -> each.call.cancel("seen enough", null));
    return over;
  }

  private static Exchange call(Program program, Case refusal, String label) {
    Metadata headers = new Metadata();
    if (refusal == Case.NO_SUCH_HANDLE) {
      headers.put(MetadataKeys.SESSION, "ab".repeat(16));
    }
    headers.put(MetadataKeys.LABEL, label);
    return Exchange.start(
            program
                .channel()
                .newCall(Kinds.method(refusal.service(), MethodType.UNARY), CallOptions.DEFAULT),
            headers)
        .send(HELLO, 1)
        .halfClose();
  }

  /// One that fills the bound.
  private static @Nullable Exchange held(Program program, Case refusal, String label) {
    return call(program, refusal, label);
  }

  private void assertExplained(Case refusal) {
    if (refusal == Case.BAD_LABEL) {
      return;
    }
    List<String> lines =
        Router.explain(
                new RouteQuery(refusal.listener(), refusal.service(), Label.of(refusal.label())),
                FileDirectory.read(folder.resolve("directory.yaml")))
            .lines();
    String answer = String.join("\n", lines);
    assertTrue(
        refusal.isRouted() ? answer.contains(refusal.provider) : answer.contains("denied"), answer);
  }
}
