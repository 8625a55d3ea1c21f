/// Who may open which session: tokens, the keys that vouch for them, and the decision.
///
/// What enters: bytes of tokens, bundles and certificates from anybody. What leaves: a
/// [Verdict][dev.farcap.capability.Verdict] or an
/// [Admission][dev.farcap.capability.CertificatePolicy.Admission].
///
/// Reading order: [Grant] (what is permitted) with [LabelPattern], [ServerPattern] and [MethodSet];
/// [Token] (a signed grant); [Role], [SigningKey] and [VerifyingKey] (signatures); [BundleKey],
/// [TrustBundle] and [SignedBundle] (who may sign); [Verifier], [CachedVerifier], [Verdict] and
/// [Reason] (the decision); [GrantCheck] (a request against a grant); [CertificatePolicy] (who a
/// peer is); [GrantStore] (the client's side: which token to show); [Routes] and [RevocationList]
/// (what a directory brings). `capability.proto` is the specification of the bytes.
///
/// Everything but the store is a pure function of its arguments and may be called by any thread:
/// time comes in. Private keys print as the id of their public half; tokens as their hash.
@NullMarked
package dev.farcap.capability;

import org.jspecify.annotations.NullMarked;
