// X25519 (RFC 7748) for eight points at once, one scalar for all, with AVX-512 IFMA.
//
// A number mod p = 2^255 - 19 is five limbs of radix 2^51, a vector for each: the same limb of eight numbers. The course
// of the ladder depends on neither scalar nor points: swaps are masked moves.
//
// Bounds. vpmadd52 reads 52 bits, so factors need limbs below 2^52; `carry` takes limbs below 2^63 once around.
// - product, square: a column gets at most 5 lower halves (below 2^52 each), and twice as many upper ones (the half has
//   the weight 2^52, a limb 2^51): below 15·2^52; folded, 19 + 1 times that: below 2^61. What `carry` hands on is below
//   2^10, 19 times that behind the top: results have limbs below 2^51 + 2^15.
// - sum: of two such below 2^52 + 2^16; carries are at most 2: limbs below 2^51 + 2^6.
// - difference: 4p - b + a with every limb positive, as those of 4p are above 2^53 - 2^7, and below 2^54; carries are at
//   most 7: limbs below 2^51 + 2^8.
// - small: a lower half below 2^52 and twice 19 upper ones below 2^17: limbs below 2^51 + 2^6.
#include "ifma.h"

#include <immintrin.h>
#include <string.h>

typedef __m512i V;
typedef struct { V v[5]; } Number;

#define LANES 8
// Vectors that share an inversion.
#define GROUP 32
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 10")
#define LO(sum, x, y) _mm512_madd52lo_epu64(sum, x, y)
#define HI(sum, x, y) _mm512_madd52hi_epu64(sum, x, y)
#define ADD(x, y) _mm512_add_epi64(x, y)
#define SUB(x, y) _mm512_sub_epi64(x, y)
#define ALL(x) _mm512_set1_epi64(x)
#define LIMB ((1LL << 51) - 1)

INLINE V times19(V x) {
  return ADD(ADD(_mm512_slli_epi64(x, 4), _mm512_slli_epi64(x, 1)), x);
}

INLINE void carry(Number *out, const V *x) {
  const V mask = ALL(LIMB);
  V over[5];
  UNROLL for (int i = 0; i < 5; i++) over[i] = _mm512_srli_epi64(x[i], 51);
  out->v[0] = ADD(_mm512_and_si512(x[0], mask), times19(over[4]));
  UNROLL for (int i = 1; i < 5; i++) out->v[i] = ADD(_mm512_and_si512(x[i], mask), over[i - 1]);
}

INLINE void add(Number *out, const Number *a, const Number *b) {
  V x[5];
  UNROLL for (int i = 0; i < 5; i++) x[i] = ADD(a->v[i], b->v[i]);
  carry(out, x);
}

INLINE void subtract(Number *out, const Number *a, const Number *b) {
  V x[5];
  UNROLL for (int i = 0; i < 5; i++) {
    x[i] = ADD(a->v[i], SUB(ALL(i == 0 ? 4 * (LIMB - 18) : 4 * LIMB), b->v[i]));
  }
  carry(out, x);
}

// From the lower and the upper halves of nine columns.
INLINE void fold(Number *out, const V *low, const V *high) {
  V t[10], x[5];
  t[0] = low[0];
  UNROLL for (int k = 1; k < 9; k++) t[k] = ADD(low[k], _mm512_slli_epi64(high[k - 1], 1));
  t[9] = _mm512_slli_epi64(high[8], 1);
  UNROLL for (int i = 0; i < 5; i++) x[i] = ADD(t[i], times19(t[i + 5]));
  carry(out, x);
}

INLINE void multiply(Number *out, const Number *a, const Number *b) {
  V low[9], high[9];
  UNROLL for (int i = 0; i < 9; i++) low[i] = high[i] = ALL(0);
  UNROLL for (int i = 0; i < 5; i++) {
    UNROLL for (int j = 0; j < 5; j++) {
      low[i + j] = LO(low[i + j], a->v[i], b->v[j]);
      high[i + j] = HI(high[i + j], a->v[i], b->v[j]);
    }
  }
  fold(out, low, high);
}

INLINE void square(Number *out, const Number *a) {
  V low[9], high[9];
  UNROLL for (int i = 0; i < 9; i++) low[i] = high[i] = ALL(0);
  UNROLL for (int i = 0; i < 5; i++) {
    UNROLL for (int j = i + 1; j < 5; j++) {
      low[i + j] = LO(low[i + j], a->v[i], a->v[j]);
      high[i + j] = HI(high[i + j], a->v[i], a->v[j]);
    }
  }
  UNROLL for (int i = 0; i < 9; i++) {
    low[i] = ADD(low[i], low[i]);
    high[i] = ADD(high[i], high[i]);
  }
  UNROLL for (int i = 0; i < 5; i++) {
    low[2 * i] = LO(low[2 * i], a->v[i], a->v[i]);
    high[2 * i] = HI(high[2 * i], a->v[i], a->v[i]);
  }
  fold(out, low, high);
}

