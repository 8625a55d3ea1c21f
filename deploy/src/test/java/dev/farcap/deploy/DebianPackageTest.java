package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A life of the Debian package, in order, at a host whose systemd runs both proxies by the units
/// and examples that it brings. Runs once it is made: after the phase package.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
final class DebianPackageTest {
  /// Of systemd-analyze: 0 is locked up, 10 runs as root.
  private static final double EXPOSURE_MAX = 2.0;

  private static final List<String> PROXIES = List.of("farcap@host-b", "farcap@host-a");

  /// Where the package, its proxies and its users leave something.
  private static final String EVERYWHERE =
      "find /etc /usr /lib/systemd /var /run ! -path '/var/lib/dpkg/*' ! -path '/var/log/*'"
          + " ! -path '/usr/lib/jvm/*' -name '*farcap*' ! -name 'farcap-test*' | sort";

  private Path folder;
  private DebianHost host;
  private int lines;

  @BeforeAll
  void prepare() throws Exception {
    String built = System.getProperty("farcap.package");
    assumeTrue(built != null, "is for mvn verify");
    assumeTrue(DebianHost.isPossible(), "needs root, dpkg, systemd and cgroup2");
    // Not a @TempDir: the host's users must reach it.
    folder = Files.createTempDirectory("farcap-debian");
    Files.copy(Path.of(Objects.requireNonNull(built)), folder.resolve("farcap.deb"));
    host = DebianHost.up(folder);
    installJavaPackage();
  }

  /// The Java of this machine need not come from a package: one that says it is there.
  private void installJavaPackage() throws Exception {
    Path control = Files.createDirectories(folder.resolve("java/DEBIAN")).resolve("control");
    Files.writeString(
        control,
        """
        Package: farcap-test-java
        Version: 1
        Architecture: all
        Maintainer: nobody <nobody@example.org>
        Provides: java25-runtime-headless
        Description: the Java of this machine
        """);
    host.good("dpkg-deb", "--build", "/mnt/java", "/mnt/java.deb");
    host.good("dpkg", "--install", "/mnt/java.deb");
  }

  @AfterAll
  void stop() throws Exception {
    if (host != null) {
      host.close();
      new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    }
  }

  // ---- as it is

  @Test
  @Order(1)
  void lintianFindsNoError() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/lintian")), "lintian is not installed");

    Command.Result found =
        host.run("lintian", "--allow-root", "--fail-on", "error", "/mnt/farcap.deb");

