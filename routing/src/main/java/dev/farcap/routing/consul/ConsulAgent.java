package dev.farcap.routing.consul;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.google.common.net.HostAndPort;
import dev.farcap.routing.Provider.Health;
import dev.farcap.routing.consul.Watch.Answer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLException;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.BufferedSource;
import okio.ForwardingSource;
import okio.Okio;
import org.jspecify.annotations.Nullable;
import org.kiwiproject.consul.Consul;
import org.kiwiproject.consul.ConsulException;
import org.kiwiproject.consul.NotRegisteredException;
import org.kiwiproject.consul.config.CacheConfig;
import org.kiwiproject.consul.config.ClientConfig;
import org.kiwiproject.consul.model.ConsulResponse;
import org.kiwiproject.consul.model.State;
import org.kiwiproject.consul.model.agent.ImmutableRegCheck;
import org.kiwiproject.consul.model.agent.ImmutableRegistration;
import org.kiwiproject.consul.model.health.HealthCheck;
import org.kiwiproject.consul.model.health.ServiceHealth;
import org.kiwiproject.consul.model.kv.Value;
import org.kiwiproject.consul.option.ImmutablePutOptions;
import org.kiwiproject.consul.option.ImmutableQueryOptions;
import org.kiwiproject.consul.option.QueryOptions;
import org.kiwiproject.consul.util.failover.ConsulFailoverInterceptor;

/// A Consul agent, as far as the directory needs one. Whatever goes wrong is a [ConsulFailure] with
/// a message for an operator. Blocks; thread-safe; an interrupt ends a call.
final class ConsulAgent implements AutoCloseable {
  /// A thousand providers with sixteen addresses each, and the largest values, fit.
  static final int ANSWER_BYTES_MAX = 8 << 20;

  private static final Duration CONNECT = Duration.ofSeconds(2);

  /// Beyond what a question says itself that it may wait.
  private static final Duration ANSWER = Duration.ofSeconds(3);

  /// How long a provider that nobody has heard of stays in Consul's own lists.
  private static final String FORGOTTEN_AFTER = "72h";

  private final ConsulConfig config;
  private final Consul consul;

  /// Connects to nothing yet.
  ///
  /// @throws ConsulFailure if files of TLS cannot be used
  ConsulAgent(ConsulConfig config) throws ConsulFailure {
    this.config = config;
    Consul.Builder builder =
        Consul.builder()
            .withUrl(config.address().toString())
            .withPing(false)
            .withConnectTimeoutMillis(CONNECT.toMillis())
            .withReadTimeoutMillis(ANSWER.toMillis())
            .withWriteTimeoutMillis(ANSWER.toMillis())
            .withClientConfiguration(
                new ClientConfig(
                    CacheConfig.builder().withTimeoutAutoAdjustmentMargin(ANSWER).build()))
            .withConsulFailoverInterceptor(new BoundedAnswers(config));
    if (config.token() != null) {
      builder.withTokenAuth(new TokenFile(config.token()));
    }
    if (config.address().getScheme().equals("https")) {
      TlsFiles files = TlsFiles.read(config.tls());
      builder.withSslContext(files.context()).withTrustManager(files.trust());
    }
    consul = builder.build();
  }

  // ---- what is watched

  /// All values below a prefix, as they are together at one moment.
  Answer<Map<String, byte[]>> values(String prefix, long index) throws ConsulFailure {
    return asked(
        () -> {
          ConsulResponse<List<Value>> response =
              consul.keyValueClient().getConsulResponseWithValues(prefix, blocking(index));
          Map<String, byte[]> values = new LinkedHashMap<>();
          for (Value value : orEmpty(response.getResponse())) {
            values.put(value.getKey(), value.getValueAsBytes().orElse(new byte[0]));
          }
          return new Answer<>(values, index(response));
        });
  }

  /// An entry of the catalog.
  ///
  /// @param name where it is registered, for messages
  /// @param health the worst of all checks of the provider and of its machine
  record Instance(String name, Map<String, String> meta, Health health) {}

