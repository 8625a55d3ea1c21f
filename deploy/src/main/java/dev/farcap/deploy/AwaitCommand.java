package dev.farcap.deploy;

import dev.farcap.node.FrontDoorChannel;
import dev.farcap.session.ServiceAlias;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap await`: for scripts that start something next.
@Command(
    name = "await",
    description = {
      "Waits until a listener answers, or until a service serves there: rule, grant, link, server.",
      "The listener's socket need not exist yet.",
      "Exit code 3 if at the end no rule and grant are there, 4 if something is away."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap await run/app1.sock && start-app1",
      "  farcap await run/app1.sock acme.Greeter --timeout 5m",
      "  farcap await run/app1.sock ROM --label config"
    })
final class AwaitCommand implements Callable<Integer> {
  private static final long LOOK_MS = 200;

  /// Longer than a check of a service takes at most. Also the last look has so long, so that a
  /// short time-out ends with a true answer.
  private static final long CHECK_MS = 5_000;

  @Mixin private DoorParameter door;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SERVICE",
      converter = ServiceConverter.class,
      description =
          "ROM, LOG, Report, Timer or a full gRPC service name (default: the listener alone).")
  private @Nullable String service;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      converter = LifeConverter.class,
      description = "How long to wait (default: 60s).")
  private Duration timeout;

  /// Why it is not there yet, and the exit code if it stays so.
  private record Absence(int code, String why) {}

  @Override
  public Integer call() throws InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      Absence absence = connected(end);
      if (absence == null) {
        return ExitCode.DONE;
      }
      if (System.nanoTime() >= end) {
        throw new CommandException(
            absence.code(), absence.why() + ", after " + timeout.toMillis() + " ms");
      }
      Thread.sleep(LOOK_MS);
    }
  }

  /// Looks over one connection for as long as there is one.
  private @Nullable Absence connected(long end) throws InterruptedException {
    if (!Files.exists(door.socket())) {
      return nobody();
    }
    try (FrontDoorChannel programs = new FrontDoorChannel(door.socket())) {
      HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(door.asking(programs));
      while (true) {
        Absence absence = look(health);
        if (absence == null
            || absence.equals(nobody())
            || absence.equals(closed())
            || System.nanoTime() >= end) {
          return absence;
        }
        Thread.sleep(LOOK_MS);
      }
    }
  }

  private @Nullable Absence look(HealthGrpc.HealthBlockingStub health) {
    String asked = service == null ? "" : service;
    try {
      ServingStatus status =
          health
              .withDeadlineAfter(CHECK_MS, TimeUnit.MILLISECONDS)
              .check(HealthCheckRequest.newBuilder().setService(asked).build())
              .getStatus();
      return status == ServingStatus.SERVING
          ? null
          : new Absence(ExitCode.UNAVAILABLE, name() + " does not serve: link or server is away");
    } catch (StatusRuntimeException e) {
      return switch (e.getStatus().getCode()) {
        case NOT_FOUND ->
            new Absence(ExitCode.REFUSED, "there is no rule or no grant for " + name());
        case UNAVAILABLE -> Failures.isClosed(e.getStatus()) ? closed() : nobody();
        case DEADLINE_EXCEEDED -> new Absence(ExitCode.UNAVAILABLE, name() + " does not answer");
        default -> throw e;
      };
    }
  }

  private Absence nobody() {
    return new Absence(ExitCode.UNAVAILABLE, "nobody listens at " + door.socket());
  }

  private Absence closed() {
    return new Absence(
        ExitCode.UNAVAILABLE,
        door.socket() + " closes connections; if it does not allow this user, its log says so");
  }

  private String name() {
    return service == null ? "the listener" : ServiceAlias.shorten(service);
  }
}
