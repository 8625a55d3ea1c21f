/// What tests need around them: a Consul of their own, and a wire to it that can be disturbed.
///
/// Nothing here knows Farcap. [ConsulServer] starts what `testkit/consul` fetched; [Wire] is a TCP
/// proxy. Both may be used by any thread, and end with the process at the latest.
@NullMarked
package dev.farcap.testkit;

import org.jspecify.annotations.NullMarked;
