// Numbers mod p = 2^255 - 19 with AVX-512 IFMA, eight at once: five limbs of radix 2^52, a vector for each, which holds the
// same limb of eight numbers. Nothing here depends on what the numbers are but values: no branch, no address.
//
// Bounds; a test runs this very file, from LIMB to the end of `negate`, on intervals.
// - Number: four limbs below 2^52, the top one below 2^47 + 2^12. The value is below 2p.
// - Sum: of two Numbers, or their difference and 2p: four limbs below 2^52, the top one below 2^49. Only Numbers are added
//   and subtracted, and factors may be either: vpmadd52 reads 52 bits.
// - A column of a product gets at most nine halves, each below 2^52, and those of top limbs are below 2^50. The one of
//   weight 2^260 hands on what lies above 52 bits, so that 608 = 19·2^5 times the upper columns fits into 64 bits.
#pragma once
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

typedef __m512i V;
typedef struct { V v[5]; } Number;
typedef struct { V v[5]; } Sum;

#define LANES 8
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 10")
#define LO(sum, x, y) _mm512_madd52lo_epu64(sum, x, y)
#define HI(sum, x, y) _mm512_madd52hi_epu64(sum, x, y)
#define MUL(x, y) _mm512_mullo_epi64(x, y)
#define ADD(x, y) _mm512_add_epi64(x, y)
#define SUB(x, y) _mm512_sub_epi64(x, y)
#define AND(x, y) _mm512_and_si512(x, y)
#define SHR(x, bits) _mm512_srli_epi64(x, bits)
#define ALL(x) _mm512_set1_epi64(x)
// Keeps the compiler from making shifts and additions of a product by a constant, which take twice as long.
#define HIDE(x) __asm__("" : "+v"(x))
#define LIMB ((1LL << 52) - 1)
#define TOP ((1LL << 47) - 1)

// Carries from the lower limbs into the top one.
INLINE void ripple(V *x) {
  UNROLL for (int i = 0; i < 4; i++) {
    x[i + 1] = ADD(x[i + 1], SHR(x[i], 52));
    x[i] = AND(x[i], ALL(LIMB));
  }
}

// Five columns as a Number: what lies above bit 255 counts 19 times.
INLINE void settle(V *x) {
  const V over = SHR(x[4], 47);
  x[4] = AND(x[4], ALL(TOP));
  x[0] = LO(x[0], over, ALL(19));
  ripple(x);
}

INLINE void add(Sum *out, const Number *a, const Number *b) {
  UNROLL for (int i = 0; i < 5; i++) out->v[i] = ADD(a->v[i], b->v[i]);
  ripple(out->v);
}

// a + 2p - b.
INLINE void subtract(Sum *out, const Number *a, const Number *b) {
  out->v[0] = ADD(a->v[0], SUB(ALL(2 * (LIMB - 18)), b->v[0]));
  UNROLL for (int i = 1; i < 4; i++) out->v[i] = ADD(a->v[i], SUB(ALL(2 * LIMB), b->v[i]));
  out->v[4] = ADD(a->v[4], SUB(ALL(2 * TOP), b->v[4]));
  ripple(out->v);
}

// A Sum as a Number.
INLINE void normal(Number *out, const Sum *a) {
  UNROLL for (int i = 0; i < 5; i++) out->v[i] = a->v[i];
  settle(out->v);
}

// From ten columns.
INLINE void fold(Number *out, V *t) {
  t[6] = ADD(t[6], SHR(t[5], 52));
  t[5] = AND(t[5], ALL(LIMB));
  V wrap = ALL(608);
  HIDE(wrap);
  UNROLL for (int i = 0; i < 5; i++) out->v[i] = ADD(t[i], MUL(t[i + 5], wrap));
  settle(out->v);
}

INLINE void multiply(Number *out, const V *a, const V *b) {
  V t[10];
  UNROLL for (int i = 0; i < 10; i++) t[i] = ALL(0);
  UNROLL for (int i = 0; i < 5; i++) {
    UNROLL for (int j = 0; j < 5; j++) {
      t[i + j] = LO(t[i + j], a[i], b[j]);
      t[i + j + 1] = HI(t[i + j + 1], a[i], b[j]);
    }
  }
  fold(out, t);
}

INLINE void square(Number *out, const V *a) {
  V t[10];
  UNROLL for (int i = 0; i < 10; i++) t[i] = ALL(0);
  UNROLL for (int i = 0; i < 5; i++) {
    UNROLL for (int j = i + 1; j < 5; j++) {
      t[i + j] = LO(t[i + j], a[i], a[j]);
      t[i + j + 1] = HI(t[i + j + 1], a[i], a[j]);
    }
  }
  UNROLL for (int i = 1; i < 9; i++) t[i] = ADD(t[i], t[i]);
  UNROLL for (int i = 0; i < 5; i++) {
    t[2 * i] = LO(t[2 * i], a[i], a[i]);
    t[2 * i + 1] = HI(t[2 * i + 1], a[i], a[i]);
  }
  fold(out, t);
}