    assertEquals(0, found.code(), found.toString());
  }

  @Test
  @Order(2)
  void isInstalledForAllUsersAndRunsNothingByItself() throws Exception {
    assertEquals("", host.good("bash", "-c", EVERYWHERE));

    host.good("dpkg", "--install", "/mnt/farcap.deb");

    assertEquals("ok installed", host.good("dpkg-query", "-Wf${Status}", "farcap").substring(8));
    assertEquals("", host.good("dpkg", "--verify", "farcap"));
    assertTrue(host.good("id", "farcap").contains("farcap"));
    assertEquals("/usr/sbin/nologin\n", host.sh("getent passwd farcap | cut -d: -f7"));
    assertEquals("root\n", host.sh("stat -c %U /var/cache/farcap/*.jsa"));
    assertTrue(host.good("setpriv", "--reuid=65534", "farcap", "--version").startsWith("farcap "));
    assertEquals("", host.sh("systemctl list-units --no-legend 'farcap@*'"));
  }

  @Test
  @Order(3)
  void unitHasNoMistakeAndLittleReach() throws Exception {
    host.good("systemd-analyze", "verify", "--man=no", "/lib/systemd/system/farcap@.service");

    assertTrue(exposure("farcap@host-a") <= EXPOSURE_MAX, "exposure " + exposure("farcap@host-a"));
  }

  private double exposure(String unit) throws Exception {
    String analysis = host.good("systemd-analyze", "security", "--no-pager", unit + ".service");
    MatchResult level =
        Pattern.compile("exposure level for \\S+: ([0-9.]+)")
            .matcher(analysis)
            .results()
            .findFirst()
            .orElseThrow(() -> new AssertionError(analysis));
    return Double.parseDouble(level.group(1));
  }

  // ---- proxies

  @Test
  @Order(4)
  void proxiesStartFromTheExamples() throws Exception {
    host.sh(
        """
        cd /etc/farcap
        farcap ca init lab --out /mnt/realm >/dev/null
        bundle=$(farcap ca issue host-b --ca /mnt/realm --out host-b/credentials | sed -n 's/^trustBundle *//p')
        farcap ca issue host-a --ca /mnt/realm --out host-a/credentials >/dev/null
        mkdir host-a/grants
        for service in ROM LOG; do
          farcap ca grant host-a $service --ca /mnt/realm --server host-b --label-prefix app1 \\
            --out host-a/grants/$service.grant >/dev/null
        done
        for file in /usr/share/doc/farcap/examples/*.yaml; do
          sed "s/TRUST-BUNDLE/$bundle/" $file >${file##*/}
        done
        chown -R farcap: host-a host-b
        mkdir /srv/roms
        echo one >/srv/roms/config
        echo 127.0.0.1 host-b >>/etc/hosts
        """);

    host.good("systemctl", "enable", "--now", "--quiet", PROXIES.get(0), PROXIES.get(1));

    assertUsed();
    for (String proxy : PROXIES) {
      assertEquals("active\n", host.good("systemctl", "is-active", proxy));
      assertEquals("0000000000000000", told(proxy, "CapBnd"));
      assertEquals("1", told(proxy, "NoNewPrivs"));
      assertEquals("2", told(proxy, "Seccomp"));
      assertTrue(!told(proxy, "Uid").startsWith("0"), told(proxy, "Uid"));
    }
  }

  /// Both proxies do what they are for.
  private void assertUsed() throws Exception {
    String socket = "/run/farcap/host-a/app1.sock";
    assertEquals("one\n", host.good("farcap", "rom", "get", "config", "--socket", socket));
    String line = "line " + ++lines;
    host.good("farcap", "log", "write", "--socket", socket, line);
    Await.until(
        () -> host.sh("cat /var/lib/farcap/host-b/app.log").contains(line),
        () -> journal("farcap@*"));
  }

  /// What the kernel says of a proxy.
  private String told(String proxy, String name) throws Exception {
    String status = host.good("cat", "/proc/" + main(proxy) + "/status");
    return status
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .findFirst()
        .map(line -> line.substring(name.length() + 1).strip())
        .orElseThrow(() -> new AssertionError(status));
  }

  private String main(String proxy) throws Exception {
    return host.good("systemctl", "show", "--value", "--property=MainPID", proxy).strip();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/farcap/host-a/credentials/x",
        "/var/lib/farcap/host-b/x",
        "/var/cache/farcap/host-b/x"
      })
  @Order(5)
  void proxyCannotWriteWhereItsUserCould(String path) throws Exception {
    Command.Result result =
        host.run(
            "nsenter",
            "-t",
            main("farcap@host-a"),
            "-m",
            "setpriv",
            "--reuid=farcap",
            "--regid=farcap",
            "--clear-groups",
            "touch",
            path);

    assertNotEquals(0, result.code(), result.toString());
  }

  @Test
  @Order(6)
  void reloadReadsEverythingAgainInTheSameProcess() throws Exception {
    String before = main("farcap@host-a");

    host.good("systemctl", "reload", "farcap@host-a");

    Await.until(() -> journal("farcap@host-a").contains("reloading"), () -> journal("farcap@*"));
    Await.until(
        () -> host.run("systemctl", "is-active", "farcap@host-a").out().equals("active\n"),
        () -> journal("farcap@*"));
    assertEquals(before, main("farcap@host-a"));
  }

  private String journal(String proxies) throws Exception {
    return host.good("journalctl", "--no-pager", "-u", proxies);
  }

  @Test
  @Order(7)
  void proxyThatDiesIsStartedAgain() throws Exception {
    String before = main("farcap@host-b");

    host.good("kill", "-KILL", before);

    Await.until(
        () ->
            !Set.of(before, "0").contains(main("farcap@host-b"))
                && host.run("systemctl", "is-active", "farcap@host-b").out().equals("active\n"),
        () -> journal("farcap@host-b"));
    assertUsed();
  }

  @ParameterizedTest
  @CsvSource({
    "quic, quic://0.0.0.0:7443, quic://host-b:7443",
    "shm, shm:///run/farcap/host-b/link, shm:///run/farcap/host-b/link",
    "tls, tls://0.0.0.0:7443, tls://host-b:7443"
  })
  @Order(8)
  void everyMediumOfIpAndMemoryIsWithinReach(String medium, String listen, String address)
      throws Exception {
    listen(listen);
    host.sh(
        "sed -i 's#addresses: .*#addresses: [\"%s\"]#' /etc/farcap/directory.yaml"
            .formatted(address));

    host.good("systemctl", "restart", PROXIES.get(0), PROXIES.get(1));

    assertUsed();
    assertTrue(host.good("farcap", "status", "/etc/farcap/host-a.yaml").contains(medium));
  }

  private void listen(String addresses) throws Exception {
    host.sh(
        "sed -i 's#listen: .*#listen: [\"%s\"]#' /etc/farcap/host-b.yaml"
            .formatted(addresses.replace(" ", "\", \"")));
  }

  @Test
  @Order(9)
  void onlyTheDropInGivesRawEthernet() throws Exception {
    host.sh(
        """
        ip link add wire0 type veth peer name wire1
        ip link set wire0 up
        ip link set wire1 up
        """);
    listen("tls://0.0.0.0:7443 nic://wire0");
    assertNotEquals(0, host.run("systemctl", "restart", "farcap@host-b").code());

    host.sh(
        """
        install -D -m 644 /usr/share/doc/farcap/examples/nic.conf \\
          /etc/systemd/system/farcap@host-b.service.d/nic.conf
        systemctl daemon-reload
        systemctl restart farcap@host-b
        """);

    assertEquals("0000000000002000", told("farcap@host-b", "CapBnd"));
    assertEquals("0000000000002000", told("farcap@host-b", "CapEff"));
    assertTrue(exposure("farcap@host-b") <= EXPOSURE_MAX + 0.5, "" + exposure("farcap@host-b"));
    assertUsed();
  }

  // ---- another version

  @Test
  @Order(10)
  void upgradeRestartsProxiesAndKeepsWhatWasEdited() throws Exception {
    host.sh(
        """
        echo FARCAP_LOG=debug >>/etc/default/farcap
        dpkg-deb --raw-extract /mnt/farcap.deb /mnt/next
        sed -i 's/^Version: .*/Version: 99.0/' /mnt/next/DEBIAN/control
        dpkg-deb -Zgzip -z1 --root-owner-group --build /mnt/next /mnt/next.deb
        """);
    String before = main("farcap@host-a");

    host.good("dpkg", "--install", "/mnt/next.deb");

    assertEquals("99.0", host.good("dpkg-query", "-Wf${Version}", "farcap"));
    assertNotEquals(before, main("farcap@host-a"));
    assertTrue(host.sh("cat /etc/default/farcap").endsWith("FARCAP_LOG=debug\n"));
    assertUsed();
  }

  // ---- its end

  @Test
  @Order(11)
  void removalStopsProxiesAndKeepsWhatIsTheirs() throws Exception {
    host.good("dpkg", "--remove", "farcap");

    assertEquals("", host.sh("systemctl list-units --no-legend 'farcap@*'"));
    assertEquals("", host.sh("pgrep -u farcap || true"));
    Set<String> left = new TreeSet<>(host.sh(EVERYWHERE).lines().toList());
    assertEquals(
        Set.of(
            "/etc/default/farcap",
            "/etc/farcap",
            "/etc/systemd/system/farcap@host-b.service.d",
            "/etc/systemd/system/multi-user.target.wants/farcap@host-a.service",
            "/etc/systemd/system/multi-user.target.wants/farcap@host-b.service",
            "/var/lib/farcap"),
        left);
    assertTrue(host.sh("ls -a /var/lib/farcap/host-b").contains("app.log"));
  }

  @Test
  @Order(12)
  void purgeLeavesOnlyWhatTheOperatorWrote() throws Exception {
    host.good("dpkg", "--purge", "farcap");

    assertEquals("/etc/farcap\n/etc/systemd/system/farcap@host-b.service.d\n", host.sh(EVERYWHERE));
    assertTrue(host.sh("ls /etc/farcap/host-a/credentials").contains("holder.key"));
    assertNotEquals(0, host.run("dpkg-query", "-W", "farcap").code());
  }

  @Test
  @Order(13)
  void afterInstallingAndPurgingNothingIsLeft() throws Exception {
    host.good("rm", "-r", "/etc/farcap", "/etc/systemd/system/farcap@host-b.service.d");
    host.good("dpkg", "--install", "/mnt/farcap.deb");

    host.good("dpkg", "--purge", "farcap");

    assertEquals("", host.sh(EVERYWHERE));
  }
}
