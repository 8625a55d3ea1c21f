package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `cap inspect` shows and `cap verify` judges.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CapTest {
  private Path folder;
  private Command farcap;
  private String holderKey;

  @BeforeAll
  void prepare(@TempDir Path temporary) throws Exception {
    folder = temporary;
    farcap = new Command(temporary);
    good("ca", "init", "lab");
    good("ca", "init", "other", "--out", "other-ca");
    holderKey = good("ca", "issue", "host-a", "--out", "host-a").fact("holderKey");
    good("ca", "issue", "host-b", "--out", "host-b");
    good(
        "ca grant host-a ROM --server host-b --label-prefix app1 --method Read --out rom.grant"
            .split(" "));
    byte[] damaged = Files.readAllBytes(folder.resolve("rom.grant"));
    damaged[damaged.length - 1] ^= 1;
    Files.write(folder.resolve("damaged.grant"), damaged);
    Files.writeString(folder.resolve("garbage.grant"), "garbage");
    Files.writeString(folder.resolve("garbage"), "garbage");
  }

  private Command.Result good(String... arguments) throws Exception {
    Command.Result result = farcap.run(arguments);
    assertEquals(0, result.code(), result.toString());
    return result;
  }

  // ---- inspect

  @Test
  void aGrantIsShownInFull() throws Exception {
    Command.Result shown = good("cap", "inspect", "rom.grant");

    assertEquals("grant", shown.fact("kind"));
    assertEquals(holderKey, shown.fact("holderKey"));
    assertEquals("farcap.rom.v1.Rom", shown.fact("service"));
    assertEquals("Read", shown.fact("methods"));
    assertEquals("0", shown.fact("delegationDepth"));
    assertEquals("-", shown.fact("flags"));
    assertEquals(64, shown.fact("revocationId").length());
  }

  @Test
  void jsonHasTheSameFields() throws Exception {
    Command.Result shown = good("cap", "inspect", "rom.grant", "--output", "json");
    JsonNode json = new ObjectMapper().readTree(shown.out());

    assertEquals(21, json.size(), shown.out());
    assertEquals(holderKey, json.at("/holderKey").asText());
    assertEquals(1000, json.at("/sessions").asInt());
  }

  @Test
  void aGrantSaysWhatItsSessionsMayUse() throws Exception {
    good(
        ("ca grant host-a LOG --server host-b --any-label --out log.grant --sessions 2 --calls 3"
                + " --calls-per-second 4 --buffered 5000 --objects 6")
            .split(" "));
    JsonNode json =
        new ObjectMapper().readTree(good("cap", "inspect", "log.grant", "--output", "json").out());

    assertEquals(2, json.at("/sessions").asInt());
    assertEquals(3, json.at("/callsInFlight").asInt());
    assertEquals(4, json.at("/callsPerSecond").asInt());
    assertEquals(5000, json.at("/bufferedBytes").asInt());
    assertEquals(6, json.at("/references").asInt());
  }

  @Test
  void aCertificateIsShownInFull() throws Exception {
    JsonNode leaf =
        new ObjectMapper()
            .readTree(good("cap", "inspect", "host-a/leaf.pem", "--output", "json").out())
            .get(0);

    assertEquals("farcap://lab/host-a", leaf.at("/identity/0").asText());
    assertEquals(holderKey, leaf.at("/holderKey").asText());
    assertFalse(leaf.at("/authority").asBoolean());
    assertEquals("digitalSignature", leaf.at("/keyUsage/0").asText());
  }

  @Test
  void aTrustBundleIsShownInFull() throws Exception {
    String out = good("cap", "inspect", "host-a/trust.bundle").out();

    assertTrue(out.contains("CAP_ISSUE  ACTIVE  Ed25519"), out);
    assertTrue(out.contains("TLS_CA  ACTIVE  ECDSA P-256"), out);
  }

  // ---- verify

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rom.grant --ca ca                                                  | 0 | accepted |
          rom.grant --bundle host-b/trust.bundle                             | 0 | accepted |
          rom.grant --ca ca --holder host-a/leaf.pem                         | 0 | accepted |
          rom.grant --ca ca --service ROM --server host-b --label app1       | 0 | accepted |
          rom.grant --ca ca --service ROM --server host-b --label app1 --method Read | 0 | accepted |
          host-a/leaf.pem --ca ca                                            | 0 | accepted |
          rom.grant --ca ca --holder host-b/leaf.pem                         | 3 | denied   | HOLDER
          rom.grant --ca ca --at 2000-01-01T00:00:00Z                        | 0 | accepted |
          rom.grant --ca ca --at 2100-01-01T00:00:00Z                        | 3 | denied   | KEY_STATE
          rom.grant --ca other-ca                                            | 3 | denied   | REALM
          damaged.grant --ca ca                                              | 3 | denied   | SIGNATURE
          garbage.grant --ca ca                                              | 3 | denied   | PARSE
          rom.grant --ca ca --service LOG --server host-b --label app1       | 3 | denied   | SERVICE
          rom.grant --ca ca --service ROM --server host-c --label app1       | 3 | denied   | SERVER
          rom.grant --ca ca --service ROM --server host-b --label app10      | 3 | denied   | LABEL
          rom.grant --ca ca --service ROM --server host-b --label app1 --method Watch | 3 | denied | METHOD
          host-a/leaf.pem --ca other-ca                                      | 3 | denied   | REALM
          host-a/leaf.pem --ca ca --at 2100-01-01T00:00:00Z                  | 3 | denied   | TIME
          """)
  void verdictIsThatOfTheVerifier(String line, int code, String verdict, String reason)
      throws Exception {
    Command.Result result = farcap.run(("cap verify " + line).split(" "));

    assertEquals(code, result.code(), result.toString());
    assertEquals(verdict, result.fact("verdict"));
    if (reason != null) {
      assertEquals(reason, result.fact("reason"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cap                                               | 2 | farcap: which command of 'cap'?
          cap inspect                                       | 2 | farcap: Missing required parameter: 'FILE'
          cap inspect nowhere                               | 1 | farcap: nowhere: there is no such file
          cap inspect host-a                                | 1 | farcap: host-a: is a folder, expected a file
          cap inspect host-a/holder.key                     | 1 | farcap: host-a/holder.key holds a private key, which is never shown
          cap inspect garbage                               | 1 | farcap: garbage is no certificate, no grant (
          cap inspect garbage.grant                         | 1 | farcap: garbage.grant is no well-formed grant: PARSE
          cap verify rom.grant                              | 2 | farcap: Error: Missing required argument
          cap verify rom.grant --ca nowhere                 | 1 | farcap: nowhere/trust.bundle
          cap verify rom.grant --bundle garbage             | 1 | farcap: garbage is no trust bundle
          cap verify rom.grant --ca ca --service ROM        | 2 | farcap: a session is asked about by --service and --server together
          cap verify rom.grant --ca ca --holder garbage     | 1 | farcap: garbage is no certificate
          cap verify rom.grant --ca ca --at noon            | 2 | farcap: Invalid value for option '--at'
          ca grant host-a ROM --server host-b --any-label --out x.grant --sessions 0 | 2 | farcap: quota out of range: sessions 0
          ca grant host-a ROM --server host-b --any-label --out x.grant --calls many | 2 | farcap: Invalid value for option '--calls'
          cap verify host-a/trust.bundle --ca ca            | 2 | farcap: host-a/trust.bundle is a trust bundle
          """)
  void mistakeIsNamed(String line, int code, String message) throws Exception {
    Command.Result result = farcap.run(line.split(" "));

    assertEquals(code, result.code(), result.toString());
    assertTrue(result.err().startsWith(message), result.err());
    assertEquals("", result.out());
  }
}
