// Inverses mod 2^255 - 19, shared by many numbers.
#include "field25519.h"

// a^(p - 2).
static void invert(Number *out, const Number *a) {
  Number t9, eleven, p5, p10, p20, p40, p50, p100, t;
  square(&t, a->v);                       // 2
  Number two = t;
  squareTimes(&t9, &two, 2, a);           // 9
  multiply(&eleven, t9.v, two.v);
  squareTimes(&p5, &eleven, 1, &t9);      // 2^5 - 1
  squareTimes(&p10, &p5, 5, &p5);
  squareTimes(&p20, &p10, 10, &p10);
  squareTimes(&p40, &p20, 20, &p20);
  squareTimes(&p50, &p40, 10, &p10);
  squareTimes(&p100, &p50, 50, &p50);
  squareTimes(&t, &p100, 100, &p100);     // 2^200 - 1
  squareTimes(&t, &t, 50, &p50);          // 2^250 - 1
  squareTimes(out, &t, 5, &eleven);       // 2^255 - 21
}

// P. Montgomery, "Speeding the Pollard and elliptic curve methods of factorization", Math. Comp. 48 (1987), §10.3.1.
void field_divide(Number *x, Number *z, int vectors) {
  Number products[GROUP], one, inverse, t;
  __mmask8 none[GROUP];
  setSmall(&one, 1);
  for (int i = 0; i < vectors; i++) {
    // A zero must not make the inverses of the others 0.
    none[i] = zeros(&z[i]);
    choose(&z[i], none[i], &z[i], &one);
    if (i == 0) products[0] = z[0];
    else multiply(&products[i], products[i - 1].v, z[i].v);
  }
  invert(&inverse, &products[vectors - 1]);
  for (int i = vectors - 1; i >= 0; i--) {
    t = inverse;
    if (i > 0) {
      multiply(&t, inverse.v, products[i - 1].v);
      multiply(&inverse, inverse.v, z[i].v);
    }
    multiply(&x[i], t.v, x[i].v);
    for (int k = 0; k < 5; k++) x[i].v[k] = _mm512_maskz_mov_epi64((__mmask8)~none[i], x[i].v[k]);
  }
}
