#!/usr/bin/env bash
# Measures the routing directory on this machine; a wrong option shows how.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

jdk=$(deploy/src/main/dist/bin/find-jdk 25)
mvn -B -q -Pbenchmarks -pl benchmarks -am -Dquick -DskipTests process-classes
exec "$jdk/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" \
  dev.farcap.benchmark.Benchmarks directory "$@"