// a + factor·b for a factor below 2^20.
INLINE void addScaled(Number *out, const Number *a, const Sum *b, int64_t factor) {
  V x[6];
  UNROLL for (int i = 0; i < 5; i++) x[i] = LO(a->v[i], b->v[i], ALL(factor));
  x[5] = ALL(0);
  UNROLL for (int i = 0; i < 5; i++) x[i + 1] = HI(x[i + 1], b->v[i], ALL(factor));
  x[0] = LO(x[0], x[5], ALL(608));
  UNROLL for (int i = 0; i < 5; i++) out->v[i] = x[i];
  settle(out->v);
}

// The one representative below p: a Number is below 2p.
INLINE void reduce(V *x) {
  V q = SHR(ADD(x[0], ALL(19)), 52);
  UNROLL for (int i = 1; i < 4; i++) q = SHR(ADD(x[i], q), 52);
  q = SHR(ADD(x[4], q), 47);
  x[0] = LO(x[0], q, ALL(19));
  ripple(x);
  x[4] = AND(x[4], ALL(TOP));
}

// 2p - a.
INLINE void negate(Number *out, const Number *a) {
  Sum s;
  Number zero;
  UNROLL for (int i = 0; i < 5; i++) zero.v[i] = ALL(0);
  subtract(&s, &zero, a);
  normal(out, &s);
}

static inline void constant(Number *out, const uint64_t limbs[5]) {
  for (int i = 0; i < 5; i++) out->v[i] = ALL((int64_t)limbs[i]);
}

static inline void setSmall(Number *out, uint64_t value) {
  constant(out, (const uint64_t[5]){value, 0, 0, 0, 0});
}

// The lanes in which a number is 0 mod p.
static inline __mmask8 zeros(const Number *a) {
  Number x = *a;
  reduce(x.v);
  V any = x.v[0];
  for (int i = 1; i < 5; i++) any = _mm512_or_si512(any, x.v[i]);
  return _mm512_cmpeq_epi64_mask(any, ALL(0));
}

// The lanes in which the representative below p is odd.
static inline __mmask8 odds(const Number *a) {
  Number x = *a;
  reduce(x.v);
  return _mm512_test_epi64_mask(x.v[0], ALL(1));
}

// `out` = a, in the lanes of `mask` b.
INLINE void choose(Number *out, __mmask8 mask, const Number *a, const Number *b) {
  UNROLL for (int i = 0; i < 5; i++) out->v[i] = _mm512_mask_mov_epi64(a->v[i], mask, b->v[i]);
}

INLINE void swap(Number *a, Number *b, __mmask8 mask) {
  UNROLL for (int i = 0; i < 5; i++) {
    const V x = a->v[i];
    a->v[i] = _mm512_mask_mov_epi64(x, mask, b->v[i]);
    b->v[i] = _mm512_mask_mov_epi64(b->v[i], mask, x);
  }
}

// The lanes of `rows` of 32 little-endian bytes, without their top bits; the last row again for lanes beyond `count`.
static inline void load(Number *out, const uint8_t *rows, int count) {
  uint64_t limbs[5][LANES] __attribute__((aligned(64)));
  for (int lane = 0; lane < LANES; lane++) {
    uint64_t w[4];
    memcpy(w, rows + 32 * (size_t)(lane < count ? lane : count - 1), 32);
    limbs[0][lane] = w[0] & LIMB;
    limbs[1][lane] = (w[0] >> 52 | w[1] << 12) & LIMB;
    limbs[2][lane] = (w[1] >> 40 | w[2] << 24) & LIMB;
    limbs[3][lane] = (w[2] >> 28 | w[3] << 36) & LIMB;
    limbs[4][lane] = (w[3] >> 16) & TOP;
  }
  for (int i = 0; i < 5; i++) out->v[i] = _mm512_load_si512(limbs[i]);
}

// The first `count` lanes as such rows, below p.
static inline void store(uint8_t *rows, const Number *a, int count) {
  uint64_t h[5][LANES] __attribute__((aligned(64)));
  Number x = *a;
  reduce(x.v);
  for (int i = 0; i < 5; i++) _mm512_store_si512(h[i], x.v[i]);
  for (int lane = 0; lane < LANES && lane < count; lane++) {
    const uint64_t w[4] = {
        h[0][lane] | h[1][lane] << 52, h[1][lane] >> 12 | h[2][lane] << 40,
        h[2][lane] >> 24 | h[3][lane] << 28, h[3][lane] >> 36 | h[4][lane] << 16};
    memcpy(rows + 32 * (size_t)lane, w, 32);
  }
}

// a^(2^count)·b.
static inline void squareTimes(Number *out, const Number *a, int count, const Number *b) {
  Number t = *a;
  for (int i = 0; i < count; i++) square(&t, t.v);
  multiply(out, t.v, b->v);
}

// Vectors that share an inversion.
#define GROUP 32

// field25519.c: x[i] /= z[i]; lanes in which z is 0 become 0, and the others are what they are without them.
void field_divide(Number *x, Number *z, int vectors);
