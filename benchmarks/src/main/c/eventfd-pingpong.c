/*
 * Two processes that share memory wake each other by eventfds: the least that a message between two
 * processes costs where both sleep.
 *
 *   eventfd-pingpong BYTES ROUNDS
 *
 * Copies BYTES there and back, ROUNDS times, and prints one line of JSON with the median round trip
 * in microseconds. Exit code 1, with a reason, if the system refuses something.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BYTES_MAX = 65536, ROUNDS_MAX = 100000000 };

struct shared {
  char there[BYTES_MAX];
  char back[BYTES_MAX];
};

static void check(int ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(1);
  }
}

static void ring(int bell) {
  uint64_t one = 1;
  check(write(bell, &one, sizeof one) == sizeof one, "eventfd-pingpong: write");
}

static void await(int bell) {
  uint64_t count;
  check(read(bell, &count, sizeof count) == sizeof count, "eventfd-pingpong: read");
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
  return (left > right) - (left < right);
}

int main(int argc, char **argv) {
  long bytes = argc == 3 ? atol(argv[1]) : 0;
  long rounds = argc == 3 ? atol(argv[2]) : 0;
  if (bytes < 1 || bytes > BYTES_MAX || rounds < 1 || rounds > ROUNDS_MAX) {
    fprintf(stderr, "usage: eventfd-pingpong BYTES ROUNDS, 1..%d and 1..%d\n", BYTES_MAX, ROUNDS_MAX);
    return 2;
  }
  struct shared *memory =
      mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  check(memory != MAP_FAILED, "eventfd-pingpong: mmap");
  int there = eventfd(0, 0), back = eventfd(0, 0);
  check(there >= 0 && back >= 0, "eventfd-pingpong: eventfd");

  pid_t other = fork();
  check(other >= 0, "eventfd-pingpong: fork");
  if (other == 0) {
    for (;;) {
      await(there);
      if (memory->there[0] == 0) {
        return 0;
      }
      memcpy(memory->back, memory->there, bytes);
      ring(back);
    }
  }

  int32_t *nanos = malloc(rounds * sizeof *nanos);
  check(nanos != NULL, "eventfd-pingpong: malloc");
  char *message = malloc(bytes), *answer = malloc(bytes);
  check(message != NULL && answer != NULL, "eventfd-pingpong: malloc");
  memset(message, 1, bytes);
  for (long i = 0; i < rounds; i++) {
    int64_t begun = now();
    memcpy(memory->there, message, bytes);
    ring(there);
    await(back);
    memcpy(answer, memory->back, bytes);
    nanos[i] = (int32_t)(now() - begun);
  }
  memory->there[0] = 0;
  ring(there);
  check(waitpid(other, NULL, 0) == other, "eventfd-pingpong: waitpid");

  qsort(nanos, rounds, sizeof *nanos, ascending);
  printf("{\"bytes\": %ld, \"rounds\": %ld, \"p50_us\": %.3f}\n", bytes, rounds, nanos[rounds / 2] / 1e3);
  return 0;
}
