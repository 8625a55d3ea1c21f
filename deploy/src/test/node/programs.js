// Programs on npm's @grpc/grpc-js, at the sockets of a pair. They know nothing of Farcap but its
// services. programs.py is the same on another library: keep them alike.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const { MAKE, ROMS, APP, LOCAL, PROTOS } = process.env;
const PATIENCE_S = 30;

const names = ["rom", "log", "signal", "session"].map((name) => `farcap/${name}/v1/${name}.proto`);
const options = { includeDirs: PROTOS.split(path.delimiter), keepCase: true, enums: String, defaults: true };
const definition = loadSync(names, options);
const { farcap } = grpc.loadPackageDefinition(definition);

const client = (Service, address) => new Service(address, grpc.credentials.createInsecure());
const rom = client(farcap.rom.v1.Rom, APP);
const log = client(farcap.log.v1.Log, APP);
const sessions = client(farcap.session.v1.Sessions, APP);
const signals = {
  app: client(farcap.signal.v1.Signals, APP),
  local: client(farcap.signal.v1.Signals, LOCAL),
};
const calls = new grpc.Client(APP, grpc.credentials.createInsecure());

// ---- What every scenario needs

const patience = (seconds = PATIENCE_S) => ({ deadline: new Date(Date.now() + 1000 * seconds) });
const same = (bytes) => bytes;

function metadata(pairs = []) {
  const result = new grpc.Metadata();
  for (const [name, value] of pairs) result.add(name, value);
  return result;
}

const label = (name) => metadata([["farcap-label", name]]);

// A unary call of proof.Kinds: what came back, and with which headers and trailers.
function unary(message, pairs, { method = "/proof.Kinds/UNARY", seconds } = {}) {
  return new Promise((resolve, reject) => {
    const seen = {};
    const done = (error, reply) => (error ? reject(error) : (seen.reply = reply));
    const call = calls.makeUnaryRequest(
      method, same, same, message, metadata(pairs), patience(seconds), done);
    call.on("metadata", (headers) => (seen.headers = headers));
    call.on("status", (status) => {
      seen.trailers = status.metadata;
      if (status.code === grpc.status.OK) resolve(seen);
    });
  });
}

const serverStreaming = (message, pairs) =>
  calls.makeServerStreamRequest(
    "/proof.Kinds/SERVER_STREAMING", same, same, message, metadata(pairs), patience());

const bidiStreaming = () =>
  calls.makeBidiStreamRequest("/proof.Kinds/BIDI_STREAMING", same, same, metadata(), patience());

// A unary method of a loaded service.
const ask = (service, method, request, meta = metadata()) =>
  new Promise((resolve, reject) =>
    service[method](request, meta, patience(), (error, reply) =>
      error ? reject(error) : resolve(reply)));

async function all(stream) {
  const replies = [];
  for await (const reply of stream) replies.push(reply);
  return replies;
}

// The replies of a stream one by one; cancel() ends it from this side.
function replies(stream) {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: async () => (await iterator.next()).value,
    cancel: () => {
      stream.on("error", () => {});
      stream.cancel();
    },
  };
}

async function failure(promise) {
  let result;
  try {
    result = await promise;
  } catch (error) {
    return error;
  }
  assert.fail(`expected a failure, found ${result}`);
}

// ---- ROM

// Written beside, then renamed. Returns the SHA-256.
function publish(name, content) {
  const fresh = path.join(ROMS, `.${name}.new`);
  fs.writeFileSync(fresh, content);
  fs.renameSync(fresh, path.join(ROMS, name));
  return createHash("sha256").update(content).digest("hex");
}

async function awaitVersion(versions, sha256) {
  while ((await versions.next()).sha256.toString("hex") !== sha256);
}

async function rom_is_read() {
  const name = `read-by-${MAKE}`;
  const sha256 = publish(name, randomBytes(200_000));
  const versions = replies(rom.Watch({}, label(name), patience()));
  await awaitVersion(versions, sha256);
  versions.cancel();

  const chunks = await all(rom.Read({}, label(name), patience()));

  const content = Buffer.concat(chunks.map((chunk) => chunk.data));
  assert.equal(createHash("sha256").update(content).digest("hex"), sha256);
  assert.equal(chunks[0].version.sha256.toString("hex"), sha256);
}

