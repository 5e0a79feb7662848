/*
 * The tick of the random networks of bench/random-network.ts in C: what native code with the same data structures reaches (16-bit
 * potentials, byte masks, rows gathered for sixteen cores at a time), with 256-bit vectors and prefetch.
 *
 *   truenorth FILE WARM_UP REPETITIONS TICKS
 *
 * FILE: nCores, shared (0 or 1), leak, threshold as i32; rows [nCores, 256] of 256 bits, types [nCores, 256] u8, routes
 * [nCores, 256] u32 (axon | delay << 8 | core << 14), potentials [nCores, 256] i16, weights i8 [nCores or 1, 4, 256]. Neurons leak, fire at the threshold, reset linearly and saturate at minus the threshold.
 *
 * Prints seconds of CPU time per repetition, then a hash of the potentials (FNV-1a over 32-bit values).
 */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int8_t bytes __attribute__((vector_size(32)));
typedef int16_t shorts __attribute__((vector_size(32)));
typedef uint64_t words __attribute__((vector_size(32)));
typedef int8_t half __attribute__((vector_size(16)));

enum { BATCH = 16, SLOTS = 16 };

static int nCores, shared, leak, threshold;
static uint8_t *rows, *types;
static uint32_t *routes;
static int16_t *potentials;
static int8_t *weights;
static uint64_t *ring;
static uint64_t operations, spikes;

static void *take(size_t size) {
  void *p = aligned_alloc(64, (size + 63) / 64 * 64);
  if (!p) exit(2);
  return p;
}

static void fill(FILE *file, void *to, size_t size) {
  if (fread(to, 1, size, file) != size) exit(3);
}

/* Neuron 64 k + 8 b + l becomes bit b of byte 8 k + l. */
static void transposeRows(void) {
  uint64_t *all = (uint64_t *)rows;
  for (size_t i = 0; i < (size_t)nCores * 1024; i++) {
    uint64_t x = all[i], t;
    t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aa, x ^= t ^ (t << 7);
    t = (x ^ (x >> 14)) & 0x0000cccc0000cccc, x ^= t ^ (t << 14);
    t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0, x ^= t ^ (t << 28);
    all[i] = x;
  }
}

static uint32_t list[BATCH * 256 + 1], fired[BATCH * 256];
static int16_t sums[256] __attribute__((aligned(64)));

static void accumulate(int core, const uint32_t *from, const uint32_t *to, int add) {
  const int8_t *weight0 = weights + (shared ? 0 : (size_t)core * 1024);
  const uint8_t *row0 = rows + (size_t)core * 8192;
  const bytes m0 = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8};
  const bytes m1 = {16, 16, 16, 16, 16, 16, 16, 16, 32, 32, 32, 32, 32, 32, 32, 32,
                    64, 64, 64, 64, 64, 64, 64, 64, -128, -128, -128, -128, -128, -128, -128, -128};
  for (int k = 0; k < 4; k++) {
    bytes a0 = {0}, a1 = {0};
    for (const uint32_t *p = from; p < to; p++) {
      uint64_t row;
      memcpy(&row, row0 + (*p & 255) * 32 + k * 8, 8);
      const bytes x = (bytes)(words){row, row, row, row};
      const bytes *w = (const bytes *)(weight0 + (*p >> 8) * 256 + k * 64);
      a0 += ((x & m0) == m0) & w[0];
      a1 += ((x & m1) == m1) & w[1];
    }
    half parts[4];
    memcpy(parts, &a0, 32);
    memcpy(parts + 2, &a1, 32);
    for (int i = 0; i < 4; i++) {
      shorts *at = (shorts *)(sums + k * 64 + i * 16);
      const shorts wide = __builtin_convertvector(parts[i], shorts);
      *at = add ? *at + wide : wide;
    }
  }
}