  /// All that is registered as a service, whatever its health.
  Answer<List<Instance>> instances(String service, long index) throws ConsulFailure {
    return asked(
        () -> {
          ConsulResponse<List<ServiceHealth>> response =
              consul.healthClient().getAllServiceInstances(service, blocking(index));
          List<Instance> instances =
              orEmpty(response.getResponse()).stream().map(ConsulAgent::instance).toList();
          return new Answer<>(instances, index(response));
        });
  }

  private static QueryOptions blocking(long index) {
    return index == 0
        ? ImmutableQueryOptions.builder().build()
        : QueryOptions.blockSeconds((int) Watch.WAIT.toSeconds(), BigInteger.valueOf(index))
            .build();
  }

  private static long index(ConsulResponse<?> response) {
    BigInteger index = response.getIndex();
    return index.signum() > 0 && index.bitLength() < Long.SIZE ? index.longValue() : 0;
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static Instance instance(ServiceHealth found) {
    String name = found.getService().getId() + " at " + found.getNode().getNode();
    return new Instance(
        ConsulFailure.oneLine(name),
        found.getService().getMeta(),
        found.getChecks().stream()
            .map(ConsulAgent::health)
            .max(Health::compareTo)
            .orElse(Health.UP));
  }

  private static Health health(HealthCheck check) {
    return switch (State.fromName(check.getStatus())) {
      case PASS -> Health.UP;
      case WARN -> Health.DRAINING;
      default -> Health.DOWN;
    };
  }

  // ---- what a provider says

  /// Registers a provider with a check that it has to keep alive.
  void register(String service, String id, Registration provider) throws ConsulFailure {
    asked(
        () -> {
          consul
              .agentClient()
              .register(
                  ImmutableRegistration.builder()
                      .name(service)
                      .id(id)
                      .putAllMeta(provider.meta())
                      .check(
                          ImmutableRegCheck.builder()
                              .ttl(config.ttl().toMillis() + "ms")
                              .status(state(provider.health()).getName())
                              .deregisterCriticalServiceAfter(FORGOTTEN_AFTER)
                              .build())
                      .build());
          return id;
        });
  }

  /// Keeps the check alive.
  ///
  /// @return whether the agent knows the provider
  boolean report(String id, Health health) throws ConsulFailure {
    return asked(
        () -> {
          try {
            consul.agentClient().checkTtl(id, state(health), null);
            return true;
          } catch (NotRegisteredException e) {
            if (e.getCause() instanceof ConsulException refused && isUnknownCheck(refused)) {
              return false;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new ConsulException(e);
          }
        });
  }

  private static boolean isUnknownCheck(ConsulException e) {
    String message = String.valueOf(e.getMessage());
    return e.hasCode()
        && (e.getCode() == 404 || message.contains("TTL") || message.contains("Unknown check"));
  }

  /// Removes a provider.
  void deregister(String id) throws ConsulFailure {
    asked(
        () -> {
          consul.agentClient().deregister(id);
          return id;
        });
  }

  private static State state(Health health) {
    return switch (health) {
      case UP -> State.PASS;
      case DRAINING -> State.WARN;
      case DOWN -> State.FAIL;
    };
  }

  // ---- what an operator does

  /// A value and when it was written.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Stored(byte[] value, long modified) {}

  /// One value, if it is there.
  Optional<Stored> value(String key) throws ConsulFailure {
    return asked(
        () ->
            consul
                .keyValueClient()
                .getValue(key)
                .map(
                    value ->
                        new Stored(
                            value.getValueAsBytes().orElse(new byte[0]), value.getModifyIndex())));
  }

  /// Writes a value if nobody else has meanwhile.
  ///
  /// @param modified of the value that it replaces; 0: there is none
  /// @return whether it is written
  boolean put(String key, byte[] value, long modified) throws ConsulFailure {
    return asked(
        () ->
            consul
                .keyValueClient()
                .putValue(key, value, 0, ImmutablePutOptions.builder().cas(modified).build()));
  }

  // ---- failures

  @FunctionalInterface
  private interface Request<T> {
    T run();
  }

  private <T> T asked(Request<T> request) throws ConsulFailure {
    try {
      return request.run();
    } catch (UncheckedIOException e) {
      throw onTheWay(Objects.requireNonNull(e.getCause()), e);
    } catch (ConsulException e) {
      throw e.hasCode()
          ? answered(e)
          : onTheWay(e.getCause() instanceof IOException io ? io : new IOException(e), e);
    } catch (RuntimeException e) {
      throw new ConsulFailure(config.address() + " does not answer as Consul does: " + e, false, e);
    }
  }

  private ConsulFailure answered(ConsulException e) {
    String message = String.valueOf(e.getMessage());
    String text = message.substring(message.indexOf("]: ") + 1).replaceFirst("^:? *", "");
    String what =
        switch (e.getCode()) {
          case 401, 403 ->
              config.token() == null
                  ? "Consul asks for an ACL token (" + text + ")"
                  : "the policy of the ACL token in " + config.token() + " lacks this: " + text;
          default -> "Consul says " + e.getCode() + ": " + text;
        };
    return new ConsulFailure(what, true, e);
  }

  private ConsulFailure onTheWay(IOException cause, Throwable e) {
    String at = config.address().toString();
    String what =
        switch (innermost(cause)) {
          case ConsulFailure own -> String.valueOf(own.getMessage());
          case ConnectException _ -> "nothing listens at " + at;
          case UnknownHostException _ -> "unknown host: " + at;
          case InterruptedIOException _ -> at + " does not answer in time";
          case SSLException tls -> at + ": TLS failed: " + tls.getMessage();
          case JsonProcessingException _, ProtocolException _ ->
              at + " does not answer as Consul does";
          case SocketException reset -> at + " broke off: " + reset.getMessage();
          default -> at + ": " + cause.getMessage();
        };
    return new ConsulFailure(what, false, e);
  }

  /// A failure of ours may come wrapped by who was reading.
  private static IOException innermost(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConsulFailure own) {
        return own;
      }
    }
    return e;
  }

