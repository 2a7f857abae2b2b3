/**
 * Montgomery multiplication of large numbers in WGSL, one number a thread.
 *
 * Numbers are limbs of 13 bits, as products of two limbs then have 26 bits and 30 rows of them add up in 32 bits without a
 * carry: a step of the inner loop is two multiply-adds, where limbs of 16 bits would need masks and shifts at each.
 * R = 2^(13 L) is at least 4n, so that results below 2n can be multiplied again without a subtraction.
 *
 * Source: P. Montgomery, "Modular multiplication without trial division", Math. Comp. 44 (1985); C. Walter, "Montgomery
 * exponentiation needs no final subtractions", Electronics Letters 35 (1999).
 * @module
 */
import { bitLength } from '../crypto/modular.ts'

/** Bits of a limb. */
export const LIMB_BITS = 13
/** Threads of a workgroup. */
export const GROUP = 64

/**
 * Rows that are added before carries have to move. A row adds at most 2 (2^13 − 1)^2 to a column, the carry of the lowest limb
 * is below 2^19, and what a column starts from is below 2^13 + 2^19: 30 rows stay below 2^32.
 */
export const LAZY_ROWS = 30

/** How numbers of one modulus lie on the GPU. */
export interface Layout {
  readonly limbs: number
  /** 32-bit words of a stored number, which is below twice the modulus. */
  readonly words: number
}

/** The layout for an odd `modulus`. */
export function layoutOf(modulus: bigint): Layout {
  const bits = bitLength(modulus)
  return { limbs: Math.ceil((bits + 2) / LIMB_BITS), words: Math.ceil((bits + 1) / 32) }
}

/** Entry points of the shader. */
export type Entry = 'multiply' | 'enter' | 'leave' | 'power' | 'fixedBase' | 'products'

