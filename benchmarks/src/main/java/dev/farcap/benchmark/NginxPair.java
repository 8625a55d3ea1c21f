package dev.farcap.benchmark;

import dev.farcap.benchmark.NativePair.End;
import java.nio.file.Path;
import java.util.List;

/// nginx: HTTP/2 in, `grpc_pass` out, a worker for each processor, connections to the next hop
/// kept.
final class NginxPair implements NativePair.Program {
  /// Bounds that end connections or streams sooner are lifted: they are not what is measured.
  private static final String CONFIG =
      """
      daemon off;
      worker_processes auto;
      pid nginx.pid;
      error_log stderr error;
      events { worker_connections 1024; }
      http {
        access_log off;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        keepalive_requests 1000000000;
        client_max_body_size 0;
        client_body_buffer_size 256k;
        grpc_read_timeout 1h;
        grpc_send_timeout 1h;
        upstream next {
          server 127.0.0.1:%d;
          keepalive 128;
          keepalive_requests 1000000000;
        }
        server {
          listen 127.0.0.1:%d %s;
          %s
        }
      }
      """;

  @Override
  public String version(Path folder) {
    return NativeProcess.output(List.of("nginx", "-v"), folder)
            .strip()
            .replace("nginx version: ", "")
        + ", worker_processes auto, keepalive 128";
  }

  @Override
  public String client(End end, int front, int between) {
    return CONFIG.formatted(
        between,
        front,
        "http2",
        """
        location / {
            grpc_pass grpcs://next;
            grpc_ssl_certificate %1$s;
            grpc_ssl_certificate_key %1$s;
            grpc_ssl_trusted_certificate %2$s;
            grpc_ssl_verify on;
            grpc_ssl_name host-b.bench;
            grpc_ssl_protocols TLSv1.3;
            grpc_ssl_conf_command Ciphersuites %3$s;
          }
        """
            .formatted(end.leaf(), end.authority(), NativePair.CIPHER));
  }

  @Override
  public String server(End end, int between, int backend) {
    return CONFIG.formatted(
        backend,
        between,
        "ssl http2",
        """
        ssl_certificate %1$s;
          ssl_certificate_key %1$s;
          ssl_client_certificate %2$s;
          ssl_verify_client on;
          ssl_protocols TLSv1.3;
          ssl_conf_command Ciphersuites %3$s;
          location / { grpc_pass grpc://next; }
        """
            .formatted(end.leaf(), end.authority(), NativePair.CIPHER));
  }

  @Override
  public List<String> command(Path config) {
    return List.of(
        "nginx",
        "-e",
        "stderr",
        "-p",
        config.resolveSibling("").toString(),
        "-c",
        config.toString());
  }
}
