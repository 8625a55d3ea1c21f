// How long an Ethernet frame takes to another host of the segment and back, without anything else:
// the floor under what a link over nic:// can reach.
//
//   cc -O2 -o nic-pingpong benchmarks/src/main/c/nic-pingpong.c
//   deploy/netns/hosts up
//   ./nic-pingpong farcap-a:wire0 farcap-b:wire0 [BYTES [ROUNDS]]
//
// Each end is INTERFACE, or NAMESPACE:INTERFACE. BYTES are those behind the Ethernet header, 100
// unless said otherwise; ROUNDS are measured, after a tenth of as many that are not. Both ends
// sleep in the kernel while they wait. Prints one line of JSON, times in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The other EtherType for experiments, so that no link is disturbed.
#define ETHER_TYPE 0x88B6
#define HEADER_BYTES 14
#define FRAME_BYTES_MAX (HEADER_BYTES + 9000)

struct end {
  int socket;
  unsigned char mac[6];
};

static void fail(const char *what) {
  fprintf(stderr, "nic-pingpong: %s: %s\n", what, strerror(errno));
  exit(1);
}

// Opens a socket at INTERFACE or NAMESPACE:INTERFACE; a socket stays in the namespace in which it
// was opened.
static struct end open_end(const char *where, int home) {
  const char *colon = strchr(where, ':');
  const char *interface = colon ? colon + 1 : where;
  if (colon) {
    char path[256];
    snprintf(path, sizeof path, "/var/run/netns/%.*s", (int)(colon - where), where);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || setns(namespace, CLONE_NEWNET) < 0) fail(path);
    close(namespace);
  }
  struct end end = {.socket = socket(AF_PACKET, SOCK_RAW, 0)};
  if (end.socket < 0) fail("socket");
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
  if (ioctl(end.socket, SIOCGIFHWADDR, &request) < 0) fail(where);
  memcpy(end.mac, request.ifr_hwaddr.sa_data, sizeof end.mac);
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(ETHER_TYPE),
      .sll_ifindex = (int)if_nametoindex(interface),
  };
  if (bind(end.socket, (struct sockaddr *)&address, sizeof address) < 0) fail(where);
  if (setns(home, CLONE_NEWNET) < 0) fail("setns");
  return end;
}

static void write_header(unsigned char *frame, struct end from, struct end to) {
  memcpy(frame, to.mac, 6);
  memcpy(frame + 6, from.mac, 6);
  frame[12] = ETHER_TYPE >> 8;
  frame[13] = ETHER_TYPE & 0xFF;
}

static void echo(struct end self, struct end other) {
  unsigned char frame[FRAME_BYTES_MAX];
  for (;;) {
    ssize_t bytes = recv(self.socket, frame, sizeof frame, 0);
    if (bytes < HEADER_BYTES) continue;
    write_header(frame, self, other);
    if (send(self.socket, frame, (size_t)bytes, 0) < 0) fail("send");
  }
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static double round_trip_us(struct end self, unsigned char *frame, size_t bytes, uint64_t number) {
  unsigned char answer[FRAME_BYTES_MAX];
  memcpy(frame + HEADER_BYTES, &number, sizeof number);
  double began = now_us();
  if (send(self.socket, frame, bytes, 0) < 0) fail("send");
  for (;;) {
    if (recv(self.socket, answer, sizeof answer, 0) < 0) fail("no answer");
    if (memcmp(answer + HEADER_BYTES, &number, sizeof number) == 0) return now_us() - began;
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static long number(const char *text, long min, long max) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*end || value < min || value > max) {
    fprintf(stderr, "nic-pingpong: %s is not a number from %ld to %ld\n", text, min, max);
    exit(2);
  }
  return value;
}

int main(int argc, char **argv) {
  if (argc < 3 || argc > 5) {
    fprintf(stderr, "usage: nic-pingpong [NAMESPACE:]IF [NAMESPACE:]IF [BYTES [ROUNDS]]\n");
    return 2;
  }
  size_t bytes = HEADER_BYTES + (size_t)(argc > 3 ? number(argv[3], 46, 9000) : 100);
  long rounds = argc > 4 ? number(argv[4], 10, 100000000) : 100000;
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (home < 0) fail("/proc/self/ns/net");
  struct end a = open_end(argv[1], home), b = open_end(argv[2], home);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) echo(b, a);
  struct timeval patience = {.tv_sec = 2};
  setsockopt(a.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  unsigned char frame[FRAME_BYTES_MAX] = {0};
  write_header(frame, a, b);
  double *took = calloc((size_t)rounds, sizeof *took);
  if (!took) fail("memory");
  uint64_t sent = 0;
  for (long i = 0; i < rounds / 10; i++) round_trip_us(a, frame, bytes, sent++);
  double began = now_us();
  for (long i = 0; i < rounds; i++) took[i] = round_trip_us(a, frame, bytes, sent++);
  double seconds = (now_us() - began) / 1e6;
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  qsort(took, (size_t)rounds, sizeof *took, ascending);
  printf(
      "{\"bytes\": %zu, \"rounds\": %ld, \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
      "\"per_second\": %.0f}\n",
      bytes - HEADER_BYTES, rounds, took[rounds / 2], took[rounds * 99 / 100],
      took[rounds * 999 / 1000], rounds / seconds);
  return 0;
}
