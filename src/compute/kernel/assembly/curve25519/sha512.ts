/**
 * SHA-512 (FIPS 180-4) and the two field elements that RFC 9380 §5.3.1 takes from a message with it.
 *
 * AssemblyScript, not TypeScript: compiled to WebAssembly by `test/compute/kernel/build-wasm.ts`.
 * @module
 */

/** Cube roots of the first 80 primes: 64 bits of the fraction. */
const K = memory.data<u64>([
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
])
/** Square roots of the first 8 primes: 64 bits of the fraction. */
const START = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
])
/** The state after a block of zeros, with which `expand` begins each message. */
const AFTER_ZEROS = memory.data(64, 16)
const STATE = memory.data(64, 16)
const SCHEDULE = memory.data(640, 16)
/** Two digests, then the block that is being hashed: 64 bytes, a number and what follows it. */
const FIRST = memory.data(64, 16)

/** Prepares the state after a block of zeros; to be called once. */
export function setUpHash(): void {
  memory.copy(AFTER_ZEROS, START, 64)
  memory.fill(SCHEDULE, 0, 128)
  compress(AFTER_ZEROS, SCHEDULE)
}

/**
 * Writes the 96 uniform bytes of a message to `out`: `expand_message_xmd` of RFC 9380 §5.3.1. `tail` is the domain
 * separation tag and its length as one byte; `scratch` has room for the message and 640 bytes.
 */
export function expand(
  out: usize,
  message: usize,
  length: usize,
  tail: usize,
  tailLength: usize,
  scratch: usize,
): void {
  memory.copy(scratch, message, length)
  // The length asked for, and a zero.
  store<u8>(scratch + length, 0)
  store<u8>(scratch + length, 96, 1)
  store<u8>(scratch + length, 0, 2)
  memory.copy(scratch + length + 3, tail, tailLength)
  digest(FIRST, scratch, length + 3 + tailLength, AFTER_ZEROS, 128)
  memory.copy(scratch, FIRST, 64)
  store<u8>(scratch, 1, 64)
  memory.copy(scratch + 65, tail, tailLength)
  digest(out, scratch, 65 + tailLength, START, 0)
  // The padding lies behind: the input has the same length again.
  for (let k: usize = 0; k < 64; k += 8) {
    store<u64>(scratch + k, load<u64>(FIRST + k) ^ load<u64>(out + k))
  }
  store<u8>(scratch, 2, 64)
  digest(STATE, scratch, 65 + tailLength, START, 0)
  memory.copy(out + 64, STATE, 32)
}

/** SHA-512 of `length` bytes after `before` bytes that led to `state`; overwrites up to 256 bytes behind the data. */
function digest(out: usize, data: usize, length: usize, state: usize, before: u64): void {
  const blocks = (length + 17 + 127) >> 7
  const end = data + (blocks << 7)
  memory.fill(data + length, 0, end - data - length)
  store<u8>(data + length, 0x80)
  store<u64>(end - 8, bswap<u64>((<u64>length + before) << 3))
  memory.copy(STATE, state, 64)
  for (let at = data; at < end; at += 128) compress(STATE, at)
  for (let k: usize = 0; k < 64; k += 8) store<u64>(out + k, bswap<u64>(load<u64>(STATE + k)))
}

function compress(state: usize, block: usize): void {
  for (let k: usize = 0; k < 128; k += 8) {
    store<u64>(SCHEDULE + k, bswap<u64>(load<u64>(block + k)))
  }
  for (let k: usize = 0; k < 512; k += 8) {
    const w1 = load<u64>(SCHEDULE + k, 8)
    const w14 = load<u64>(SCHEDULE + k, 112)
    const s0 = rotr<u64>(w1, 1) ^ rotr<u64>(w1, 8) ^ (w1 >> 7)
    const s1 = rotr<u64>(w14, 19) ^ rotr<u64>(w14, 61) ^ (w14 >> 6)
    store<u64>(SCHEDULE + k, load<u64>(SCHEDULE + k) + s0 + load<u64>(SCHEDULE + k, 72) + s1, 128)
  }
  let a = load<u64>(state, 0)
  let b = load<u64>(state, 8)
  let c = load<u64>(state, 16)
  let d = load<u64>(state, 24)
  let e = load<u64>(state, 32)
  let f = load<u64>(state, 40)
  let g = load<u64>(state, 48)
  let h = load<u64>(state, 56)
  for (let k: usize = 0; k < 640; k += 64) {
    h += big1(e) + ((e & f) ^ (~e & g)) + load<u64>(K + k, 0) + load<u64>(SCHEDULE + k, 0)
    d += h
    h += big0(a) + ((a & b) ^ (a & c) ^ (b & c))
    g += big1(d) + ((d & e) ^ (~d & f)) + load<u64>(K + k, 8) + load<u64>(SCHEDULE + k, 8)
    c += g
    g += big0(h) + ((h & a) ^ (h & b) ^ (a & b))
    f += big1(c) + ((c & d) ^ (~c & e)) + load<u64>(K + k, 16) + load<u64>(SCHEDULE + k, 16)
    b += f
    f += big0(g) + ((g & h) ^ (g & a) ^ (h & a))
    e += big1(b) + ((b & c) ^ (~b & d)) + load<u64>(K + k, 24) + load<u64>(SCHEDULE + k, 24)
    a += e
    e += big0(f) + ((f & g) ^ (f & h) ^ (g & h))
    d += big1(a) + ((a & b) ^ (~a & c)) + load<u64>(K + k, 32) + load<u64>(SCHEDULE + k, 32)
    h += d
    d += big0(e) + ((e & f) ^ (e & g) ^ (f & g))
    c += big1(h) + ((h & a) ^ (~h & b)) + load<u64>(K + k, 40) + load<u64>(SCHEDULE + k, 40)
    g += c
    c += big0(d) + ((d & e) ^ (d & f) ^ (e & f))
    b += big1(g) + ((g & h) ^ (~g & a)) + load<u64>(K + k, 48) + load<u64>(SCHEDULE + k, 48)
    f += b
    b += big0(c) + ((c & d) ^ (c & e) ^ (d & e))
    a += big1(f) + ((f & g) ^ (~f & h)) + load<u64>(K + k, 56) + load<u64>(SCHEDULE + k, 56)
    e += a
    a += big0(b) + ((b & c) ^ (b & d) ^ (c & d))
  }
  store<u64>(state, load<u64>(state, 0) + a, 0)
  store<u64>(state, load<u64>(state, 8) + b, 8)
  store<u64>(state, load<u64>(state, 16) + c, 16)
  store<u64>(state, load<u64>(state, 24) + d, 24)
  store<u64>(state, load<u64>(state, 32) + e, 32)
  store<u64>(state, load<u64>(state, 40) + f, 40)
  store<u64>(state, load<u64>(state, 48) + g, 48)
  store<u64>(state, load<u64>(state, 56) + h, 56)
}

// @ts-ignore: decorator
@inline
function big0(x: u64): u64 {
  return rotr<u64>(x, 28) ^ rotr<u64>(x, 34) ^ rotr<u64>(x, 39)
}

// @ts-ignore: decorator
@inline
function big1(x: u64): u64 {
  return rotr<u64>(x, 14) ^ rotr<u64>(x, 18) ^ rotr<u64>(x, 41)
}