// Times (486662 - 2) / 4.
INLINE void small(Number *out, const Number *a) {
  const V factor = ALL(121665);
  V low[5], high[5], x[5];
  UNROLL for (int i = 0; i < 5; i++) {
    low[i] = LO(ALL(0), a->v[i], factor);
    high[i] = _mm512_slli_epi64(HI(ALL(0), a->v[i], factor), 1);
  }
  x[0] = ADD(low[0], times19(high[4]));
  UNROLL for (int i = 1; i < 5; i++) x[i] = ADD(low[i], high[i - 1]);
  carry(out, x);
}

INLINE void swap(Number *a, Number *b, unsigned bit) {
  const __mmask8 mask = (__mmask8)(0 - bit);
  UNROLL for (int i = 0; i < 5; i++) {
    const V x = a->v[i];
    a->v[i] = _mm512_mask_mov_epi64(x, mask, b->v[i]);
    b->v[i] = _mm512_mask_mov_epi64(b->v[i], mask, x);
  }
}

static const Number *constant(Number *out, int64_t value) {
  out->v[0] = ALL(value);
  for (int i = 1; i < 5; i++) out->v[i] = ALL(0);
  return out;
}

// x and z of scalar · point, RFC 7748 §5.
static __attribute__((noinline)) void ladder(Number *x, Number *z, const Number *x1, const uint8_t *scalar) {
  Number x2, z2, x3 = *x1, z3, a, b, c, d, e;
  unsigned before = 0;
  constant(&x2, 1), constant(&z2, 0), constant(&z3, 1);
  for (int i = 254; i >= 0; i--) {
    const unsigned bit = (scalar[i >> 3] >> (i & 7)) & 1;
    swap(&x2, &x3, before ^ bit);
    swap(&z2, &z3, before ^ bit);
    before = bit;
    add(&a, &x2, &z2);
    subtract(&b, &x2, &z2);
    add(&c, &x3, &z3);
    subtract(&d, &x3, &z3);
    multiply(&d, &d, &a);
    multiply(&c, &c, &b);
    square(&a, &a);
    square(&b, &b);
    add(&e, &d, &c);
    square(&x3, &e);
    subtract(&e, &d, &c);
    square(&e, &e);
    multiply(&z3, &e, x1);
    multiply(&x2, &a, &b);
    subtract(&e, &a, &b);
    small(&d, &e);
    add(&d, &d, &a);
    multiply(&z2, &e, &d);
  }
  swap(&x2, &x3, before);
  swap(&z2, &z3, before);
  *x = x2;
  *z = z2;
}

static void times(Number *out, const Number *a, const Number *b) {
  multiply(out, a, b);
}

static void squares(Number *a, int count) {
  for (int i = 0; i < count; i++) square(a, a);
}

// a^(p - 2).
static void invert(Number *out, const Number *a) {
  Number p5, p10, p50, p100, t, eleven;
  square(&t, a);            // 2
  eleven = t;
  squares(&t, 2);           // 8
  times(&t, &t, a);         // 9
  times(&eleven, &eleven, &t);
  p5 = eleven;
  square(&p5, &p5);         // 22
  times(&p5, &p5, &t);      // 2^5 - 1
  p10 = p5;
  squares(&p10, 5);
  times(&p10, &p10, &p5);   // 2^10 - 1
  t = p10;
  squares(&t, 10);
  times(&t, &t, &p10);      // 2^20 - 1
  p50 = t;
  squares(&p50, 20);
  times(&p50, &p50, &t);    // 2^40 - 1
  squares(&p50, 10);
  times(&p50, &p50, &p10);  // 2^50 - 1
  p100 = p50;
  squares(&p100, 50);
  times(&p100, &p100, &p50);
  t = p100;
  squares(&t, 100);
  times(&t, &t, &p100);     // 2^200 - 1
  squares(&t, 50);
  times(&t, &t, &p50);      // 2^250 - 1
  squares(&t, 5);
  times(out, &t, &eleven);  // 2^255 - 21
}

