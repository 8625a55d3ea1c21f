/// What single parts cost, by JMH: `benchmarks/micro.sh`. The codec's stands in its own package,
/// [dev.farcap.link.engine.CodecBenchmark].
@NullMarked
package dev.farcap.benchmark.micro;

import org.jspecify.annotations.NullMarked;
