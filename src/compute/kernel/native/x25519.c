// X25519 (RFC 7748) for eight points at once, one scalar for all, with AVX-512 IFMA. The course of the ladder depends on
// neither scalar nor points: swaps are masked moves.
#include "field25519.h"
#include "ifma.h"

// x and z of scalar · point, RFC 7748 §5.
static __attribute__((noinline)) void ladder(Number *x, Number *z, const Number *x1, const uint8_t *scalar) {
  Number x2, z2, x3 = *x1, z3, aa, bb, da, cb;
  Sum a, b, c, d, e;
  unsigned before = 0;
  setSmall(&x2, 1), setSmall(&z2, 0), setSmall(&z3, 1);
  for (int i = 254; i >= 0; i--) {
    const unsigned bit = (scalar[i >> 3] >> (i & 7)) & 1;
    const __mmask8 mask = (__mmask8)(0 - (before ^ bit));
    before = bit;
    swap(&x2, &x3, mask);
    swap(&z2, &z3, mask);
    add(&a, &x2, &z2);
    subtract(&b, &x2, &z2);
    add(&c, &x3, &z3);
    subtract(&d, &x3, &z3);
    multiply(&da, d.v, a.v);
    multiply(&cb, c.v, b.v);
    square(&aa, a.v);
    square(&bb, b.v);
    add(&c, &da, &cb);
    subtract(&d, &da, &cb);
    subtract(&e, &aa, &bb);
    square(&x3, c.v);
    square(&z3, d.v);
    multiply(&x2, aa.v, bb.v);
    // (486662 - 2) / 4.
    addScaled(&aa, &aa, &e, 121665);
    multiply(&z3, z3.v, x1->v);
    multiply(&z2, e.v, aa.v);
  }
  const __mmask8 mask = (__mmask8)(0 - before);
  swap(&x2, &x3, mask);
  swap(&z2, &z3, mask);
  *x = x2;
  *z = z2;
}

void ifma_x25519(uint8_t *out, const uint8_t *points, const uint8_t *scalar, int count) {
  Number x[GROUP], z[GROUP], point;
  for (int from = 0; from < count; from += GROUP * LANES) {
    int vectors = 0;
    for (int at = from; at < count && vectors < GROUP; at += LANES, vectors++) {
      load(&point, points + 32 * (size_t)at, count - at);
      ladder(&x[vectors], &z[vectors], &point, scalar);
    }
    field_divide(x, z, vectors);
    for (int i = 0; i < vectors; i++) {
      const int at = from + LANES * i;
      store(out + 32 * (size_t)at, &x[i], count - at);
    }
  }
}
