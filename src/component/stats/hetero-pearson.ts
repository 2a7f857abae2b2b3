/**
 * Pearson's correlations of columns at one party and across parties, and variance inflation (FATE's HeteroPearson).
 *
 * Across parties by Paillier inner products: the guest sends its standardised columns encrypted under its own key, a host
 * multiplies them with its standardised columns and returns one freshly randomised ciphertext a pair of columns, the
 * guest decrypts and tells the host. Every value that is opened is a sum over all rows. The parties are expected to
 * follow the protocol: a guest that sends other vectors than its columns learns other sums.
 * @module
 */
import { z } from 'zod'

import {
  cipherVectorFromBytes,
  cipherVectorToBytes,
  decryptVector,
  encryptVector,
  generateKey,
  publicKeyFromBytes,
  publicKeyToBytes,
  type SecretKey,
  transposeMultiply,
} from '../../compute/crypto/cipher-vector.ts'
import { fromColumns } from '../../compute/ml/matrix.ts'
import { blob, floats, json } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { anonymousName } from '../feature/binning-model.ts'
import { EncryptParam } from '../feature/binning-param.ts'
import { DATA_SLOTS, dataInput, headerOf } from '../input.ts'
import {
  alignGuest,
  alignHost,
  ALIGNMENT_MESSAGES,
  guestOf,
  hostsOf,
  sortRows,
} from '../linear/row-alignment.ts'
import { chooseColumns, ColumnIndexes, ColumnNames, warnOfUnknown } from '../param.ts'
import { renameParties } from '../party-names.ts'
import type { CorrelationState } from './correlation-model.ts'
import { inflation, inner, standardised } from './correlation-steps.ts'

/** Bits after the point of standardised values, which are at most the root of the number of rows. */
const FRACTION = 36

/** Parameters of HeteroPearson. */
export const PearsonParam = z.looseObject({
  column_names: ColumnNames,
  column_indexes: ColumnIndexes.optional(),
  /** Whether columns of different parties are compared too. */
  cross_parties: z.boolean().default(true),
  calc_local_vif: z.boolean().default(true),
  encrypt_param: EncryptParam,
  /** This and the next one steer FATE's secret sharing, which is not used here. */
  use_mix_rand: z.boolean().default(false),
  fixpoint_bit_length: z.int().default(2048),
  need_run: z.boolean().default(true),
})

type Context = TaskContext<z.output<typeof PearsonParam>>

/** Correlations within each party, and of the guest with each host. */
export const heteroPearson = component({
  name: 'HeteroPearson',
  summary: 'Correlations of columns, also across parties, and variance inflation',
  roles: ['guest', 'host'],
  requires: ['guest'],
  params: PearsonParam,
  paramsName: 'PearsonParam',
  inputs: { data: DATA_SLOTS, model: [] },
  outputs: { data: false, model: true },
  deployed: false,
  renamed: (model, names) => {
    const { party, parties, allNames } = model.param
    const [own, ...others] = allNames as unknown[]
    const [, role = '', id = ''] = /^\((\w+),(\w+)\)$/.exec(String(party)) ?? []
    const renamed = {
      party: `(${role},${names[role]?.get(id) ?? id})`,
      parties: renameParties(parties, names),
      allNames: [own, ...others.map((entry) => renameParties(entry, names))],
    }
    return { ...model, param: { ...model.param, ...renamed } }
  },
  messages: {
    ...ALIGNMENT_MESSAGES,
    pearson_key: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: "The guest's public key; it says nothing of any data.",
    },
    guest_column: {
      kind: 'ciphertext',
      from: ['guest'],
      to: ['host'],
      reveals: "Nothing: one standardised column under the guest's key.",
    },
    guest_columns: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'How many columns the guest compares.',
    },
    host_columns: {
      kind: 'plain',
      from: ['host'],
      to: ['guest'],
      reveals: 'Which columns of its table the host compares, by place.',
    },
    products: {
      kind: 'aggregate',
      from: ['host'],
      to: ['guest'],
      reveals:
        "The correlation of one of the guest's columns with each of the host's, once the guest decrypts it.",
    },
    correlations: {
      kind: 'aggregate',
      from: ['guest'],
      to: ['host'],
      reveals:
        "The correlation of each of the guest's columns, without names, with each of the host's.",
    },
  },
  async run(context) {
    warnOfUnknown(context, PearsonParam)
    const { params, role, channel } = context
    const { frame } = await dataInput(context)
    const header = headerOf(frame)
    const choice = { indexes: params.column_indexes, names: params.column_names }
    const names = chooseColumns(header, choice, 'column_indexes or column_names')
    const { order, ids } = sortRows(frame, channel.self)
    const columns = standardised(context, frame, { names, order })
    const indexes = names.map((name) => header.indexOf(name))
    const local = columns.map((a) => columns.map((b) => inner(a, b) / ids.length))
    const crossed = params.cross_parties && hostsOf(context).length > 0
    let hosts: CorrelationState['hosts'] = []
    let fromGuest: number[][] = []
    if (crossed && role === 'guest') {
      await alignGuest(context, ids)
      hosts = await compareWithHosts(context, columns)
    } else if (crossed) {
      await alignHost(context, { ids, columns: indexes.length })
      fromGuest = await compareWithGuest(context, { columns, indexes })
    }
    const vif = params.calc_local_vif ? inflation(local) : null
    const state: CorrelationState = { names, local, vif, hosts }
    const [first] = hosts
    const corr = role === 'guest' ? (first?.correlation ?? []) : fromGuest
    const guests = `guest_${context.members.guest?.[0] ?? ''}`
    const parties = (context.members.host ?? []).map((party) => `host_${party}`)
    await context.writeModel({
      name: 'HeteroPearsonModel',
      param: {
        party: `(${role},${context.party})`,
        names,
        localCorr: local.flat(),
        localVif: vif ?? [],
        corr: corr.flat(),
        parties: crossed ? [guests, ...parties] : [],
        shape: crossed ? [corr.length, corr[0]?.length ?? 0] : [],
        allNames: [
          { name: names },
          ...hosts.map((host, at) => ({
            name: host.indexes.map((index) =>
              anonymousName(context.members.host?.[at] ?? '', index),
            ),
          })),
        ],
        ...(hosts.length > 1 ? { hostCorr: hosts.map((host) => host.correlation.flat()) } : {}),
      },
      meta: { shape: [ids.length, names.length] },
      state,
    })
    context.metric({
      namespace: 'statistic',
      name: 'correlation',
      points: [],
      meta: { name: 'correlation', metric_type: 'CORRELATION_GRAPH' },
    })
    context.progress(1, 1)
  },
})

