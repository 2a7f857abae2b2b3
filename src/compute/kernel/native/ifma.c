// Montgomery multiplication of eight pairs of numbers at once, radix 2^52, with AVX-512 IFMA; and the loops over it.
//
// Source: P. Montgomery, "Modular multiplication without trial division", Math. Comp. 44 (1985), by rows in blocks of
// four; S. Gueron, V. Krasnov, "Accelerating big integer arithmetic using Intel IFMA extensions", ARITH 2016, for the
// radix. Rows are L limbs of 64 bits; a vector array holds the same limb of eight rows in a vector.
//
// Bounds. The caller chooses 52·L >= bits(n) + 2; R = 2^(52·L) >= 4n.
// - Range: for a, b < 2n the result is (a·b + q·n) / R with q < R, hence below 4n²/R + n <= 2n: results are inputs again,
//   and one conditional subtraction brings one below n. As 2n <= R/2 the top limb is below 2^51, the others below 2^52,
//   which is what vpmadd52 reads of them.
// - Columns: a column gets at most 2L halves of products from a·b and 2L from q·n, each below 2^52, and a carry below
//   2^12: below 2^64 for L <= 1023. MOST_LIMBS is 320.
#include "ifma.h"

#include <immintrin.h>
#include <stdlib.h>
#include <string.h>

typedef __m512i V;
#define LANES 8
#define MOST_LIMBS 320
#define MASK ((1ULL << 52) - 1)
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")
#define LO(sum, x, y) _mm512_madd52lo_epu64(sum, x, y)
#define HI(sum, x, y) _mm512_madd52hi_epu64(sum, x, y)

static __thread V N[MOST_LIMBS] __attribute__((aligned(64)));
static __thread V ACC[MOST_LIMBS] __attribute__((aligned(64)));
static __thread V OTHER[MOST_LIMBS] __attribute__((aligned(64)));
static __thread V SUM[MOST_LIMBS] __attribute__((aligned(64)));
static __thread V INVERSE;

// K rows of a·b: adds a·b[0…K), empties K columns by adding a multiple of n, moves down by K.
#define BLOCK(K)                                                                                   \
  INLINE void block##K(V *restrict t, const V *a, const V *b, const V *n, V inverse, const int L) { \
    V bb[K], q[K], carry = _mm512_setzero_si512();                                                 \
    UNROLL for (int k = 0; k < K; k++) bb[k] = b[k];                                               \
    UNROLL for (int r = 0; r < K; r++) {                                                           \
      V x = _mm512_add_epi64(t[r], carry), y = _mm512_setzero_si512();                             \
      UNROLL for (int k = 0; k <= r; k++) x = LO(x, a[r - k], bb[k]);                              \
      UNROLL for (int k = 0; k < r; k++) y = HI(y, a[r - 1 - k], bb[k]);                           \
      UNROLL for (int k = 0; k < r; k++) {                                                         \
        y = LO(y, n[r - k], q[k]);                                                                 \
        x = HI(x, n[r - 1 - k], q[k]);                                                             \
      }                                                                                            \
      x = _mm512_add_epi64(x, y);                                                                  \
      q[r] = LO(_mm512_setzero_si512(), x, inverse);                                               \
      carry = _mm512_srli_epi64(LO(x, n[0], q[r]), 52);                                            \
    }                                                                                              \
    for (int j = K; j < L; j++) {                                                                  \
      V x = _mm512_add_epi64(t[j], carry), y = _mm512_setzero_si512();                             \
      V z = y, u = y;                                                                              \
      carry = y;                                                                                   \
      UNROLL for (int k = 0; k < K; k++) {                                                         \
        x = LO(x, a[j - k], bb[k]);                                                                \
        y = HI(y, a[j - 1 - k], bb[k]);                                                            \
        z = LO(z, n[j - k], q[k]);                                                                 \
        u = HI(u, n[j - 1 - k], q[k]);                                                             \
      }                                                                                            \
      t[j - K] = _mm512_add_epi64(_mm512_add_epi64(x, y), _mm512_add_epi64(z, u));                 \
    }                                                                                              \
    UNROLL for (int j = 0; j < K; j++) {                                                           \
      V x = j == 0 ? carry : _mm512_setzero_si512();                                               \
      UNROLL for (int k = j; k < K; k++) {                                                         \
        if (k > j) x = LO(x, a[L + j - k], bb[k]);                                                 \
        x = HI(x, a[L + j - 1 - k], bb[k]);                                                        \
        if (k > j) x = LO(x, n[L + j - k], q[k]);                                                  \
        x = HI(x, n[L + j - 1 - k], q[k]);                                                         \
      }                                                                                            \
      t[L - K + j] = x;                                                                            \
    }                                                                                              \
  }
