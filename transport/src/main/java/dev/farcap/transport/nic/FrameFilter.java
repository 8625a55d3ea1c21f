package dev.farcap.transport.nic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the kernel lets through to a socket, as a program for its packet filter (classic BPF):
/// frames of the EtherType, to this interface and port, and for a dialler from its peer only. All
/// else is dropped before it is copied, so a stranger's flood costs no time of the loop.
///
/// Each check loads a field and compares it; a frame that ends before the field is dropped, too.
final class FrameFilter {
  /// `struct sock_filter`.
  static final int INSTRUCTION_BYTES = 8;

  private static final int LOAD_WORD = 0x20;
  private static final int LOAD_HALF = 0x28;
  private static final int LOAD_BYTE = 0x30;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int AND = 0x54;
  private static final int RETURN = 0x06;
  private static final int ALL_BITS = -1;

  /// `SKF_AD_OFF + SKF_AD_PKTTYPE`: whom the frame is for. Frames with a tag of another VLAN are
  /// for another host, even if they name this one.
  private static final int PACKET_TYPE_AT = -0x1000 + 4;

  private static final int PACKET_HOST = 0;
  private static final int WHOLE_FRAME = 0x40000;

  /// Whether QUIC's header is long (RFC 8999 section 5.1).
  private static final int LONG_HEADER = 0x80;

  private record Instruction(int code, int ifFalse, int operand) {}

  private record Check(int load, int at, int mask, int value) {
    Check(int load, int at, int value) {
      this(load, at, ALL_BITS, value);
    }
  }

  private final List<Instruction> program = new ArrayList<>();

  /// @param local what frames must be for
  /// @param peer what they must be from; null for any
  /// @param kind which packets
  FrameFilter(Endpoint local, @Nullable Endpoint peer, Intake.Kind kind) {
    List<Check> checks = new ArrayList<>();
    checks.add(new Check(LOAD_HALF, 12, local.etherType()));
    addMac(checks, 0, local.mac());
    checks.add(new Check(LOAD_BYTE, PACKET_TYPE_AT, PACKET_HOST));
    checks.add(new Check(LOAD_HALF, FrameHeader.DESTINATION_PORT_AT, local.port()));
    if (peer != null) {
      addMac(checks, 6, peer.mac());
      checks.add(new Check(LOAD_HALF, FrameHeader.SOURCE_PORT_AT, peer.port()));
    }
    if (kind != Intake.Kind.ALL) {
      int form = kind == Intake.Kind.LONG ? LONG_HEADER : 0;
      checks.add(new Check(LOAD_BYTE, FrameHeader.BYTES, LONG_HEADER, form));
    }
    int left = checks.stream().mapToInt(FrameFilter::instructions).sum();
    for (Check check : checks) {
      left -= instructions(check);
      program.add(new Instruction(check.load, 0, check.at));
      if (check.mask != ALL_BITS) {
        program.add(new Instruction(AND, 0, check.mask));
      }
      // Over what is left, and the acceptance.
      program.add(new Instruction(JUMP_IF_EQUAL, left + 1, check.value));
    }
    program.add(new Instruction(RETURN, 0, WHOLE_FRAME));
    program.add(new Instruction(RETURN, 0, 0));
  }

  private static void addMac(List<Check> checks, int at, Mac mac) {
    checks.add(new Check(LOAD_WORD, at, (int) (mac.bits() >>> 16)));
    checks.add(new Check(LOAD_HALF, at + 4, (int) mac.bits() & 0xFFFF));
  }

  private static int instructions(Check check) {
    return check.mask == ALL_BITS ? 2 : 3;
  }

  int instructions() {
    return program.size();
  }

  /// Writes the program as an array of `struct sock_filter`.
  void write(MemorySegment out) {
    long at = 0;
    for (Instruction instruction : program) {
      out.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) instruction.code);
      out.set(ValueLayout.JAVA_BYTE, at + 2, (byte) 0);
      out.set(ValueLayout.JAVA_BYTE, at + 3, (byte) instruction.ifFalse);
      out.set(ValueLayout.JAVA_INT_UNALIGNED, at + 4, instruction.operand);
      at += INSTRUCTION_BYTES;
    }
  }
}
