// Hashing to Curve25519 with AVX-512 IFMA, eight messages at once: Elligator 2 (RFC 9380 §6.7.1, the square roots as in its
// appendix G.2.1) of two field elements each, the sum of the two points, and its cofactor cleared. The formulas are those of
// ../assembly/curve25519/elligator.ts, and so are all bits of the results.
#include "field25519.h"
#include "ifma.h"
#include "sha512.h"

// The curve is v² = u³ + J u² + u.
#define J 486662
// A square root of -1, and 2^((p + 3) / 8), which turns a candidate root for the first x into one for the second.
static const uint64_t ROOT[5] = {0xe1b274a0ea0b0, 0x6ad2fe478c4e, 0xdfbd7a72f4318, 0xdf0b2b4d00993, 0x2b8324804fc1};
static const uint64_t SECOND[5] = {0xe1b274a0ea0b1, 0x6ad2fe478c4e, 0xdfbd7a72f4318, 0xdf0b2b4d00993, 0x2b8324804fc1};

// A point x = xn / xd, and y.
typedef struct { Number xn, xd, y; } Point;

// a^((p - 5) / 8) of two numbers, whose squarings overlap.
static __attribute__((noinline)) void powers(Number out[2], const Number a[2]) {
  Number t[2], p5[2], p10[2], p20[2], p50[2], p100[2];
#define STEP(to, from, count, times)                               \
  do {                                                             \
    Number s0 = from[0], s1 = from[1];                             \
    for (int i = 0; i < count; i++) {                              \
      square(&s0, s0.v);                                           \
      square(&s1, s1.v);                                           \
    }                                                              \
    multiply(&to[0], s0.v, times[0].v);                            \
    multiply(&to[1], s1.v, times[1].v);                            \
  } while (0)
  STEP(t, a, 1, a);            // 3
  STEP(p5, t, 1, a);           // 7
  STEP(p5, p5, 2, t);          // 2^5 - 1
  STEP(p10, p5, 5, p5);
  STEP(p20, p10, 10, p10);
  STEP(t, p20, 20, p20);       // 2^40 - 1
  STEP(p50, t, 10, p10);
  STEP(p100, p50, 50, p50);
  STEP(t, p100, 100, p100);    // 2^200 - 1
  STEP(t, t, 50, p50);         // 2^250 - 1
  STEP(out, t, 2, a);          // 2^252 - 3
#undef STEP
}

static void times(Number *out, const Number *a, const Number *b) {
  multiply(out, a->v, b->v);
}

static void sum(Number *out, const Number *a, const Number *b) {
  Sum s;
  add(&s, a, b);
  normal(out, &s);
}

static void difference(Number *out, const Number *a, const Number *b) {
  Sum s;
  subtract(&s, a, b);
  normal(out, &s);
}

// factor·a.
static void scale(Number *out, const Number *a, int64_t factor) {
  Number zero;
  Sum s;
  setSmall(&zero, 0);
  add(&s, a, &zero);
  addScaled(out, &zero, &s, factor);
}

// The lanes in which y²·gxd = gx.
static __mmask8 is_root(const Number *y, const Number *gxd, const Number *gx) {
  Number t;
  square(&t, y->v);
  times(&t, &t, gxd);
  difference(&t, &t, gx);
  return zeros(&t);
}

// `out` = the one of y and y·√-1 whose square times gxd is gx, or the latter where none is.
static void root(Number *out, const Number *y, const Number *gxd, const Number *gx) {
  Number other, i;
  constant(&i, ROOT);
  times(&other, y, &i);
  choose(out, is_root(y, gxd, gx), &other, y);
}

// Elligator 2 of two numbers.
static void map(Point out[2], const Number u[2]) {
  Number t[2], gxd[2], gx1[2], factor[2], power[2], one, second, work, y2, gx2;
  setSmall(&one, 1);
  constant(&second, SECOND);
  for (int k = 0; k < 2; k++) {
    Number xd2;
    // t = 2u², xd = t + 1; the first x is -J / xd.
    square(&work, u[k].v);
    sum(&t[k], &work, &work);
    sum(&out[k].xd, &t[k], &one);
    square(&xd2, out[k].xd.v);
    times(&gxd[k], &xd2, &out[k].xd);
    // gx1 / gxd is the curve's right side there: gx1 = -J·(xd² - J²·t).
    scale(&work, &t[k], J);
    scale(&work, &work, J);
    difference(&work, &work, &xd2);
    scale(&gx1[k], &work, J);
    // factor = gx1·gxd³, and (gx1·gxd⁷)^((p - 5) / 8)·factor is a root or √-1 times one, if there is any.
    square(&work, gxd[k].v);
    times(&factor[k], &work, &gxd[k]);
    times(&factor[k], &factor[k], &gx1[k]);
    square(&work, work.v);
    times(&power[k], &work, &factor[k]);
  }
  powers(power, power);
  for (int k = 0; k < 2; k++) {
    Point *p = &out[k];
    Number y1;
    times(&power[k], &power[k], &factor[k]);
    root(&y1, &power[k], &gxd[k], &gx1[k]);
    // The second x is t times the first.
    times(&y2, &power[k], &u[k]);
    times(&y2, &y2, &second);
    times(&gx2, &gx1[k], &t[k]);
    root(&y2, &y2, &gxd[k], &gx2);
    const __mmask8 first = is_root(&y1, &gxd[k], &gx1[k]);
    scale(&work, &one, J);
    negate(&p->xn, &work);
    times(&work, &p->xn, &t[k]);
    choose(&p->xn, first, &work, &p->xn);
    choose(&p->y, first, &y2, &y1);
    // Which root is taken is fixed by its parity: odd for the first x, even for the second.
    negate(&work, &p->y);
    choose(&p->y, (__mmask8)(odds(&p->y) ^ first), &p->y, &work);
  }
}