async function rom_is_watched_as_it_changes() {
  const name = `watched-by-${MAKE}`;
  const first = publish(name, "first");
  const versions = replies(rom.Watch({}, label(name), patience()));
  await awaitVersion(versions, first);

  await awaitVersion(versions, publish(name, "second"));

  fs.unlinkSync(path.join(ROMS, name));
  assert.equal((await versions.next()).absent, true);
  versions.cancel();
}

// ---- LOG

async function log_lines_are_written() {
  const texts = [0, 1, 2].map((number) => `${MAKE} ${number}, naïve`);
  const lines = texts.map((text) => ({ text, level: "WARNING" }));
  const shown = replies(log.Tail({ lines: 1000 }, metadata(), patience()));

  await ask(log, "Write", { lines }, label(MAKE));

  for (const text of texts) {
    let reply;
    do reply = await shown.next();
    while (reply.label !== `host-a -> app -> ${MAKE}`);
    assert.deepEqual([reply.line.text, reply.line.level], [text, "WARNING"]);
  }
  shown.cancel();
}

// ---- The kinds of calls

async function unary_call() {
  const { reply } = await unary(Buffer.from("hello"));
  assert.equal(reply.toString(), "hello");
}

async function server_stream() {
  const received = await all(serverStreaming(Buffer.from("hello")));
  assert.deepEqual(received.map(String), ["hello", "hello", "hello"]);
}

async function client_stream() {
  const reply = await new Promise((resolve, reject) => {
    const call = calls.makeClientStreamRequest(
      "/proof.Kinds/CLIENT_STREAMING", same, same, metadata(), patience(),
      (error, answer) => (error ? reject(error) : resolve(answer)));
    for (const text of ["a", "", "b"]) call.write(Buffer.from(text));
    call.end();
  });
  assert.equal(reply.toString(), "ab");
}

async function echoed(sent) {
  const call = bidiStreaming();
  for (const message of sent) call.write(message);
  call.end();
  const received = await all(call);
  assert.equal(received.length, sent.length);
  sent.forEach((message, at) => assert.ok(received[at].equals(message), `message ${at}`));
}

const bidi_stream = () =>
  echoed(Array.from({ length: 100 }, (_, number) => Buffer.from(`message ${number}`)));

const long_messages = () => echoed([randomBytes(3 << 20), Buffer.alloc(0), randomBytes(65_537)]);

// Several values of one name, in their order; raw bytes; apart as headers and trailers.
async function metadata_passes_unchanged() {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
  const { headers, trailers } = await unary(Buffer.alloc(0), [
    ["x-text", "one"],
    ["x-text", "two: %41, ~"],
    ["x-data-bin", bytes],
    ["x-data-bin", Buffer.from([7])],
  ]);
  for (const seen of [headers, trailers]) {
    // This library shows several values of one name as HTTP joins them.
    assert.equal(seen.get("x-text").join(", "), "one, two: %41, ~");
    assert.deepEqual(seen.get("x-data-bin"), [bytes, Buffer.from([7])]);
  }
}

async function status_passes_unchanged() {
  const failed = await failure(
    unary(Buffer.alloc(0), [
      ["x-fail", "yes"],
      ["x-text", "why"],
      ["x-data-bin", Buffer.from([0, 255])],
    ]));
  assert.equal(failed.code, grpc.status.FAILED_PRECONDITION);
  assert.equal(failed.details, "100 % naïve → no");
  assert.deepEqual(failed.metadata.get("x-text"), ["why"]);
  assert.deepEqual(failed.metadata.get("x-data-bin"), [Buffer.from([0, 255])]);
  assert.deepEqual(
    failed.metadata.get("grpc-status-details-bin"), [Buffer.from([8, 9, 18, 0, 255])]);
  assert.deepEqual(failed.metadata.get("farcap-origin"), [], "it is the server's own");
}

async function deadline_ends_both_sides() {
  const held = `deadline of ${MAKE}`;
  const failed = await failure(unary(Buffer.alloc(0), [["x-hold", held]], { seconds: 0.3 }));
  // A gRPC server for Java, as the front door is one, resets a stream whose deadline has passed.
  // Where that comes before this library's own timer, it calls it cancelled.
  const { DEADLINE_EXCEEDED, CANCELLED } = grpc.status;
  assert.ok([DEADLINE_EXCEEDED, CANCELLED].includes(failed.code), String(failed));
  await unary(Buffer.alloc(0), [["x-await-cancel", held]]);
}

