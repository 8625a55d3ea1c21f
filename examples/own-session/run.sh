#!/usr/bin/env bash
# docs/own-session.md, command by command, in a fresh folder.
set -eu
cd "$(dirname "$0")"
. ../pair.sh
sources=$(cd ../.. && pwd)

/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null && command -v protoc >/dev/null ||
  fail "this example needs Debian's packages python3-protobuf, protobuf-compiler, libprotobuf-dev and python3-grpcio"

# The commands as a reader types them: this JDK, this farcap, Debian's Python.
pair_folder
cd "$pair"
mkdir bin
ln -s "$("$sources/deploy/src/main/dist/bin/find-jdk" 25)/bin/java" bin/java
ln -s /usr/bin/python3 bin/python3
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v "$farcap_command")" >bin/farcap
chmod +x bin/farcap
PATH=$pair/bin:$PATH
unset -f farcap

say "The interface and the programs, built in a folder of their own"
cp -r "$sources"/examples/own-session/{pom.xml,src,client.py,host-a,host-b} .
if [ -n "${EXAMPLE_CLASSES:-}" ]; then
  # A test has just built all this in another folder.
  classes=$EXAMPLE_CLASSES
else
  mvn -q -f "$sources" -Dquick -Dmaven.test.skip=true -pl node -am install
  mvn -q package
  classes='target/classes:target/lib/*'
fi

say "A realm: two hosts, and grants for two programs"
farcap ca init lab --out realm
farcap ca issue host-a --ca realm --out host-a/credentials
farcap ca issue host-b --ca realm --out host-b/credentials
mkdir host-a/grants
farcap ca grant host-a acme.bell.Bell --ca realm --server host-b --label-prefix hall --out host-a/grants/hall.grant
farcap ca grant host-a acme.bell.Bell --ca realm --server host-b --label-prefix app1 --out host-a/grants/app1.grant
sed -i "s/TRUST-BUNDLE/$(sha256sum realm/trust.bundle | cut -d ' ' -f 1)/" host-?/*.yaml

say "BellServer on host-b: a node of its own, no server-proxy"
mkfifo stdin
java --enable-native-access=ALL-UNNAMED -cp "$classes" example.bell.BellServer host-b/server.yaml <stdin >host-b/server.log 2>&1 &
pair_owns $!
exec 9>stdin
await "the server" grep -q '^serving at' host-b/server.log
address=$(sed -n 's/^serving at //p' host-b/server.log)
sed -i "s|SERVER-ADDRESS|$address|" host-a/directory.yaml

# What both clients show, whoever rings.
expect() {
  printf '%s\n' "rung by: host-a -> $1" 'signal: came' 'watched: 1 more' 'refused: at most 3 strokes' >expected
  cmp expected shown || fail "a client shows something else"
}

say "BellClient on host-a: a node of its own, no client-proxy"
java --enable-native-access=ALL-UNNAMED -cp "$classes" example.bell.BellClient host-a/client.yaml 2>host-a/client.log | tee shown
expect "hall -> door"

say "A client in Python on host-a, at a client-proxy"
farcap check host-a/proxy.yaml
farcap client-proxy host-a/proxy.yaml >host-a/proxy.log 2>&1 &
pair_owns $!
await "the client-proxy" pair_ready host-a/proxy.log
mkdir python
protoc --python_out=python -I src/main/protobuf -I "$sources/proto/options/src/main/protobuf" \
  -I "$sources/proto/schema/src/main/protobuf" acme/bell/bell.proto farcap/options.proto farcap/signal/v1/signal.proto
PYTHONPATH=python python3 client.py unix:host-a/run/app1.sock | tee shown
expect "app1 -> garden"

say "A tool, which has the schema from the server"
farcap call host-a/run/app1.sock acme.bell.Bell/Ring '{"strokes": 1}' --label garden | tee shown
grep -q '"number": 5' shown || fail "the call shows something else"

say "Done: rung, watched, signalled, refused"
