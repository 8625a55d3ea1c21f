/// Media that fail on purpose and by seed: for tests of what is above them.
///
/// [FaultyDatagrams] loses, repeats, delays and spoils the packets under QUIC. Decorators: they
/// wrap what they make fail, and are on no path where nothing shall.
@NullMarked
package dev.farcap.transport.faulty;

import org.jspecify.annotations.NullMarked;
