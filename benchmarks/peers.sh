#!/usr/bin/env bash
# Compares Farcap with other programs on this machine; a wrong option shows how.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

jdk=$(deploy/src/main/dist/bin/find-jdk 25)

if ! command -v haproxy >/dev/null; then
  if [ "$(id -u)" != 0 ]; then
    echo "peers: haproxy is missing; install it (Debian: apt-get install haproxy)" >&2
    exit 1
  fi
  # Only the program is wanted, not the service.
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends haproxy >/dev/null
  systemctl disable --now haproxy >/dev/null 2>&1 || true
fi

./farcap --version >/dev/null # builds it, if need be
mvn -B -q -Pbenchmarks -pl benchmarks -am -Dquick -DskipTests process-classes
exec "$jdk/bin/java" -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" \
  dev.farcap.benchmark.Peers "$@"
