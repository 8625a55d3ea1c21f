#!/usr/bin/env bash
# Files of one host, read and followed on another.
set -eu
cd "$(dirname "$0")"
. ../pair.sh

pair_begin
pair_grant rom ROM --label-prefix app1
roms=$pair/host-b/roms
mkdir "$roms"
echo 'resolution: 1024x768' >"$roms/config"
pair_server
pair_client
app1=$pair/host-a/run/app1.sock
guest=$pair/host-a/run/guest.sock
copy=$pair/host-a/config

say "A program at app1 reads 'config'"
farcap rom get config --socket "$app1" --to "$copy"
cmp "$roms/config" "$copy" || fail "what arrived is not what is shared"

say "A program at app1 follows 'config': number, length, SHA-256"
farcap rom watch config --count 3 --to "$copy" --socket "$app1" >"$pair/versions" &
watch_pid=$!
pair_owns "$watch_pid"
seen() { [ "$(wc -l <"$pair/versions")" -ge "$1" ]; }
await "the first version" seen 1

# Written beside, then renamed: a reader sees the old version or the new one, never a half.
echo 'resolution: 1920x1080' >"$roms/.config.new"
mv "$roms/.config.new" "$roms/config"
await "the second version" seen 2
cmp "$roms/config" "$copy" || fail "the change has not arrived"

rm "$roms/config"
await "the third version" seen 3
wait "$watch_pid"
cat "$pair/versions"
grep -q ' absent$' "$pair/versions" || fail "the removal has not arrived"

say "'motd' has no file: its default is served"
farcap rom get motd --socket "$app1" | tee "$pair/motd"
[ "$(cat "$pair/motd")" = "Welcome." ] || fail "expected the default content"

say "A program at guest has no grant"
code=0
farcap rom get motd --socket "$guest" || code=$?
[ "$code" = 3 ] || fail "expected exit code 3, found $code"
grep 'reason=NO_GRANT' "$pair/host-a/proxy.log" || fail "expected an audit line"

say "Done: read, followed, refused"