BLOCK(1)
BLOCK(2)
BLOCK(3)
BLOCK(4)

// out = a·b / R, below 2n for a and b below 2n; out may be a or b.
static __attribute__((noinline)) void multiply(V *out, const V *a, const V *b, const int L) {
  V t[MOST_LIMBS] __attribute__((aligned(64)));
  const V mask = _mm512_set1_epi64(MASK), inverse = INVERSE;
  if (L < 3) __builtin_unreachable();
  for (int j = 0; j < L; j++) t[j] = _mm512_setzero_si512();
  int i = 0;
  for (; i + 4 <= L; i += 4) block4(t, a, b + i, N, inverse, L);
  if ((L & 3) == 1) block1(t, a, b + i, N, inverse, L);
  if ((L & 3) == 2) block2(t, a, b + i, N, inverse, L);
  if ((L & 3) == 3) block3(t, a, b + i, N, inverse, L);
  V carry = _mm512_setzero_si512();
  for (int j = 0; j < L; j++) {
    const V x = _mm512_add_epi64(t[j], carry);
    out[j] = _mm512_and_si512(x, mask);
    carry = _mm512_srli_epi64(x, 52);
  }
}

// Every call begins here: another machine may have used this thread since.
static int begin(const Machine *m) {
  const int L = (int)m->limbs;
  const uint64_t *modulus = (const uint64_t *)((const uint8_t *)m + m->modulus);
  for (int j = 0; j < L; j++) N[j] = _mm512_set1_epi64((long long)modulus[j]);
  INVERSE = _mm512_set1_epi64((long long)m->inverse);
  return L;
}

INLINE void put(V *x, int lane, const uint64_t *row, int L) {
  for (int j = 0; j < L; j++) memcpy((uint8_t *)x + 64 * j + 8 * lane, row + j, 8);
}

INLINE void take(uint64_t *row, const V *x, int lane, int L) {
  for (int j = 0; j < L; j++) memcpy(row + j, (const uint8_t *)x + 64 * j + 8 * lane, 8);
}

// Eight rows into a vector array, by transposing blocks of eight limbs.
INLINE void gather(V *x, const uint64_t *const p[LANES], int L) {
  int j = 0;
  for (; j + 8 <= L; j += 8) {
    V r[8], s[8], u[8];
    UNROLL for (int k = 0; k < 8; k++) r[k] = _mm512_loadu_si512(p[k] + j);
    UNROLL for (int k = 0; k < 8; k += 2) {
      s[k] = _mm512_unpacklo_epi64(r[k], r[k + 1]);
      s[k + 1] = _mm512_unpackhi_epi64(r[k], r[k + 1]);
    }
    UNROLL for (int k = 0; k < 8; k += 4) {
      u[k] = _mm512_shuffle_i64x2(s[k], s[k + 2], 0x88);
      u[k + 1] = _mm512_shuffle_i64x2(s[k + 1], s[k + 3], 0x88);
      u[k + 2] = _mm512_shuffle_i64x2(s[k], s[k + 2], 0xdd);
      u[k + 3] = _mm512_shuffle_i64x2(s[k + 1], s[k + 3], 0xdd);
    }
    UNROLL for (int k = 0; k < 2; k++) {
      x[j + k] = _mm512_shuffle_i64x2(u[k], u[k + 4], 0x88);
      x[j + 2 + k] = _mm512_shuffle_i64x2(u[k + 2], u[k + 6], 0x88);
      x[j + 4 + k] = _mm512_shuffle_i64x2(u[k], u[k + 4], 0xdd);
      x[j + 6 + k] = _mm512_shuffle_i64x2(u[k + 2], u[k + 6], 0xdd);
    }
  }
  for (; j < L; j++) {
    x[j] = _mm512_set_epi64((long long)p[7][j], (long long)p[6][j], (long long)p[5][j], (long long)p[4][j],
                            (long long)p[3][j], (long long)p[2][j], (long long)p[1][j], (long long)p[0][j]);
  }
}

