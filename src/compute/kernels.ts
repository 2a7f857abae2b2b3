/**
 * Every kernel that may run on another core, by name: a static list. A kernel is a pure function of plain data
 * (numbers, texts, typed arrays), because its argument and its result cross a thread border.
 * @module
 */
import {
  addMessages,
  compressMessages,
  decryptMessages,
  encryptMessages,
  rerandomiseRows,
  scaleMessages,
  sumMessages,
  weighGroups,
  weighMessages,
} from './crypto/additive-kernel.ts'
import { hashMultiply, multiplyPoints } from './crypto/curve25519.ts'
import {
  encryptPairs,
  histogramRows,
  openPairs,
  sealCuts,
  subtractRows,
} from './crypto/gradient-cipher.ts'
import { answerBlock, askBlock, digestTexts } from './crypto/kkrt.ts'
import { hashPower, powerElements } from './crypto/modp.ts'
import { evaluateIds, unblindPoints } from './crypto/oprf25519.ts'
import { blind, signBlinded, signIds, unblind } from './crypto/rsa-fdh.ts'
import { sealTransfers } from './crypto/sealed-transfer.ts'
import {
  addRows,
  affineRows,
  decryptRows,
  encryptRows,
  transposeMultiplyRows,
} from './crypto/vector-kernel.ts'
import { curveChoice } from './kernel/curve25519-load.ts'
import { createRing } from './kernel/load.ts'

export const KERNELS = {
  /** Squares numbers: the smallest kernel there is, kept for testing the pool. */
  square: (values: Float64Array): Float64Array => values.map((value) => value * value),
  /** The name of the big-number kernel that a thread of the pool uses for moduli of so many bits. */
  'kernel.name': ({ bits }: { bits: number }): string =>
    createRing((1n << BigInt(bits)) - 1n).kernel,
  /** What a thread of the pool multiplies points of Curve25519 with; null where that is not in WebAssembly or native. */
  'kernel.curve': ({ curve }: { curve: 25519 }): string | null =>
    curve === 25519 ? curveChoice().name : null,
  /** Integers to ciphertexts of an additive scheme. */
  'additive.encrypt': encryptMessages,
  /** Ciphertexts to integers. */
  'additive.decrypt': decryptMessages,
  /** Fresh randomness for ciphertexts. */
  'additive.rerandomise': rerandomiseRows,
  /** Sums and differences under encryption, element by element. */
  'additive.add': addMessages,
  /** Multiples under encryption. */
  'additive.scale': scaleMessages,
  /** Sums of listed elements under encryption: histograms. */
  'additive.sum': sumMessages,
  /** Matrix transposed times a vector under encryption. */
  'additive.weigh': weighMessages,
  /** Sums of few elements under encryption, each times a number of its own. */
  'additive.weighGroups': weighGroups,
  /** Several messages into one ciphertext. */
  'additive.compress': compressMessages,
  /** Floats to ciphertexts. */
  'vector.encrypt': encryptRows,
  /** Ciphertexts to floats. */
  'vector.decrypt': decryptRows,
  /** Sums of encrypted floats, element by element. */
  'vector.add': addRows,
  /** `scale · v + offset` of encrypted floats. */
  'vector.affine': affineRows,
  /** Matrix transposed times a vector of encrypted floats. */
  'vector.transposeMultiply': transposeMultiplyRows,
  /** Pairs of derivatives to ciphertexts. */
  'gradient.encrypt': encryptPairs,
  /** Encrypted derivatives to sums by bin. */
  'gradient.histogram': histogramRows,
  /** Differences of encrypted histograms. */
  'gradient.subtract': subtractRows,
  /** Encrypted histograms to packed left sums of splits. */
  'gradient.seal': sealCuts,
  /** Packed left sums to numbers. */
  'gradient.open': openPairs,
  /** Identifiers to points of Curve25519 times a scalar. */
  'curve25519.hashMultiply': hashMultiply,
  /** Points of Curve25519 times a scalar. */
  'curve25519.multiply': multiplyPoints,
  /** Identifiers to values of a pseudorandom function on Curve25519 under a scalar. */
  'oprf25519.evaluate': evaluateIds,
  /** Answers of the owner of its key to such values. */
  'oprf25519.unblind': unblindPoints,
  /** Entries of transfers, sealed for who chose them. */
  'transfer.seal': sealTransfers,
  /** Identifiers to salted digests. */
  'kkrt.digest': digestTexts,
  /** A block of the oblivious pseudorandom function at its receiver. */
  'kkrt.ask': askBlock,
  /** A block of it at its sender. */
  'kkrt.answer': answerBlock,
  /** Identifiers to elements of the group of RFC 3526 under an exponent. */
  'modp.hashPower': hashPower,
  /** Elements of that group under an exponent. */
  'modp.power': powerElements,
  /** Identifiers to blinded RSA requests. */
  'rsaFdh.blind': blind,
  /** Blinded RSA requests to signatures. */
  'rsaFdh.signBlinded': signBlinded,
  /** The signer's own identifiers to hashed signatures. */
  'rsaFdh.signIds': signIds,
  /** Answers of the signer to hashed signatures. */
  'rsaFdh.unblind': unblind,
} as const

export type KernelName = keyof typeof KERNELS
export type KernelArguments<K extends KernelName> = Parameters<(typeof KERNELS)[K]>[0]
export type KernelResult<K extends KernelName> = Awaited<ReturnType<(typeof KERNELS)[K]>>
