package dev.farcap.deploy;

import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.farcap.discovery.ReflectionClient;
import dev.farcap.node.FrontDoorChannel;
import dev.farcap.session.ServiceAlias;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `farcap services`: what can be called here.
@Command(
    name = "services",
    description = {
      "Lists the services for which there are a rule and a grant, and whether they serve.",
      "With SERVICE: its methods."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap services run/app1.sock",
      "  farcap services run/app1.sock acme.Greeter",
      "  farcap services run/app1.sock --label config --output json"
    })
final class ServicesCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Mixin private DoorParameter door;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SERVICE",
      converter = ServiceConverter.class,
      description = "ROM, LOG, Report, Timer or a full gRPC service name.")
  private @Nullable String service;

  @Mixin private Printer printer;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (FrontDoorChannel programs = door.open()) {
      Channel channel = door.asking(programs);
      if (service == null) {
        list(statuses(channel, names(channel)));
      } else {
        describe(service, channel);
      }
    }
    return ExitCode.DONE;
  }

  private static Set<String> names(Channel channel) throws InterruptedException {
    try {
      return ReflectionClient.services(channel, PATIENCE).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StatusRuntimeException status) {
        throw status;
      }
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, String> statuses(Channel channel, Set<String> names)
      throws InterruptedException {
    Map<String, Future<String>> asked = new LinkedHashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      names.forEach(name -> asked.put(name, threads.submit(() -> status(channel, name))));
      Map<String, String> statuses = new LinkedHashMap<>();
      for (Map.Entry<String, Future<String>> entry : asked.entrySet()) {
        statuses.put(entry.getKey(), entry.getValue().get());
      }
      return statuses;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String status(Channel channel, String name) {
    try {
      return HealthGrpc.newBlockingStub(channel)
          .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .check(HealthCheckRequest.newBuilder().setService(name).build())
          .getStatus()
          .toString();
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode().toString();
    }
  }

  private void list(Map<String, String> statuses) {
    if (printer.isJson()) {
      printer.json(
          statuses.entrySet().stream()
              .map(entry -> Printer.facts("service", entry.getKey(), "status", entry.getValue()))
              .toList());
      return;
    }
    int width = statuses.keySet().stream().mapToInt(name -> shown(name).length()).max().orElse(0);
    String form = "%-" + width + "s  %s";
    printer.line(form.formatted("SERVICE", "STATUS"));
    statuses.forEach(
        (name, status) ->
            printer.line(
                form.formatted(shown(name), status.toLowerCase(Locale.ROOT).replace('_', ' '))));
  }

  private static String shown(String name) {
    String alias = ServiceAlias.shorten(name);
    return alias.equals(name) ? name : name + " (" + alias + ")";
  }

  private void describe(String name, Channel channel) throws IOException, InterruptedException {
    List<MethodDescriptor> methods = new CallTypes(channel, null).service(name).getMethods();
    if (printer.isJson()) {
      printer.json(methods.stream().map(ServicesCommand::facts).toList());
    } else {
      methods.forEach(method -> printer.line(new CallMethod(method).line()));
    }
  }

  private static Map<String, Object> facts(MethodDescriptor method) {
    return Printer.facts(
        "method", method.getName(),
        "request", method.getInputType().getFullName(),
        "requestStream", method.isClientStreaming(),
        "reply", method.getOutputType().getFullName(),
        "replyStream", method.isServerStreaming());
  }
}