/** The program for one layout; the modulus itself comes in a buffer. */
export function shaderOf({ limbs, words }: Layout): string {
  return /* wgsl */ `
const L = ${limbs}u;
const W = ${words}u;
const BITS = ${LIMB_BITS}u;
const MASK = ${2 ** LIMB_BITS - 1}u;
const LAZY = ${LAZY_ROWS}u;

struct Job {
  count: u32,
  // Digits of an exponent, or 1 where the first number of a product is given.
  steps: u32,
  given: u32,
  // L again, as a bound that compilers do not unroll by: they took minutes.
  limbs: u32,
}

// n, R² mod n, R mod n as limbs, then −1/n mod 2^13.
@group(0) @binding(0) var<storage, read> field: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> y: array<u32>;
@group(0) @binding(3) var<storage, read> info: array<u32>;
@group(0) @binding(4) var<storage, read_write> result: array<u32>;
@group(0) @binding(5) var<storage, read_write> table: array<u32>;
@group(0) @binding(6) var<uniform> job: Job;

var<workgroup> n: array<u32, L>;
var<private> a: array<u32, L>;
var<private> b: array<u32, L>;
var<private> t: array<u32, L>;

fn prepare(local: u32) {
  for (var j = local; j < job.limbs; j += ${GROUP}u) { n[j] = field[j]; }
  workgroupBarrier();
}

fn settle() {
  var carry = 0u;
  for (var j = 0u; j < job.limbs; j++) {
    let s = t[j] + carry;
    t[j] = s & MASK;
    carry = s >> BITS;
  }
}

// t = a · b / R mod n, below 2n.
fn montgomery() {
  let inverse = field[3u * L];
  for (var j = 0u; j < job.limbs; j++) { t[j] = 0u; }
  var rows = 0u;
  for (var i = 0u; i < job.limbs; i++) {
    let bi = b[i];
    let low = t[0] + a[0] * bi;
    let m = (low * inverse) & MASK;
    let carry = (low + m * n[0]) >> BITS;
    for (var j = 1u; j < job.limbs; j++) {
      t[j - 1u] = t[j] + a[j] * bi + m * n[j];
    }
    t[L - 1u] = 0u;
    t[0] += carry;
    rows++;
    if (rows == LAZY) {
      settle();
      rows = 0u;
    }
  }
  settle();
}

// t − n where that is not negative, in the same time for every t.
fn reduce() {
  var borrow = 0u;
  for (var j = 0u; j < job.limbs; j++) {
    let d = t[j] + MASK + 1u - n[j] - borrow;
    a[j] = d & MASK;
    borrow = 1u - (d >> BITS);
  }
  for (var j = 0u; j < job.limbs; j++) { t[j] = select(a[j], t[j], borrow == 1u); }
}

fn limbOf(low: u32, high: u32, shift: u32) -> u32 {
  // A shift by 32 is none in WGSL.
  let above = select(0u, high << (32u - shift), shift > 0u);
  return ((low >> shift) | above) & MASK;
}

${load('x', 'a')}
${load('x', 'b')}
${load('y', 'b')}
fn storeT(row: u32) {
  for (var word = 0u; word < W; word++) {
    var bits = 0u;
    let first = word * 32u / BITS;
    for (var j = first; j < min(job.limbs, first + 4u); j++) {
      let at = i32(j * BITS) - i32(word * 32u);
      if (at < 0) { bits |= t[j] >> u32(-at); }
      else if (at < 32) { bits |= t[j] << u32(at); }
    }
    result[row * W + word] = bits;
  }
}

fn squareRIntoB() { for (var j = 0u; j < job.limbs; j++) { b[j] = field[L + j]; } }
fn oneIntoB() { for (var j = 0u; j < job.limbs; j++) { b[j] = select(0u, 1u, j == 0u); } }
fn oneIntoA() { for (var j = 0u; j < job.limbs; j++) { a[j] = select(0u, 1u, j == 0u); } }
fn unitIntoA() { for (var j = 0u; j < job.limbs; j++) { a[j] = field[2u * L + j]; } }
fn aFromT() { for (var j = 0u; j < job.limbs; j++) { a[j] = t[j]; } }

@compute @workgroup_size(${GROUP})
fn multiply(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  prepare(local);
  if (id.x >= job.count) { return; }
  loadXToA(id.x);
  squareRIntoB();
  montgomery();
  aFromT();
  loadYToB(id.x);
  montgomery();
  reduce();
  storeT(id.x);
}

@compute @workgroup_size(${GROUP})
fn enter(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  prepare(local);
  if (id.x >= job.count) { return; }
  loadXToA(id.x);
  squareRIntoB();
  montgomery();
  storeT(id.x);
}

@compute @workgroup_size(${GROUP})
fn leave(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  prepare(local);
  if (id.x >= job.count) { return; }
  loadXToA(id.x);
  oneIntoB();
  montgomery();
  reduce();
  storeT(id.x);
}

// Fixed windows of four bits, the most significant first; the same multiplications whatever the exponent's digits are.
@compute @workgroup_size(${GROUP})
fn power(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  prepare(local);
  if (id.x >= job.count) { return; }
  let home = id.x * 16u * L;
  unitIntoA();
  for (var j = 0u; j < job.limbs; j++) { table[home + j] = a[j]; }
  loadXToA(id.x);
  squareRIntoB();
  montgomery();
  for (var j = 0u; j < job.limbs; j++) {
    b[j] = t[j];
    table[home + L + j] = t[j];
  }
  for (var d = 2u; d < 16u; d++) {
    aFromT();
    montgomery();
    for (var j = 0u; j < job.limbs; j++) { table[home + d * L + j] = t[j]; }
  }
  unitIntoA();
  for (var step = 0u; step < job.steps; step++) {
    for (var k = 0u; k < 4u; k++) {
      for (var j = 0u; j < job.limbs; j++) { b[j] = a[j]; }
      montgomery();
      aFromT();
    }
    let digit = info[step];
    for (var j = 0u; j < job.limbs; j++) { b[j] = table[home + digit * L + j]; }
    montgomery();
    aFromT();
  }
  oneIntoB();
  montgomery();
  reduce();
  storeT(id.x);
}

// y has the powers of the base times R: 256 for every byte of the exponent, the least significant byte first.
@compute @workgroup_size(${GROUP})
fn fixedBase(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  prepare(local);
  if (id.x >= job.count) { return; }
  oneIntoA();
  if (job.given == 1u) { loadXToA(id.x); }
  for (var step = 0u; step < job.steps; step++) {
    let at = id.x * job.steps + step;
    let digit = (info[at / 4u] >> (at % 4u * 8u)) & 255u;
    loadYToB(step * 256u + digit);
    montgomery();
    aFromT();
  }
  // A factor of 1 · R: the last result is below 2n and has to be below n.
  for (var j = 0u; j < job.limbs; j++) { b[j] = field[2u * L + j]; }
  montgomery();
  reduce();
  storeT(id.x);
}

// info has a first entry and an end for every product, then the rows in their order; rows and results are times R.
@compute @workgroup_size(${GROUP})
fn products(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  prepare(local);
  if (id.x >= job.count) { return; }
  let end = info[2u * id.x + 1u];
  unitIntoA();
  for (var j = 0u; j < job.limbs; j++) { t[j] = a[j]; }
  for (var k = info[2u * id.x]; k < end; k++) {
    loadXToB(info[2u * job.count + k]);
    montgomery();
    aFromT();
  }
  storeT(id.x);
}
`
}

/** A function that reads a number from a buffer: bytes of the host become limbs. */
function load(from: 'x' | 'y', to: 'a' | 'b'): string {
  return /* wgsl */ `
fn load${from.toUpperCase()}To${to.toUpperCase()}(row: u32) {
  for (var j = 0u; j < job.limbs; j++) {
    let word = j * BITS / 32u;
    let low = select(0u, ${from}[row * W + min(word, W - 1u)], word < W);
    let high = select(0u, ${from}[row * W + min(word + 1u, W - 1u)], word + 1u < W);
    ${to}[j] = limbOf(low, high, j * BITS % 32u);
  }
}`
}