static int update(int core, uint32_t *out) {
  shorts *v = (shorts *)(potentials + (size_t)core * 256);
  const shorts *sum = (const shorts *)sums;
  int n = 0;
  for (int i = 0; i < 16; i++) {
    shorts next = v[i] + sum[i] + (int16_t)leak;
    const shorts fire = next >= (int16_t)threshold;
    next -= fire & (int16_t)threshold;
    const shorts floor = (shorts){0} - (int16_t)threshold;
    const shorts low = next < floor;
    v[i] = (low & floor) | (~low & next);
    const words any = (words)fire;
    if (!(any[0] | any[1] | any[2] | any[3])) continue;
    for (int lane = 0; lane < 16; lane++) {
      out[n] = (uint32_t)core * 256 + i * 16 + lane;
      n += fire[lane] & 1;
    }
  }
  return n;
}

static void tick(uint32_t now) {
  for (int core0 = 0; core0 < nCores; core0 += BATCH) {
    const int end = core0 + BATCH < nCores ? core0 + BATCH : nCores;
    uint32_t *bounds[BATCH + 1], *p = list;
    for (int core = core0; core < end; core++) {
      uint64_t *axons = ring + ((size_t)(now % SLOTS) * nCores + core) * 4;
      bounds[core - core0] = p;
      for (int word = 0; word < 4; word++) {
        for (uint64_t bits = axons[word]; bits; bits &= bits - 1) {
          const uint32_t axon = word * 64 + __builtin_ctzll(bits);
          __builtin_prefetch(rows + (size_t)core * 8192 + axon * 32);
          *p++ = axon | (uint32_t)types[(size_t)core * 256 + axon] << 8;
        }
        axons[word] = 0;
      }
      bounds[core - core0 + 1] = p;
    }
    uint32_t *out = fired;
    for (int core = core0; core < end; core++) {
      const uint32_t *from = bounds[core - core0], *to = bounds[core - core0 + 1];
      if (from == to) memset(sums, 0, sizeof sums);
      /* Weights are at most 8: fifteen of them fit a byte. */
      for (const uint32_t *q = from; q < to; q += 15) accumulate(core, q, q + 15 < to ? q + 15 : to, q != from);
      for (const uint32_t *q = from; q < to; q++) {
        uint64_t row[4];
        memcpy(row, rows + (size_t)core * 8192 + (*q & 255) * 32, 32);
        for (int i = 0; i < 4; i++) operations += __builtin_popcountll(row[i]);
      }
      out += update(core, out);
    }
    for (uint32_t *q = fired; q < out; q++) {
      const uint32_t route = routes[*q];
      ring[((size_t)((now + (route >> 8 & 63)) % SLOTS) * nCores + (route >> 14)) * 4 + (route >> 6 & 3)] |=
          (uint64_t)1 << (route & 63);
    }
    spikes += out - fired;
  }
}

int main(int argc, char **argv) {
  if (argc < 5) return 1;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 1;
  int32_t header[4];
  fill(file, header, sizeof header);
  nCores = header[0], shared = header[1], leak = header[2], threshold = header[3];
  rows = take((size_t)nCores * 8192);
  types = take((size_t)nCores * 256);
  routes = take((size_t)nCores * 1024);
  potentials = take((size_t)nCores * 512);
  ring = take((size_t)SLOTS * nCores * 32);
  memset(ring, 0, (size_t)SLOTS * nCores * 32);
  weights = take((size_t)(shared ? 1 : nCores) * 1024);
  fill(file, rows, (size_t)nCores * 8192);
  fill(file, types, (size_t)nCores * 256);
  fill(file, routes, (size_t)nCores * 1024);
  fill(file, potentials, (size_t)nCores * 512);
  fill(file, weights, (size_t)(shared ? 1 : nCores) * 1024);
  fclose(file);
  transposeRows();
  const int warmUp = atoi(argv[2]), repetitions = atoi(argv[3]), nTicks = atoi(argv[4]);
  uint32_t now = 0;
  for (int i = 0; i < warmUp; i++) tick(now++);
  for (int r = 0; r < repetitions; r++) {
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int i = 0; i < nTicks; i++) tick(now++);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%.6f\n", (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) * 1e-9);
  }
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < (size_t)nCores * 256; i++) hash = (hash ^ (uint32_t)(int32_t)potentials[i]) * 16777619u;
  printf("%u\n", hash);
  return 0;
}
