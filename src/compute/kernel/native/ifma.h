// The loops of ifma.c, with the names and meanings of ../assembly/index.ts. Addresses are pointers here.
#pragma once
#include <stdint.h>

// What one machine knows of its modulus; at the start of its memory.
typedef struct {
  uint64_t limbs;
  uint64_t inverse;
  uint64_t modulus;  // offset of its row
} Machine;

void ifma_from_bytes(const Machine *m, uint64_t *rows, const uint8_t *bytes, int length, int count);
void ifma_to_bytes(const Machine *m, uint8_t *bytes, const uint64_t *rows, int length, int count);
void ifma_multiply_rows(const Machine *m, uint64_t *out, const uint64_t *a, const uint64_t *b, int step, int count);
void ifma_reduce_rows(const Machine *m, uint64_t *rows, int count);
int ifma_power_rows(const Machine *m, uint64_t *out, const uint64_t *rows, const uint32_t *windows, int window_count, int digits, int count);
void ifma_fill_table(const Machine *m, uint64_t *table, const uint64_t *one, const uint64_t *base, int bytes);
void ifma_raise_base(const Machine *m, uint64_t *rows, const uint64_t *table, const uint8_t *exponents, int bytes, int count);
void ifma_fill_buckets(const Machine *m, uint64_t *out, const uint64_t *rows, const uint32_t *order, const uint32_t *start, int count, const uint64_t *one);
// x25519.c: rows of 32 bytes times a clamped scalar; 0 where the product is the identity.
void ifma_x25519(uint8_t *out, const uint8_t *points, const uint8_t *scalar, int count);
void ifma_weigh_buckets(const Machine *m, uint64_t *total, const uint64_t *buckets, int count, int squarings, const uint64_t *one);
// elligator.c: messages, of which `ends` has the places behind, as points of Curve25519 (RFC 9380,
// curve25519_XMD:SHA-512_ELL2_RO_), and the same from 96 uniform bytes each. `tail` is the tag and its length as one byte.
// A row of zeros says that both points of a message have the same u-coordinate.
void ifma_hash25519(uint8_t *out, const uint8_t *bytes, const uint32_t *ends, const uint8_t *tail, int tail_length, int count);
void ifma_map25519(uint8_t *out, const uint8_t *uniform, int count);