// Rows i … i + 7 of `rows`; the last one again where there are no more.
INLINE void gather_rows(V *x, const uint64_t *rows, int i, int count, int L) {
  const uint64_t *p[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    const long k = i + lane < count ? i + lane : count - 1;
    p[lane] = rows + k * L;
  }
  gather(x, p, L);
}

INLINE void spread(V *x, const uint64_t *row, int L) {
  for (int j = 0; j < L; j++) x[j] = _mm512_set1_epi64((long long)row[j]);
}

INLINE void scatter_rows(uint64_t *rows, const V *x, int i, int count, int L) {
  for (int lane = 0; lane < LANES && i + lane < count; lane++) take(rows + (long)(i + lane) * L, x, lane, L);
}

void ifma_from_bytes(const Machine *m, uint64_t *rows, const uint8_t *bytes, int length, int count) {
  const int L = (int)m->limbs;
  for (int i = 0; i < count; i++, rows += L, bytes += length) {
    for (int j = 0; j < L; j++) {
      const int from = 52 * j / 8;
      uint64_t x = 0;
      if (from + 8 <= length) {
        memcpy(&x, bytes + length - 8 - from, 8);
        x = __builtin_bswap64(x);
      } else {
        for (int k = length - 1; k >= from; k--) x = x << 8 | bytes[length - 1 - k];
      }
      rows[j] = x >> (52 * j % 8) & MASK;
    }
  }
}

void ifma_to_bytes(const Machine *m, uint8_t *bytes, const uint64_t *rows, int length, int count) {
  const int L = (int)m->limbs;
  for (int i = 0; i < count; i++, rows += L, bytes += length) {
    for (int k = 0; k < length; k += 8) {
      int j = 8 * k / 52, have = 52 - 8 * k % 52;
      uint64_t x = j < L ? rows[j] >> (8 * k % 52) : 0;
      while (have < 64 && ++j < L) {
        x |= rows[j] << have;
        have += 52;
      }
      if (k + 8 <= length) {
        x = __builtin_bswap64(x);
        memcpy(bytes + length - 8 - k, &x, 8);
      } else {
        for (int b = k; b < length; b++, x >>= 8) bytes[length - 1 - b] = (uint8_t)x;
      }
    }
  }
}

void ifma_multiply_rows(const Machine *m, uint64_t *out, const uint64_t *a, const uint64_t *b, int step, int count) {
  const int L = begin(m);
  if (step == 0) spread(OTHER, b, L);
  for (int i = 0; i < count; i += LANES) {
    gather_rows(ACC, a, i, count, L);
    if (step != 0) gather_rows(OTHER, b, i, count, L);
    multiply(ACC, ACC, OTHER, L);
    scatter_rows(out, ACC, i, count, L);
  }
}

void ifma_reduce_rows(const Machine *m, uint64_t *rows, int count) {
  const int L = (int)m->limbs;
  const uint64_t *n = (const uint64_t *)((const uint8_t *)m + m->modulus);
  uint64_t less[MOST_LIMBS];
  for (int i = 0; i < count; i++, rows += L) {
    int64_t borrow = 0;
    for (int j = 0; j < L; j++) {
      const int64_t d = (int64_t)rows[j] - (int64_t)n[j] + borrow;
      less[j] = (uint64_t)d & MASK;
      borrow = d >> 52;
    }
    if (borrow == 0) memcpy(rows, less, 8 * (size_t)L);
  }
}

// Returns 0 when there is no memory for the table.
int ifma_power_rows(const Machine *m, uint64_t *out, const uint64_t *rows, const uint32_t *windows, int window_count, int digits, int count) {
  const int L = begin(m);
  V *table = aligned_alloc(64, 64 * (size_t)L * (size_t)digits);
  if (table == NULL) return 0;
  for (int i = 0; i < count; i += LANES) {
    gather_rows(table, rows, i, count, L);
    if (digits > 1) {
      multiply(OTHER, table, table, L);
      for (int d = 1; d < digits; d++) multiply(table + (long)d * L, table + (long)(d - 1) * L, OTHER, L);
    }
    memcpy(ACC, table + (long)(windows[1] >> 1) * L, 64 * (size_t)L);
    for (int w = 1; w < window_count; w++) {
      for (uint32_t k = 0; k < windows[2 * w]; k++) multiply(ACC, ACC, ACC, L);
      const uint32_t digit = windows[2 * w + 1];
      if (digit > 0) multiply(ACC, ACC, table + (long)(digit >> 1) * L, L);
    }
    scatter_rows(out, ACC, i, count, L);
  }
  // The table may hold powers of a secret.
  memset(table, 0, 64 * (size_t)L * (size_t)digits);
  __asm__ volatile("" : : "r"(table) : "memory");
  free(table);
  return 1;
}

