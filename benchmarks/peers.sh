#!/usr/bin/env bash
# Compares Farcap with other programs on this machine; a wrong option shows how.
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

jdk=$(deploy/src/main/dist/bin/find-jdk 25)

packages=()
command -v haproxy >/dev/null || packages+=(haproxy)
command -v nginx >/dev/null || packages+=(nginx-light)
command -v stunnel >/dev/null || packages+=(stunnel4)
command -v etcd >/dev/null || packages+=(etcd-server)
if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "peers: missing; install them (Debian: apt-get install ${packages[*]})" >&2
    exit 1
  fi
  # Only the programs are wanted, not the services: in runlevel 1 packages start none.
  apt-get update -qq
  RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  for service in haproxy nginx stunnel4 etcd; do
    systemctl disable --now "$service" >/dev/null 2>&1 || true
  done
fi

./farcap --version >/dev/null # builds it, if need be
mvn -B -q -Pbenchmarks -pl benchmarks -am -Dquick -DskipTests process-classes
exec "$jdk/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" \
  dev.farcap.benchmark.Benchmarks peers "$@"
