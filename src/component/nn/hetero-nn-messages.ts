/**
 * Every message of HeteroNN, with what its receiver can learn, and their forms.
 * @module
 */
import {
  type AdditiveScheme,
  type AdditiveSecret,
  type CipherBatch,
  openPublic,
  openSecret,
} from '../../compute/crypto/additive.ts'
import {
  generateOuKey,
  OU_PUBLIC,
  ouPublicKeyFromBytes,
  ouPublicKeyToBytes,
} from '../../compute/crypto/okamoto-uchiyama-key.ts'
import {
  generateKey,
  publicKeyFromBytes,
  publicKeyToBytes,
} from '../../compute/crypto/paillier-key.ts'
import type { Address, Disclosure } from '../../federation/channel.ts'
import { blob, json } from '../../federation/codec.ts'
import { checkpointMessages } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { ALIGNMENT_MESSAGES } from '../linear/row-alignment.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'

type Context = TaskContext<HeteroNNParam>

/** The roles of a training; the first one says where it goes on. */
export const HETERO_NN_ROLES = ['guest', 'host'] as const

/** Messages by tag. */
export const HETERO_NN_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...ALIGNMENT_MESSAGES,
  ...checkpointMessages(HETERO_NN_ROLES),
  public_key: {
    kind: 'plain',
    from: ['guest', 'host'],
    to: ['guest', 'host'],
    reveals: 'A key drawn for this task; it says nothing of any data.',
  },
  widths: {
    kind: 'plain',
    from: ['guest', 'host'],
    to: ['guest', 'host'],
    reveals:
      "How many numbers the host's bottom network answers a row with; how many units the interactive layer has.",
  },
  order: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      'What the host is to do next: which rows of which table pass through, whether they are learnt from, what is kept. ' +
      'It tells when the validation table is measured and whether it came out better; with selector_param, also which rows ' +
      'of a batch are learnt from, hence, by chance, which are predicted badly.',
  },
  weights: {
    kind: 'ciphertext',
    from: ['guest'],
    to: ['host'],
    reveals:
      "Nothing: the guest's share of the interactive layer's weights for this host, under the guest's key.",
  },
  products: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['guest'],
    reveals:
      "For every row what the host adds to each unit of the interactive layer: its network's answers times weights of which " +
      'each party has a share. The guest knows the first weights, and guesses later ones the better the fewer steps ' +
      "were taken: where the layer has as many units as the host's network has answers, or more, those answers can " +
      'be worked out from the first batch. The columns themselves are behind the network.',
  },
  slopes: {
    kind: 'ciphertext',
    from: ['guest'],
    to: ['host'],
    reveals: "Nothing: derivatives of the loss by the units for every row, under the guest's key.",
  },
  weight_steps: {
    kind: 'masked',
    from: ['host'],
    to: ['guest'],
    reveals:
      'Nothing: the step of the weights, hidden by a uniform mask that becomes the share of the host.',
  },
  noise: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['guest'],
    reveals: "Nothing: the host's share of the weights, under the host's key.",
  },
  errors: {
    kind: 'ciphertext',
    from: ['guest'],
    to: ['host'],
    reveals:
      "For every row of a batch the derivative of the loss by each answer of the host's network, which the host opens. It " +
      'follows from the label: with two classes rows of one class have derivatives of nearly one direction, so the ' +
      'host can tell labels apart (O. Li et al., "Label Leakage and Protection in Two-party Split Learning", 2022).',
  },
  kept: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals: 'That the host has kept its state.',
  },
}

/** What the guest has a host do. */
export type Order =
  | {
      /** Rows `from` to `to` of a table pass through; `step` where they are learnt from. */
      readonly do: 'forward'
      readonly table: number
      readonly from: number
      readonly to: number
      readonly step: number | null
      /** Whether encrypted weights follow, or those that came last still hold. */
      readonly fresh: boolean
    }
  /** The rows of the last `forward` are learnt from: all, or those at these places among them. */
  | { readonly do: 'backward'; readonly rows?: readonly number[] }
  /** The network of now is the best one so far. */
  | { readonly do: 'remember' }
  /** Back to the best one. */
  | { readonly do: 'recall' }
  | { readonly do: 'save'; readonly step: number }
  | { readonly do: 'finish' }

/** Gives an order to hosts. */
export async function order(context: Context, to: readonly Address[], what: Order): Promise<void> {
  for (const host of to) await context.channel.send(host, 'order', json.encode(what))
}

/** A fresh key, as the parameters say, and its public half as bytes. */
export function drawKey(context: Context): { secret: AdditiveSecret; bytes: Uint8Array } {
  const { params, parallel, signal } = context
  const { method, key_length: bits } = params.encrypt_param
  const options = { bits, allowSmall: bits < 2048, random: (size: number) => context.random(size) }
  if (method === 'paillier') {
    const key = generateKey(options)
    return { secret: openSecret(key, { parallel, signal }), bytes: publicKeyToBytes(key.publicKey) }
  }
  const key = generateOuKey(options)
  return { secret: openSecret(key, { parallel, signal }), bytes: ouPublicKeyToBytes(key.publicKey) }
}

/** The key of `from`, refused when it is shorter than the parameters say. */
export async function receiveKey(context: Context, from: Address): Promise<AdditiveScheme> {
  const { channel, params, parallel, signal } = context
  const bytes = blob.decode(await channel.receive(from, 'public_key'))
  const key = bytes[1] === OU_PUBLIC ? ouPublicKeyFromBytes(bytes) : publicKeyFromBytes(bytes)
  const bits = params.encrypt_param.key_length
  if (key.bits >= bits) return openPublic(key, { parallel, signal })
  throw new Error(`${from} sent a key of ${key.bits} bits, expected ${bits}`)
}

/** Sends batches one after another under one tag. */
export async function sendBatches(
  { channel }: Context,
  scheme: AdditiveScheme,
  message: { to: Address; tag: string; batches: readonly CipherBatch[] },
): Promise<void> {
  const { to, tag, batches } = message
  for (const batch of batches) await channel.send(to, tag, scheme.toBytes(batch))
}

/** Receives `count` batches of `rows` ciphertexts each. */
export async function receiveBatches(
  { channel }: Context,
  scheme: AdditiveScheme,
  message: { from: Address; tag: string; count: number; rows: number },
): Promise<CipherBatch[]> {
  const { from, tag, count, rows } = message
  const batches: CipherBatch[] = []
  for (let at = 0; at < count; at++) {
    const batch = scheme.fromBytes(await channel.receive(from, tag))
    if (batch.length !== rows) {
      throw new Error(`${from} sent ${batch.length} ciphertexts as ${tag}, expected ${rows}`)
    }
    batches.push(batch)
  }
  return batches
}

/** A whole number from 1 on. */
export async function receiveWidth({ channel }: Context, from: Address): Promise<number> {
  const value = json.decode(await channel.receive(from, 'widths'))
  if (Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= 2 ** 14) {
    return Number(value)
  }
  throw new Error(`${from} sent malformed widths`)
}
