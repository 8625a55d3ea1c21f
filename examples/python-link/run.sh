#!/usr/bin/env bash
# A program that speaks the link itself, in another language than ours.
set -eu
cd "$(dirname "$0")"
. ../pair.sh

python=/usr/bin/python3
"$python" -c 'import grpc, google.protobuf' 2>/dev/null && command -v protoc >/dev/null ||
  fail "this example needs Debian's packages python3-protobuf, protobuf-compiler, libprotobuf-dev and python3-grpcio"

pair_begin
pair_grant counter example.Counter --label-prefix app1
pair_grant narrow example.Counter --label-prefix narrow --method Total
pair_grant rom ROM --label-prefix app1
# A grant that works only for another host's holder key.
farcap ca grant host-b example.Counter --ca "$pair/realm" --server host-b --label-prefix app1 \
  --out "$pair/host-a/grants/stolen.grant" >/dev/null
mkdir "$pair/host-b/roms"
echo 'resolution: 1024x768' >"$pair/host-b/roms/config"
pair_server

say "A gRPC server on host-b"
"$python" backend.py "unix:$pair/host-b/counter.sock" &
pair_owns $!
await "the server's socket" test -S "$pair/host-b/counter.sock"

say "Protobuf's Python for wire.proto, capability.proto and rom.proto"
mkdir "$pair/python"
protoc --python_out="$pair/python" -I ../../proto/wire -I ../../proto/capability \
  -I ../../proto/options/src/main/protobuf -I ../../proto/schema/src/main/protobuf \
  farcap/wire/v1/wire.proto farcap/capability/v1/capability.proto farcap/rom/v1/rom.proto \
  farcap/options.proto

say "The program on host-a: no proxy, one link"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$pair/python "$python" show.py --address "${server_address#tls://}" \
  --trust-bundle "$trust_bundle" --credentials "$pair/host-a/credentials" \
  --grants "$pair/host-a/grants" --roms "$pair/host-b/roms"

say "Why the server refused, as its audit log says"
for reason in HOLDER LABEL NO_TOKEN; do
  grep -m 1 "decision=refused reason=$reason " "$pair/host-b/proxy.log" || fail "no audit line for $reason"
done

say "Done: called, streamed, resumed, signalled, refused"
