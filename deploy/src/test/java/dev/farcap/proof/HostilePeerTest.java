package dev.farcap.proof;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.ca.Issued;
import dev.farcap.session.ServiceAlias;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What breaks the protocol loses its link, and a good link beside it goes on: a server-proxy as a
/// process, its peers in Python, written from the specification. `src/test/python/hostile.py` has
/// the scenarios.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class HostilePeerTest {
  private static final Duration LIFE = Duration.ofDays(1);

  @TempDir private static Path folder;
  private ProxyProcess server;
  private OtherProgram peer;

  @BeforeAll
  void start() throws Exception {
    assumeTrue(
        DebianPython.has("ssl"), "Debian's python3-protobuf and protobuf-compiler are missing");
    LabRealm realm = LabRealm.make(folder);
    Issued host = realm.issue("host-b");
    realm.issue("host-a");
    realm.issue("host-c");
    realm.impostor().issue("host-a");
    realm.grant(ServiceAlias.ROM.service(), "host-b", folder.resolve("rom.grant"), LIFE);
    Files.writeString(Files.createDirectory(folder.resolve("roms")).resolve("config"), "content\n");
    int port = Wire.freePort();
    server = serverProxy(host, port);
    peer =
        DebianPython.start(
            "hostile.py",
            List.of(
                "farcap/wire/v1/wire.proto",
                "farcap/capability/v1/capability.proto",
                "farcap/rom/v1/rom.proto"),
            folder,
            Map.of(
                "ADDRESS", "127.0.0.1:" + port,
                "TRUST_BUNDLE", host.bundleSha256(),
                "FOLDER", folder.toString()));
  }

  private static ProxyProcess serverProxy(Issued host, int port) throws Exception {
    Path file = folder.resolve("server.yaml");
    Files.writeString(
        file,
        """
        identity: %s
        trustBundle: %s
        state: state
        status: 0
        server:
          listen: ["tls://127.0.0.1:%d"]
          backends:
            roms: {rom: roms}
          exports: {ROM: roms}
        """
            .formatted(host.folder(), host.bundleSha256(), port));
    ProxyProcess server =
        new ProxyProcess("server-proxy", file, folder.resolve("state"), List.of());
    server.start();
    server.awaitReady(server::hasStatus);
    return server;
  }

  @AfterAll
  void stop() {
    if (peer != null) {
      peer.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "length_with_the_least_significant_byte_first",
        "length_of_zero",
        "length_beyond_the_limit",
        "frame_before_hello",
        "hello_twice",
        "hello_of_a_protocol_to_come",
        "hello_without_a_link_id",
        "hello_with_a_window_below_its_minimum",
        "bytes_that_are_no_frame",
        "frame_of_an_unknown_kind",
        "frame_with_an_unknown_field",
        "frame_of_two_kinds",
        "number_that_leaves_a_gap",
        "number_that_comes_twice",
        "numbered_kind_without_a_number",
        "state_with_a_number",
        "ack_of_what_was_never_sent",
        "credit_for_nobody",
        "slot_beyond_the_last",
        "token_beyond_the_limit",
        "session_id_of_the_other_side",
        "session_id_that_comes_twice",
        "call_in_a_session_that_was_never_opened",
        "call_id_that_comes_twice",
        "answer_to_a_call_that_was_never_made",
        "metadata_with_a_name_without_value",
        "metadata_beyond_the_limit",
        "chunk_beyond_the_limit",
        "chunk_beyond_its_message",
        "chunk_without_a_message",
        "empty_chunk_of_a_message",
        "message_within_a_message",
        "half_close_within_a_message",
        "message_beyond_the_limit",
        "long_message_that_does_not_wait",
        "more_than_the_calls_window",
        "newer_connection_replaces_the_older",
        "cut_within_a_frame_is_a_cut_before_it",
        "link_that_nobody_knows_is_not_resumed",
        "link_is_not_resumed_by_another_host",
        "link_is_not_resumed_by_another_run_of_the_host",
        "link_is_not_resumed_with_other_limits",
        "living_link_is_not_begun_afresh",
        "peer_without_a_certificate",
        "peer_of_another_realm",
        "tls_before_1_3",
        "tls_without_the_protocols_name",
        "key_exchange_without_x25519"
      })
  void losesItsLinkAndNobodyElseNotices(String scenario) throws Exception {
    peer.play(scenario);
  }
}
