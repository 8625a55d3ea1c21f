package dev.farcap.transport.nic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the kernel lets through to a socket, as a program for its packet filter (classic BPF): frames
/// of the EtherType, to this interface and port, and for a dialler from its peer only. All else is
/// dropped before it is copied, so a stranger's flood costs no time of the loop.
///
/// Each check loads a field and compares it; a frame that ends before the field is dropped, too.
final class FrameFilter {
  /// `struct sock_filter`.
  static final int INSTRUCTION_BYTES = 8;

  private static final int LOAD_WORD = 0x20;
  private static final int LOAD_HALF = 0x28;
  private static final int LOAD_BYTE = 0x30;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;

  /// `SKF_AD_OFF + SKF_AD_PKTTYPE`: whom the frame is for. Frames with a tag of another VLAN are for
  /// another host, even if they name this one.
  private static final int PACKET_TYPE_AT = -0x1000 + 4;

  private static final int PACKET_HOST = 0;
  private static final int WHOLE_FRAME = 0x40000;

  private record Instruction(int code, int ifFalse, int operand) {}

  private record Check(int load, int at, int value) {}

  private final List<Instruction> program = new ArrayList<>();

  /// @param local what frames must be for
  /// @param peer what they must be from; null for any
  FrameFilter(Endpoint local, @Nullable Endpoint peer) {
    List<Check> checks = new ArrayList<>();
    checks.add(new Check(LOAD_HALF, 12, local.etherType()));
    addMac(checks, 0, local.mac());
    checks.add(new Check(LOAD_BYTE, PACKET_TYPE_AT, PACKET_HOST));
    checks.add(new Check(LOAD_HALF, FrameHeader.DESTINATION_PORT_AT, local.port()));
    if (peer != null) {
      addMac(checks, 6, peer.mac());
      checks.add(new Check(LOAD_HALF, FrameHeader.SOURCE_PORT_AT, peer.port()));
    }
    int left = 2 * checks.size();
    for (Check check : checks) {
      left -= 2;
      program.add(new Instruction(check.load, 0, check.at));
      program.add(new Instruction(JUMP_IF_EQUAL, left + 1, check.value));
    }
    program.add(new Instruction(RETURN, 0, WHOLE_FRAME));
    program.add(new Instruction(RETURN, 0, 0));
  }

  private static void addMac(List<Check> checks, int at, Mac mac) {
    checks.add(new Check(LOAD_WORD, at, (int) (mac.bits() >>> 16)));
    checks.add(new Check(LOAD_HALF, at + 4, (int) mac.bits() & 0xFFFF));
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