async function compareWithHosts(
  context: Context,
  columns: readonly Float64Array[],
): Promise<CorrelationState['hosts']> {
  const { channel, params, parallel, signal } = context
  const rows = columns[0]?.length ?? 0
  const bits = params.encrypt_param.key_length
  const secret: SecretKey = generateKey({ bits, allowSmall: bits < 2048, random: context.random })
  const key = secret.publicKey
  for (const to of hostsOf(context)) {
    await channel.send(to, 'pearson_key', blob.encode(publicKeyToBytes(key)))
  }
  const places: number[][] = []
  for (const from of hostsOf(context)) {
    const indexes = json.decode(await channel.receive(from, 'host_columns'))
    const fits = Array.isArray(indexes) && indexes.every((index) => Number.isSafeInteger(index))
    if (!fits) throw new Error(`${from} sent malformed host_columns`)
    places.push(indexes as number[])
    await channel.send(from, 'guest_columns', json.encode(columns.length))
  }
  const found = places.map((): number[][] => [])
  for (const [done, column] of columns.entries()) {
    const encrypted = await encryptVector(key, column, { parallel, signal, fraction: FRACTION })
    const bytes = cipherVectorToBytes(encrypted)
    for (const to of hostsOf(context)) await channel.send(to, 'guest_column', bytes)
    for (const [at, from] of hostsOf(context).entries()) {
      const products = cipherVectorFromBytes(await channel.receive(from, 'products'), key)
      if (products.length !== places[at].length) throw new Error(`${from} sent malformed products`)
      const sums = await decryptVector(secret, products, { parallel, signal })
      found[at].push([...sums].map((sum) => clamp(sum / rows)))
    }
    context.progress(done + 1, columns.length, 'columns compared')
  }
  for (const [at, to] of hostsOf(context).entries()) {
    const flat = Float64Array.from(found[at].flat())
    await channel.send(to, 'correlations', floats.encode(flat))
  }
  return places.map((indexes, at) => ({ indexes, correlation: found[at] }))
}

async function compareWithGuest(
  context: Context,
  { columns, indexes }: { columns: readonly Float64Array[]; indexes: readonly number[] },
): Promise<number[][]> {
  const { channel, params, parallel, signal } = context
  const theGuest = guestOf(context)
  const key = publicKeyFromBytes(blob.decode(await channel.receive(theGuest, 'pearson_key')))
  if (key.bits < params.encrypt_param.key_length) {
    throw new Error(
      `${theGuest} sent a key of ${key.bits} bits, expected ${params.encrypt_param.key_length}`,
    )
  }
  await channel.send(theGuest, 'host_columns', json.encode([...indexes]))
  const count = json.decode(await channel.receive(theGuest, 'guest_columns'))
  const rows = columns[0]?.length ?? 0
  if (!Number.isSafeInteger(count) || Number(count) < 0) {
    throw new Error(`${theGuest} sent a malformed guest_columns`)
  }
  if (Number(count) >= rows) {
    throw new Error(
      `${theGuest} compares ${Number(count)} columns over ${rows} rows: it could work out this party's values`,
    )
  }
  const matrix = fromColumns(columns)
  for (let done = 0; done < Number(count); done++) {
    const column = cipherVectorFromBytes(await channel.receive(theGuest, 'guest_column'), key)
    const products = await transposeMultiply(key, matrix, column, {
      parallel,
      signal,
      fraction: FRACTION,
    })
    await channel.send(theGuest, 'products', cipherVectorToBytes(products))
  }
  const flat = floats.decode(await channel.receive(theGuest, 'correlations'))
  if (flat.length !== Number(count) * columns.length) {
    throw new Error(`${theGuest} sent malformed correlations`)
  }
  return Array.from({ length: Number(count) }, (_, row) => [
    ...flat.subarray(row * columns.length, (row + 1) * columns.length),
  ])
}

function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value))
}
