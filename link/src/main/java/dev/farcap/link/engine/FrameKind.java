package dev.farcap.link.engine;

/// The kinds of frames, in the order of a conversation; `wire.proto` says what they mean.
public enum FrameKind {
  HELLO(16, false),
  PRESENT(17, true),
  OPEN(18, true),
  OPENED(19, true),
  REFUSED(20, true),
  UPGRADE(21, true),
  CLOSE(22, true),
  CLOSED(23, true),
  CALL(2, true),
  HEADERS(8, true),
  MESSAGE(3, true),
  HALF_CLOSE(9, true),
  RETURN(4, true),
  CANCEL(10, true),
  CREDIT(5, false),
  SIGNAL(7, false),
  ACK(6, false),
  PING(24, false),
  PONG(25, false),
  GO_AWAY(26, false);

  private final int field;
  private final boolean numbered;

  FrameKind(int field, boolean numbered) {
    this.field = field;
    this.numbered = numbered;
  }

  /// The field of `Frame` that carries it.
  int field() {
    return field;
  }

  /// Whether it is numbered, kept and sent again when the link resumes; else it is state.
  public boolean numbered() {
    return numbered;
  }
}
