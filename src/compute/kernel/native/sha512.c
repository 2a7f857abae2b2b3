// SHA-512 (FIPS 180-4) of eight messages at once, and the 96 uniform bytes that RFC 9380 §5.3.1 takes from each with it.
#include "sha512.h"

#include <string.h>

typedef __m512i V;

// Cube roots of the first 80 primes: 64 bits of the fraction.
static const uint64_t K[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};
// Square roots of the first 8 primes: 64 bits of the fraction.
static const uint64_t START[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

#define ADD(x, y) _mm512_add_epi64(x, y)
#define ROTATE(x, bits) _mm512_ror_epi64(x, bits)
#define SHIFT(x, bits) _mm512_srli_epi64(x, bits)
#define ALL(x) _mm512_set1_epi64((int64_t)(x))
// Bit by bit: x ? y : z, the majority, and the exclusive or.
#define CHOICE(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xca)
#define MAJORITY(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xe8)
#define PARITY(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0x96)

// Hashes a block into `state`, in the lanes of `mask`; destroys the block.
static void compress(V state[8], V w[16], __mmask8 mask) {
  V s[8];
  memcpy(s, state, sizeof s);
  for (int from = 0; from < 80; from += 16) {
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      if (from > 0) {
        const V x = w[(i + 1) & 15], y = w[(i + 14) & 15];
        const V s0 = PARITY(ROTATE(x, 1), ROTATE(x, 8), SHIFT(x, 7));
        const V s1 = PARITY(ROTATE(y, 19), ROTATE(y, 61), SHIFT(y, 6));
        w[i] = ADD(ADD(w[i], s0), ADD(w[(i + 9) & 15], s1));
      }
      const V a = s[0], e = s[4];
      const V s1 = PARITY(ROTATE(e, 14), ROTATE(e, 18), ROTATE(e, 41));
      const V s0 = PARITY(ROTATE(a, 28), ROTATE(a, 34), ROTATE(a, 39));
      const V t1 = ADD(ADD(ADD(s[7], s1), CHOICE(e, s[5], s[6])), ADD(w[i], ALL(K[from + i])));
      const V t2 = ADD(s0, MAJORITY(a, s[1], s[2]));
      s[7] = s[6];
      s[6] = s[5];
      s[5] = e;
      s[4] = ADD(s[3], t1);
      s[3] = s[2];
      s[2] = s[1];
      s[1] = a;
      s[0] = ADD(t1, t2);
    }
  }
  for (int i = 0; i < 8; i++) state[i] = _mm512_mask_add_epi64(state[i], mask, state[i], s[i]);
}

static void start(V state[8]) {
  for (int i = 0; i < 8; i++) state[i] = ALL(START[i]);
}

// A piece of a message.
typedef struct { const uint8_t *bytes; size_t length; } Piece;

// Bytes `from` to `from + 128` of pieces one after another, as eight-byte words; zeros behind them.
static void read_block(uint64_t words[16], const Piece *pieces, int count, size_t from) {
  uint8_t block[128] = {0};
  size_t at = 0;
  for (int i = 0; i < count; at += pieces[i++].length) {
    const size_t first = at > from ? at : from;
    const size_t end = at + pieces[i].length < from + 128 ? at + pieces[i].length : from + 128;
    if (first < end) memcpy(block + first - from, pieces[i].bytes + first - at, end - first);
  }
  for (int i = 0; i < 16; i++) {
    uint64_t word;
    memcpy(&word, block + 8 * i, 8);
    words[i] = __builtin_bswap64(word);
  }
}

// Hashes what follows 64 bytes that eight lanes have of their own: a number, the tag and the end.
static void digest_numbered(V state[8], const V digest[8], int number, const uint8_t *tail, size_t length) {
  const uint8_t head[65] = {[64] = (uint8_t)number}, end = 0x80;
  const Piece pieces[3] = {{head, 65}, {tail, length}, {&end, 1}};
  const size_t total = 65 + length, blocks = (total + 17 + 127) / 128;
  start(state);
  for (size_t block = 0; block < blocks; block++) {
    uint64_t words[16];
    V w[16];
    read_block(words, pieces, 3, 128 * block);
    if (block + 1 == blocks) words[15] = 8 * total;
    for (int i = 0; i < 16; i++) w[i] = block == 0 && i < 8 ? digest[i] : ALL(words[i]);
    compress(state, w, 0xff);
  }
}

void expand(V out[12], const Messages *messages, int from, int count) {
  // What follows a message: the length asked for, a zero, the tag, the end.
  const uint8_t middle[3] = {0, 96, 0}, end = 0x80;
  const size_t length = messages->tailLength;
  V state[8], first[8], w[16];
  size_t blocks[8], totals[8], most = 0;
  Piece pieces[8][4];
  for (int lane = 0; lane < 8; lane++) {
    // Lanes beyond the last message repeat it.
    const int i = from + (lane < count ? lane : count - 1);
    const size_t begin = i == 0 ? 0 : messages->ends[i - 1];
    pieces[lane][0] = (Piece){messages->bytes + begin, messages->ends[i] - begin};
    pieces[lane][1] = (Piece){middle, 3};
    pieces[lane][2] = (Piece){messages->tail, length};
    pieces[lane][3] = (Piece){&end, 1};
    totals[lane] = pieces[lane][0].length + 3 + length;
    blocks[lane] = (totals[lane] + 17 + 127) / 128;
    if (blocks[lane] > most) most = blocks[lane];
  }
  start(state);
  // A block of zeros goes before each message.
  for (int i = 0; i < 16; i++) w[i] = ALL(0);
  compress(state, w, 0xff);
  for (size_t block = 0; block < most; block++) {
    uint64_t words[16][8] __attribute__((aligned(64))) = {0};
    unsigned mask = 0;
    for (int lane = 0; lane < 8; lane++) {
      uint64_t row[16];
      if (block >= blocks[lane]) continue;
      mask |= 1u << lane;
      read_block(row, pieces[lane], 4, 128 * block);
      if (block + 1 == blocks[lane]) row[15] = 8 * (128 + totals[lane]);
      for (int i = 0; i < 16; i++) words[i][lane] = row[i];
    }
    for (int i = 0; i < 16; i++) w[i] = _mm512_load_si512(words[i]);
    compress(state, w, (__mmask8)mask);
  }
  digest_numbered(first, state, 1, messages->tail, length);
  for (int i = 0; i < 8; i++) {
    out[i] = first[i];
    state[i] = _mm512_xor_si512(state[i], first[i]);
  }
  digest_numbered(first, state, 2, messages->tail, length);
  for (int i = 0; i < 4; i++) out[8 + i] = first[i];
}