async function cancellation_reaches_the_server() {
  const held = `cancel of ${MAKE}`;
  const call = serverStreaming(Buffer.alloc(0), [["x-hold", held]]);
  await once(call, "metadata"); // The server has it.
  call.cancel();
  const failed = await failure(all(call));
  assert.equal(failed.code, grpc.status.CANCELLED);
  await unary(Buffer.alloc(0), [["x-await-cancel", held]]);
}

// ---- Signals

// A context for the session on proof.Kinds under a label: its reference, its deliveries.
async function context(service, asked) {
  const { reference } = await ask(service, "Create", { service: "proof.Kinds", label: asked });
  return { reference, deliveries: replies(service.Receive({ reference }, patience())) };
}

async function raiseUntilDelivered(sender, reference, deliveries) {
  for (let i = 0; i < 3; i++) await ask(sender, "Submit", { reference });
  let edges = 0;
  while (edges < 3) edges += Number((await deliveries.next()).edges);
  assert.equal(edges, 3);
  deliveries.cancel();
}

async function signal_comes_from_the_servers_side() {
  const { reference, deliveries } = await context(signals.app, "");
  const { reply } = await unary(reference);
  await raiseUntilDelivered(signals.local, reply, deliveries);
}

async function signal_goes_to_the_servers_side() {
  const { headers } = await unary(Buffer.alloc(0));
  const [effective] = headers.get("x-label");
  const { reference, deliveries } = await context(signals.local, effective);
  await raiseUntilDelivered(signals.app, reference, deliveries);
}

async function context_dies_with_its_stream() {
  const { reference, deliveries } = await context(signals.app, "");
  await ask(signals.app, "Submit", { reference });
  await deliveries.next(); // It lives; this library does not always cancel what it has not sent yet.

  deliveries.cancel();

  let failed;
  do failed = await failure(all(signals.app.Receive({ reference }, patience())));
  while (failed.code === grpc.status.ALREADY_EXISTS);
  assert.equal(failed.code, grpc.status.NOT_FOUND, String(failed));
}

// ---- Sessions, refusals

async function session_lives_as_long_as_its_stream() {
  const stream = replies(sessions.Open({ service: "proof.Kinds", label: "desk" }, patience()));
  const handle = [["farcap-session", (await stream.next()).handle]];
  // The handle holds on the listener, whatever connection a call takes.
  const { headers } = await unary(Buffer.alloc(0), handle);
  assert.deepEqual(headers.get("x-label"), ["host-a -> app -> desk"]);

  stream.cancel();

  let failed;
  while (!failed) failed = await unary(Buffer.alloc(0), handle).then(() => null, (error) => error);
  assert.equal(failed.code, grpc.status.UNAVAILABLE, String(failed));
}

async function refusal_says_who_and_whether_executed() {
  const failed = await failure(
    unary(Buffer.alloc(0), [], { method: "/proof.Others/UNARY" }));
  assert.equal(failed.code, grpc.status.PERMISSION_DENIED);
  assert.match(failed.details, /^no grant for proof\.Others/);
  assert.deepEqual(failed.metadata.get("farcap-origin"), ["client-proxy"]);
  assert.deepEqual(failed.metadata.get("farcap-outcome"), ["not-executed"]);
}

async function unknown_method_is_unimplemented() {
  const failed = await failure(
    unary(Buffer.alloc(0), [], { method: "/farcap.rom.v1.Rom/Missing" }));
  assert.equal(failed.code, grpc.status.UNIMPLEMENTED);
}

// ---- Plays the scenario named on each line of stdin: see OtherProgram.java

const scenarios = {
  rom_is_read,
  rom_is_watched_as_it_changes,
  log_lines_are_written,
  unary_call,
  server_stream,
  client_stream,
  bidi_stream,
  long_messages,
  metadata_passes_unchanged,
  status_passes_unchanged,
  deadline_ends_both_sides,
  cancellation_reaches_the_server,
  signal_comes_from_the_servers_side,
  signal_goes_to_the_servers_side,
  context_dies_with_its_stream,
  session_lives_as_long_as_its_stream,
  refusal_says_who_and_whether_executed,
  unknown_method_is_unimplemented,
};

console.log("== ready");
for await (const name of createInterface({ input: process.stdin })) {
  try {
    await scenarios[name]();
    console.log("== held");
  } catch (error) {
    console.log(error?.stack ?? String(error));
    console.log("== failed");
  }
}
process.exit(0);
