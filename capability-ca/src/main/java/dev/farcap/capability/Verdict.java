package dev.farcap.capability;

import java.time.Instant;
import java.util.List;

/// What the [Verifier] says about a token.
public sealed interface Verdict {
  /// The token holds for this presenter at this time.
  ///
  /// @param grant what all of its blocks permit
  /// @param deadline the first instant at which it no longer holds: no session by it outlives this
  /// @param revocationIds of the blocks, the realm's own first, 64 hexadecimal digits each; of the
  ///   content, not of the signature
  record Accepted(Grant grant, Instant deadline, List<String> revocationIds) implements Verdict {
    /// Copies the list.
    public Accepted {
      revocationIds = List.copyOf(revocationIds);
    }
  }

  /// The token, or a request by it, is denied.
  ///
  /// @param reason the first check that failed
  /// @param detail one line for the local audit log, never for the peer
  record Denied(Reason reason, String detail) implements Verdict {
    /// Makes one visible line of the detail, which may quote the token.
    public Denied {
      detail = OneLine.of(detail);
    }

    /// `REASON: detail`.
    @Override
    public String toString() {
      return reason + ": " + detail;
    }
  }
}
