/**
 * Every kernel that may run on another core, by name: a static list. A kernel is a pure function of plain data
 * (numbers, texts, typed arrays), because its argument and its result cross a thread border.
 * @module
 */
import { hashMultiply, multiplyPoints } from './crypto/curve25519.ts'
import { answerBlock, askBlock, digestTexts } from './crypto/kkrt.ts'
import { hashPower, powerElements } from './crypto/modp.ts'
import {
  addRows,
  affineRows,
  decryptRows,
  encryptRows,
  transposeMultiplyRows,
} from './crypto/paillier-kernel.ts'
import { blind, signBlinded, signIds, unblind } from './crypto/rsa-fdh.ts'

export const KERNELS = {
  /** Squares numbers: the smallest kernel there is, kept for testing the pool. */
  square: (values: Float64Array): Float64Array => values.map((value) => value * value),
  /** Floats to Paillier ciphertexts. */
  'paillier.encrypt': encryptRows,
  /** Paillier ciphertexts to floats. */
  'paillier.decrypt': decryptRows,
  /** Sums of Paillier ciphertexts, element by element. */
  'paillier.add': addRows,
  /** `scale · v + offset` under Paillier encryption. */
  'paillier.affine': affineRows,
  /** Matrix transposed times a vector under Paillier encryption. */
  'paillier.transposeMultiply': transposeMultiplyRows,
  /** Identifiers to points of Curve25519 times a scalar. */
  'curve25519.hashMultiply': hashMultiply,
  /** Points of Curve25519 times a scalar. */
  'curve25519.multiply': multiplyPoints,
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