// The lanes of `rows` of 32 little-endian bytes; the last row again for lanes beyond `count`.
static void load(Number *out, const uint8_t *rows, int count) {
  uint64_t limbs[5][LANES] __attribute__((aligned(64)));
  for (int lane = 0; lane < LANES; lane++) {
    uint64_t w[4];
    memcpy(w, rows + 32 * (size_t)(lane < count ? lane : count - 1), 32);
    limbs[0][lane] = w[0] & LIMB;
    limbs[1][lane] = (w[0] >> 51 | w[1] << 13) & LIMB;
    limbs[2][lane] = (w[1] >> 38 | w[2] << 26) & LIMB;
    limbs[3][lane] = (w[2] >> 25 | w[3] << 39) & LIMB;
    limbs[4][lane] = (w[3] >> 12) & LIMB;
  }
  for (int i = 0; i < 5; i++) out->v[i] = _mm512_load_si512(limbs[i]);
}

// The one representative below p; at most twice around and a subtraction, as limbs are below 2^52.
static void reduce(uint64_t h[5]) {
  for (int round = 0; round < 3; round++) {
    uint64_t over = 0;
    for (int i = 0; i < 5; i++) {
      h[i] += over;
      over = h[i] >> 51;
      h[i] &= LIMB;
    }
    h[0] += 19 * over;
  }
  uint64_t q = (h[0] + 19) >> 51;
  for (int i = 1; i < 5; i++) q = (h[i] + q) >> 51;
  h[0] += 19 * q;
  uint64_t over = 0;
  for (int i = 0; i < 5; i++) {
    h[i] += over;
    over = h[i] >> 51;
    h[i] &= LIMB;
  }
}

static void spill(uint64_t limbs[5][LANES], const Number *a) {
  for (int i = 0; i < 5; i++) _mm512_store_si512(limbs[i], a->v[i]);
}

// The lanes in which a number is 0 mod p.
static __mmask8 zeros(const Number *a) {
  uint64_t limbs[5][LANES] __attribute__((aligned(64)));
  unsigned found = 0;
  spill(limbs, a);
  for (int lane = 0; lane < LANES; lane++) {
    uint64_t h[5], any = 0;
    for (int i = 0; i < 5; i++) h[i] = limbs[i][lane];
    reduce(h);
    for (int i = 0; i < 5; i++) any |= h[i];
    found |= (unsigned)(any == 0) << lane;
  }
  return (__mmask8)found;
}

static void store(uint8_t *rows, const Number *a, int count) {
  uint64_t limbs[5][LANES] __attribute__((aligned(64)));
  spill(limbs, a);
  for (int lane = 0; lane < LANES && lane < count; lane++) {
    uint64_t h[5];
    for (int i = 0; i < 5; i++) h[i] = limbs[i][lane];
    reduce(h);
    const uint64_t w[4] = {h[0] | h[1] << 51, h[1] >> 13 | h[2] << 38, h[2] >> 26 | h[3] << 25, h[3] >> 39 | h[4] << 12};
    memcpy(rows + 32 * (size_t)lane, w, 32);
  }
}

void ifma_x25519(uint8_t *out, const uint8_t *points, const uint8_t *scalar, int count) {
  Number x[GROUP], z[GROUP], products[GROUP], one, inverse, t;
  __mmask8 none[GROUP];
  constant(&one, 1);
  for (int from = 0; from < count; from += GROUP * LANES) {
    int vectors = 0;
    for (int at = from; at < count && vectors < GROUP; at += LANES, vectors++) {
      load(&t, points + 32 * (size_t)at, count - at);
      ladder(&x[vectors], &z[vectors], &t, scalar);
      // A point of small order must not make the inverses of the others 0.
      none[vectors] = zeros(&z[vectors]);
      for (int i = 0; i < 5; i++) z[vectors].v[i] = _mm512_mask_mov_epi64(z[vectors].v[i], none[vectors], one.v[i]);
    }
    products[0] = z[0];
    for (int i = 1; i < vectors; i++) times(&products[i], &products[i - 1], &z[i]);
    invert(&inverse, &products[vectors - 1]);
    for (int i = vectors - 1; i >= 0; i--) {
      t = inverse;
      if (i > 0) {
        times(&t, &inverse, &products[i - 1]);
        times(&inverse, &inverse, &z[i]);
      }
      times(&t, &t, &x[i]);
      for (int k = 0; k < 5; k++) t.v[k] = _mm512_maskz_mov_epi64((__mmask8)~none[i], t.v[k]);
      const int at = from + LANES * i;
      store(out + 32 * (size_t)at, &t, count - at);
    }
  }
}
