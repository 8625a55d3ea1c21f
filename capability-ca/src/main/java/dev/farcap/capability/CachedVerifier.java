package dev.farcap.capability;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The [Verifier] with a memory of tokens whose signature it has seen to be right.
///
/// Only what never changes is remembered: the decoded token, under the hash of its bytes, as long
/// as the bundle is the same. Time, key state and presenter are judged afresh each time, so the
/// answer always equals that of [Verifier#verify]. Refused tokens are not remembered: whoever sends
/// garbage displaces nothing. Any thread may call; signatures are checked outside the lock.
public final class CachedVerifier {
  /// Tokens of a busy server's peers, at most 8 MiB of them.
  private static final int TOKENS_MAX = 1_024;

  private final Map<String, Token> genuine = new LinkedHashMap<>(16, 0.75f, true);
  private final int tokensMax;
  private @Nullable TrustBundle generation;

  /// An empty memory.
  public CachedVerifier() {
    this(TOKENS_MAX);
  }

  CachedVerifier(int tokensMax) {
    this.tokensMax = tokensMax;
  }

  /// Decides as [Verifier#verify].
  ///
  /// @param budget asked before the work that a token not known costs; if it says no, the answer is
  ///   [Reason#BUDGET]
  public Verdict verify(byte[] bytes, Verifier.Context context, BooleanSupplier budget) {
    if (bytes.length > Token.BYTES_MAX) {
      return Verifier.verify(bytes, context);
    }
    String hash = Token.hash(bytes);
    Token known = recall(hash, context.bundle());
    if (known != null) {
      return Verifier.judge(known, context, (_, _) -> true);
    }
    if (!budget.getAsBoolean()) {
      return new Verdict.Denied(Reason.BUDGET, "the presenter has too many tokens checked");
    }
    Verdict verdict = Verifier.verify(bytes, context);
    if (verdict instanceof Verdict.Accepted) {
      remember(hash, Token.parse(bytes), context.bundle());
    }
    return verdict;
  }

  private synchronized @Nullable Token recall(String hash, TrustBundle bundle) {
    renew(bundle);
    return genuine.get(hash);
  }

  private synchronized void remember(String hash, Token token, TrustBundle bundle) {
    renew(bundle);
    genuine.put(hash, token);
    if (genuine.size() > tokensMax) {
      genuine.remove(genuine.keySet().iterator().next());
    }
  }

  private void renew(TrustBundle bundle) {
    if (!bundle.equals(generation)) {
      genuine.clear();
      generation = bundle;
    }
  }

  /// How many tokens it remembers.
  synchronized int size() {
    return genuine.size();
  }
}
