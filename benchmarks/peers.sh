#!/bin/sh
# Compares Farcap with other programs on this machine; --help says how.
set -eu
cd "$(dirname "$0")/.."

jdk=
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /opt/*jdk*25* "$HOME"/.sdkman/candidates/java/25*; do
  if [ -x "$home/bin/java" ] && "$home/bin/java" -version 2>&1 | grep -q '"2[5-9]'; then
    jdk=$home
    break
  fi
done
if [ -z "$jdk" ]; then
  echo "peers: no JDK 25 found; install one (Debian: apt-get install temurin-25-jdk) or set JAVA_HOME" >&2
  exit 1
fi

if ! command -v haproxy >/dev/null; then
  if [ "$(id -u)" != 0 ]; then
    echo "peers: haproxy is missing; install it (Debian: apt-get install haproxy)" >&2
    exit 1
  fi
  apt-get install -y -qq --no-install-recommends haproxy >/dev/null
  # Only the program is wanted, not the service.
  systemctl disable --now haproxy >/dev/null 2>&1 || true
fi

mvn -B -q -Pbenchmarks -pl benchmarks -am -Dquick -DskipTests process-classes
exec "$jdk/bin/java" -cp "benchmarks/target/classes:$(cat benchmarks/target/classpath)" \
  dev.farcap.benchmark.Peers "$@"
