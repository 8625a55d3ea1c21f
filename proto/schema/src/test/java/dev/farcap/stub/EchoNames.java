package dev.farcap.stub;

import dev.farcap.stubs.names.Channel;
import dev.farcap.stubs.names.Exception;
import dev.farcap.stubs.names.Hidden;
import dev.farcap.stubs.names.Keywords;
import dev.farcap.stubs.names.Locals;
import dev.farcap.stubs.names.NamesSession;
import dev.farcap.stubs.names.Optional;
import dev.farcap.stubs.names.lower;
import java.util.List;

/// Answers what it was asked.
final class EchoNames implements NamesSession {
  @Override
  public Keywords new_(int class_, int new_, int this_, int null_) {
    return Keywords.newBuilder()
        .setClass_(class_)
        .setNew(new_)
        .setThis(this_)
        .setNull(null_)
        .build();
  }

  @Override
  public Hidden notify_(
      int serializedSize, int allFields, List<Integer> camelCase2X, int _1, int upper) {
    return Hidden.newBuilder()
        .setSerializedSize_(serializedSize)
        .setAllFields_(allFields)
        .addAllCamelCase2X(camelCase2X)
        .set1(_1)
        .setUpper(upper)
        .build();
  }

  @Override
  public Locals hashCode_(
      int calls, int reply, int request, java.util.Optional<Integer> built, int caller) {
    Locals.Builder locals =
        Locals.newBuilder().setCalls(calls).setReply(reply).setRequest(request).setCaller(caller);
    built.ifPresent(locals::setBuilt);
    return locals.build();
  }

  @Override
  public dev.farcap.stubs.names.String client_(int sessions) {
    return dev.farcap.stubs.names.String.newBuilder()
        .addAllList(java.util.Collections.nCopies(sessions, Channel.getDefaultInstance()))
        .build();
  }

  @Override
  public List<Channel> snakeCase(dev.farcap.stubs.names.String string) {
    return string.getListList();
  }

  @Override
  public int within_(int deadline) {
    return deadline;
  }

  @Override
  public Optional optional(java.util.Optional<Optional> optional, int number) {
    return optional.orElseGet(() -> Optional.newBuilder().setNumber(number).build());
  }

  @Override
  public Optional optionalRequest(java.util.Optional<Optional> optional, int number) {
    return optional(optional, number);
  }

  @Override
  public void close_() {}

  @Override
  public dev.farcap.stubs.names.Client fail() throws ExceptionException {
    throw new ExceptionException(Exception.newBuilder().setError(7).build());
  }

  @Override
  public void serve() {}

  @Override
  public lower lower(int lower, lower.Inner inner) {
    return dev.farcap.stubs.names.lower.newBuilder().setLower(lower).setInner(inner).build();
  }
}
