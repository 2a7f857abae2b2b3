/**
 * The key of a training: the arbiter draws it for every attempt anew, and the data parties encrypt with it.
 * @module
 */
import {
  type CipherKey,
  cipherKeyFromBytes,
  cipherKeyToBytes,
  type CipherScheme,
  type CipherSecret,
  drawCipherKey,
} from '../../compute/crypto/cipher-vector.ts'
import { openingFits } from '../../compute/crypto/masked-opening.ts'
import type { Address } from '../../federation/channel.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { type CipherContext, SLOPE_FRACTION, SUM_BITS, sumFraction } from './encrypted-slope.ts'
import type { Family } from './family.ts'
import type { LogisticParam } from './logistic-param.ts'
import { rateFraction } from './poisson-step.ts'
import { arbiterOf, hostsOf } from './row-alignment.ts'

type Context = TaskContext<LogisticParam>

/** The arbiter's side: a fresh key, known to `parties`. */
export async function shareKey(
  context: Context,
  { parties, family }: { parties: readonly Address[]; family: Family },
): Promise<CipherSecret> {
  const { channel, params, random } = context
  const bits = params.encrypt_param.key_length
  if (bits < 2048) {
    context.warn(
      `encrypt_param.key_length is ${bits}: below 2048 bits a key does not protect real data`,
    )
  }
  const secret = drawCipherKey(schemeOf(context, family), { bits, random })
  const key = blob.encode(cipherKeyToBytes(secret.publicKey))
  for (const party of parties) await channel.send(party, 'public_key', key)
  return secret
}

/** A data party's side: the arbiter's key, refused when it is not what the parameters say. */
export async function receiveKey(context: Context): Promise<CipherContext> {
  const { channel, params, parallel, signal } = context
  const key: CipherKey = cipherKeyFromBytes(
    blob.decode(await channel.receive(arbiterOf(context), 'public_key')),
  )
  const { key_length: bits, method } = params.encrypt_param
  if (method === 'paillier' && key.scheme !== 'paillier') {
    throw new Error(`The arbiter sent a key of ${key.scheme}, expected one of paillier`)
  }
  if (key.bits >= bits) return { key, parallel, signal }
  throw new Error(`The arbiter sent a key of ${key.bits} bits, expected ${bits}`)
}

/** Okamoto–Uchiyama unless Paillier is asked for or its longer messages are needed: by short keys and rates of many hosts. */
function schemeOf(context: Context, family: Family): CipherScheme {
  const { key_length: bits, method } = context.params.encrypt_param
  if (method === 'paillier') return method
  const slopes = family.rates ? rateFraction(hostsOf(context).length) : SLOPE_FRACTION
  const fits = openingFits(method, { bits, slot: sumFraction(slopes) + SUM_BITS + 1 })
  if (!fits) {
    context.log('info', `What is opened does not fit such a key of ${bits} bits: Paillier is used`)
  }
  return fits ? method : 'paillier'
}