// x / z = u-coordinate of the sum: affine addition on RFC 7748's curve with the divisions postponed.
static void add_points(Number *x, Number *z, const Point *a, const Point *b) {
  Number d, left, right, run2, rise, work;
  times(&d, &a->xd, &b->xd);
  times(&left, &a->xn, &b->xd);
  times(&right, &b->xn, &a->xd);
  difference(&work, &right, &left);
  square(&run2, work.v);
  difference(&rise, &b->y, &a->y);
  square(&rise, rise.v);
  // x = rise²·d³ - (J·d + left + right)·run², z = run²·d
  times(z, &run2, &d);
  sum(&left, &left, &right);
  scale(&right, &d, J);
  sum(&left, &left, &right);
  times(&left, &left, &run2);
  times(&rise, &rise, &d);
  square(&work, d.v);
  times(&rise, &rise, &work);
  difference(x, &rise, &left);
}

// Twice the point, RFC 7748 §5.
static void twice(Number *x, Number *z) {
  Number aa, bb;
  Sum s, d, e;
  add(&s, x, z);
  subtract(&d, x, z);
  square(&aa, s.v);
  square(&bb, d.v);
  subtract(&e, &aa, &bb);
  times(x, &aa, &bb);
  addScaled(&aa, &aa, &e, (J - 2) / 4);
  multiply(z, e.v, aa.v);
}

// The number mod p of six big-endian words: what lies above bit 255 counts 19 times.
static void element(Number *out, const V words[6]) {
#define SHL(x, bits) _mm512_slli_epi64(x, bits)
#define OR(x, y) _mm512_or_si512(x, y)
  const V w5 = words[0], w4 = words[1], w3 = words[2], w2 = words[3], w1 = words[4], w0 = words[5];
  const V limb = ALL(LIMB), nineteen = ALL(19);
  V *x = out->v;
  x[0] = AND(w0, limb);
  x[1] = AND(OR(SHR(w0, 52), SHL(w1, 12)), limb);
  x[2] = AND(OR(SHR(w1, 40), SHL(w2, 24)), limb);
  x[3] = AND(OR(SHR(w2, 28), SHL(w3, 36)), limb);
  x[4] = AND(SHR(w3, 16), ALL(TOP));
  const V high[3] = {AND(OR(SHR(w3, 63), SHL(w4, 1)), limb), AND(OR(SHR(w4, 51), SHL(w5, 13)), limb), SHR(w5, 39)};
  for (int i = 0; i < 3; i++) x[i] = ADD(x[i], MUL(high[i], nineteen));
  settle(x);
}

// x / z for eight messages by their uniform bytes; z is 0 where both points have the same u-coordinate, whatever their sum.
static void map_words(Number *x, Number *z, const V words[12]) {
  Number u[2];
  Point points[2];
  element(&u[0], words);
  element(&u[1], words + 6);
  map(points, u);
  add_points(x, z, &points[0], &points[1]);
  for (int i = 0; i < 3; i++) twice(x, z);
}

// Either from messages or, where there are none, from uniform bytes.
static void hash_all(uint8_t *out, const Messages *messages, const uint8_t *uniform, int count) {
  Number x[GROUP], z[GROUP];
  V words[12];
  for (int from = 0; from < count; from += GROUP * LANES) {
    int vectors = 0;
    for (int at = from; at < count && vectors < GROUP; at += LANES, vectors++) {
      if (messages) expand(words, messages, at, count - at);
      else {
        uint64_t rows[12][LANES] __attribute__((aligned(64)));
        for (int lane = 0; lane < LANES; lane++) {
          const uint8_t *row = uniform + 96 * (size_t)(at + lane < count ? at + lane : count - 1);
          for (int i = 0; i < 12; i++) {
            uint64_t word;
            memcpy(&word, row + 8 * i, 8);
            rows[i][lane] = __builtin_bswap64(word);
          }
        }
        for (int i = 0; i < 12; i++) words[i] = _mm512_load_si512(rows[i]);
      }
      map_words(&x[vectors], &z[vectors], words);
    }
    field_divide(x, z, vectors);
    for (int i = 0; i < vectors; i++) {
      const int at = from + LANES * i;
      store(out + 32 * (size_t)at, &x[i], count - at);
    }
  }
}

void ifma_hash25519(uint8_t *out, const uint8_t *bytes, const uint32_t *ends, const uint8_t *tail, int tail_length, int count) {
  const Messages messages = {bytes, ends, tail, (size_t)tail_length};
  hash_all(out, &messages, NULL, count);
}

void ifma_map25519(uint8_t *out, const uint8_t *uniform, int count) {
  hash_all(out, NULL, uniform, count);
}
