package dev.farcap.deploy;

import dev.farcap.node.FrontDoorChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `farcap call`: any method of any service, in JSON.
@Command(
    name = "call",
    description = {
      "Calls a method and prints what it answers, in JSON. The types are learned by reflection.",
      "A stream of requests is one JSON value after the other; a stream of replies is one a line."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap call run/app1.sock acme.Greeter/Hello '{\"name\": \"Ada\"}'",
      "  farcap call run/app1.sock acme.Upload/Send @rows.jsonl --deadline 30s",
      "  make-rows | farcap call run/app1.sock acme.Upload/Send -",
      "  farcap call run/app1.sock ROM/Watch --label config",
      "  farcap call run/app1.sock acme.Old/Get --proto-set old.pb"
    })
final class CallCommand implements Callable<Integer> {
  @Mixin private DoorParameter door;

  @Parameters(
      index = "1",
      paramLabel = "SERVICE/METHOD",
      description = "ROM, LOG, Report, Timer or a full gRPC service name, then the method.")
  private String method;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "REQUEST",
      description = {
        "JSON, or @FILE, or - for stdin.",
        "Default: an empty message; of a stream of requests, stdin."
      })
  private @Nullable String request;

  @Option(
      names = "--metadata",
      paramLabel = "KEY=VALUE",
      description = "Sent with the call; may be repeated. Values of keys that end in -bin: base64.")
  private List<String> metadata = List.of();

  @Option(
      names = "--deadline",
      paramLabel = "DURATION",
      converter = LifeConverter.class,
      description = "The call must end within (default: none).")
  private @Nullable Duration deadline;

  @Option(
      names = "--proto-set",
      paramLabel = "FILE",
      description = {
        "Types of a server without reflection:",
        "protoc --include_imports --descriptor_set_out=FILE ..."
      })
  private @Nullable Path protoSet;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (FrontDoorChannel programs = door.open()) {
      CallTypes types = new CallTypes(door.asking(programs), protoSet);
      CallMethod callee = CallMethod.find(method, types);
      new JsonCall(callee, types, CallMetadata.of(metadata), deadline)
          .run(door.asking(programs), request, spec.commandLine().getOut());
    }
    return ExitCode.DONE;
  }
}