  @Override
  public void close() {
    consul.destroy();
  }

  /// Refuses answers that are larger than any Consul of ours gives. The library has one place for
  /// an interceptor of one's own: the one that chooses among several Consuls.
  private static final class BoundedAnswers extends ConsulFailoverInterceptor {
    private final ConsulConfig config;

    BoundedAnswers(ConsulConfig config) {
      super(
          List.of(HostAndPort.fromParts(config.address().getHost(), config.address().getPort())),
          1);
      this.config = config;
    }

    @Override
    public Response intercept(Interceptor.Chain chain) {
      try {
        Response response = chain.proceed(chain.request());
        ResponseBody body = response.body();
        return response.newBuilder().body(new Bounded(body, config)).build();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Bounded extends ResponseBody {
    private final ResponseBody body;
    private final BufferedSource source;

    Bounded(ResponseBody body, ConsulConfig config) {
      this.body = body;
      this.source =
          Okio.buffer(
              new ForwardingSource(body.source()) {
                private long bytes;

                @Override
                public long read(Buffer sink, long byteCount) throws IOException {
                  long read = super.read(sink, byteCount);
                  bytes += Math.max(0, read);
                  if (bytes > ANSWER_BYTES_MAX) {
                    throw new ConsulFailure(
                        "an answer of %s is larger than %d bytes"
                            .formatted(config.address(), ANSWER_BYTES_MAX),
                        true,
                        null);
                  }
                  return read;
                }
              });
    }

    @Override
    public @Nullable MediaType contentType() {
      return body.contentType();
    }

    @Override
    public long contentLength() {
      return body.contentLength();
    }

    @Override
    public BufferedSource source() {
      return source;
    }
  }
}