// Eight bytes of the exponent at once, a lane each.
void ifma_fill_table(const Machine *m, uint64_t *table, const uint64_t *one, const uint64_t *base, int bytes) {
  const int L = begin(m);
  spread(SUM, base, L);
  for (int w = 0; w < bytes; w += LANES) {
    uint64_t row[MOST_LIMBS];
    for (int lane = 0; lane < LANES; lane++) {
      take(row, SUM, 0, L);
      put(OTHER, lane, row, L);
      for (int k = 0; k < 8; k++) multiply(SUM, SUM, SUM, L);
    }
    spread(ACC, one, L);
    for (int d = 0; d < 256; d++) {
      for (int lane = 0; lane < LANES && w + lane < bytes; lane++) {
        take(table + (256L * (w + lane) + d) * L, ACC, lane, L);
      }
      multiply(ACC, ACC, OTHER, L);
    }
  }
}

void ifma_raise_base(const Machine *m, uint64_t *rows, const uint64_t *table, const uint8_t *exponents, int bytes, int count) {
  const int L = begin(m);
  for (int i = 0; i < count; i += LANES) {
    gather_rows(ACC, rows, i, count, L);
    for (int w = 0; w < bytes; w++) {
      const uint64_t *p[LANES];
      for (int lane = 0; lane < LANES; lane++) {
        const long k = i + lane < count ? i + lane : count - 1;
        p[lane] = table + (256L * w + exponents[k * bytes + bytes - 1 - w]) * L;
      }
      gather(OTHER, p, L);
      multiply(ACC, ACC, OTHER, L);
    }
    scatter_rows(rows, ACC, i, count, L);
  }
}

void ifma_fill_buckets(const Machine *m, uint64_t *out, const uint64_t *rows, const uint32_t *order, const uint32_t *start, int count, const uint64_t *one) {
  const int L = begin(m);
  const uint64_t *p[LANES];
  int bucket[LANES], next = 0;
  uint32_t at[LANES], end[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    bucket[lane] = -1;
    at[lane] = end[lane] = 0;
    p[lane] = one;
  }
  spread(ACC, one, L);
  for (;;) {
    int active = 0;
    for (int lane = 0; lane < LANES; lane++) {
      while (at[lane] == end[lane]) {
        if (bucket[lane] >= 0) take(out + (long)bucket[lane] * L, ACC, lane, L);
        bucket[lane] = -1;
        p[lane] = one;
        if (next == count) break;
        at[lane] = start[next];
        end[lane] = start[next + 1];
        if (at[lane] == end[lane]) memcpy(out + (long)next * L, one, 8 * (size_t)L);
        else {
          bucket[lane] = next;
          put(ACC, lane, rows + (long)order[at[lane]++] * L, L);
        }
        next++;
      }
      if (bucket[lane] >= 0) {
        p[lane] = rows + (long)order[at[lane]++] * L;
        active++;
      }
    }
    if (active == 0) return;
    gather(OTHER, p, L);
    multiply(ACC, ACC, OTHER, L);
  }
}

void ifma_weigh_buckets(const Machine *m, uint64_t *total, const uint64_t *buckets, int count, int squarings, const uint64_t *one) {
  const int L = begin(m);
  const uint64_t *p[LANES];
  for (int lane = 0; lane < LANES; lane++) p[lane] = total + (lane & 1) * L;
  gather(SUM, p, L);
  for (int k = 0; k < squarings; k++) multiply(SUM, SUM, SUM, L);
  spread(ACC, one, L);
  for (int d = count - 1; d >= 0; d--) {
    for (int lane = 0; lane < LANES; lane++) p[lane] = buckets + ((long)d + (long)(lane & 1) * count) * L;
    gather(OTHER, p, L);
    multiply(ACC, ACC, OTHER, L);
    multiply(SUM, SUM, ACC, L);
  }
  take(total, SUM, 0, L);
  take(total + L, SUM, 1, L);
}
