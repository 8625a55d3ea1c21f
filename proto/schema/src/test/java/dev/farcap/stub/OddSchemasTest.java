package dev.farcap.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.stubs.deprecated.DeprecatedSession;
import dev.farcap.stubs.deprecatedmap.DeprecatedMapOuterClass.OldThing;
import dev.farcap.stubs.deprecatedmap.DeprecatedMapSession;
import dev.farcap.stubs.deprecatedservice.DeprecatedServiceSession;
import dev.farcap.stubs.editions.EditionsSession;
import dev.farcap.stubs.lamp.Light;
import dev.farcap.stubs.names.Channel;
import dev.farcap.stubs.names.NamesSession;
import dev.farcap.stubs.names.lower;
import dev.farcap.stubs.old.OldSession;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import supported.Upper.Choice;
import supported.Upper.PackageRequest;
import supported.Upper.PackagesSession;

/// What has strange names, is old or is to go is called as anything else.
final class OddSchemasTest {
  private final List<Server> servers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  private ManagedChannel serving(ServerServiceDefinition service) throws Exception {
    String name = service.getServiceDescriptor().getName();
    servers.add(InProcessServerBuilder.forName(name).addService(service).build().start());
    ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
    channels.add(channel);
    return channel;
  }

  @AfterEach
  void stop() {
    channels.forEach(ManagedChannel::shutdownNow);
    servers.forEach(Server::shutdownNow);
  }

  @Test
  void namesThatMeanSomethingElse() throws Exception {
    NamesSession names = NamesSession.client(serving(NamesSession.server(new EchoNames())));
    var none = Optional.<dev.farcap.stubs.names.Optional>empty();

    assertEquals(List.of(1, 2, 3, 4), values(names.new_(1, 2, 3, 4)));
    assertEquals(List.of(1, 2, List.of(3), 4, 5), values(names.notify_(1, 2, List.of(3), 4, 5)));
    assertEquals(List.of(1, 2, 3, 4, 5), values(names.hashCode_(1, 2, 3, Optional.of(4), 5)));
    assertEquals(2, names.client_(2).getListCount());
    assertEquals(List.of(Channel.getDefaultInstance()), names.snakeCase(names.client_(1)));
    assertEquals(-1, names.within_(-1));
    assertEquals(3, names.optional(none, 3).getNumber());
    assertEquals(3, names.optionalRequest(Optional.of(names.optional(none, 3)), 4).getNumber());
    names.close_();
    names.serve();
    assertEquals(5, names.lower(5, lower.Inner.getDefaultInstance()).getLower());
    assertEquals(
        7, assertThrows(NamesSession.ExceptionException.class, names::fail).error().getError());
  }

  /// What its fields hold, in the order of the schema.
  private static List<Object> values(com.google.protobuf.Message message) {
    return message.getDescriptorForType().getFields().stream().map(message::getField).toList();
  }

  @Test
  void packageThatLooksLikeAClass() throws Exception {
    PackagesSession packages =
        PackagesSession.client(
            serving(
                PackagesSession.server(
                    (light, choice) ->
                        PackageRequest.newBuilder().setLight(light).setChoice(choice).build())));
    Light light = Light.newBuilder().setLevel(3).build();

    PackageRequest asked = packages.ask(light, Choice.SOME);

    assertEquals(List.of(light, Choice.SOME), List.of(asked.getLight(), asked.getChoice()));
  }

  @Test
  void protoOfTheSecondVersion() throws Exception {
    OldSession old =
        OldSession.client(serving(OldSession.server((number, text, _) -> text.map(_ -> number))));

    assertEquals(Optional.of(3), old.ask(3, Optional.of(""), Optional.empty()));
    assertEquals(Optional.empty(), old.ask(3, Optional.empty(), Optional.empty()));
  }

  @Test
  void edition() throws Exception {
    EditionsSession editions =
        EditionsSession.client(
            serving(EditionsSession.server((set, plain) -> set.map(number -> number + plain))));

    assertEquals(Optional.of(3), editions.ask(Optional.of(0), 3));
    assertEquals(Optional.empty(), editions.ask(Optional.empty(), 3));
  }

  @Test
  @SuppressWarnings("deprecation") // whoever still calls it may
  void methodsAndFieldsThatAreDeprecated() throws Exception {
    DeprecatedSession deprecated =
        DeprecatedSession.client(
            serving(
                DeprecatedSession.server(
                    new DeprecatedSession() {
                      @Override
                      public int old(int number) {
                        return number + 1;
                      }

                      @Override
                      public int field(int number) {
                        return number + 2;
                      }
                    })));

    assertEquals(List.of(1, 2), List.of(deprecated.old(0), deprecated.field(0)));
  }

  @Test
  @SuppressWarnings("deprecation")
  void valuesOfADeprecatedType() throws Exception {
    DeprecatedMapSession map =
        DeprecatedMapSession.client(serving(DeprecatedMapSession.server(things -> things)));
    Map<String, OldThing> things = Map.of("one", OldThing.newBuilder().setNumber(1).build());

    assertEquals(things, map.ask(things));
  }

  @Test
  @SuppressWarnings("deprecation")
  void deprecatedInterface() throws Exception {
    DeprecatedServiceSession service =
        DeprecatedServiceSession.client(
            serving(DeprecatedServiceSession.server(number -> number + 1)));

    assertEquals(2, service.ask(1));
  }
}
