/**
 * Cuts columns into bins and says how well each column tells two classes apart (FATE's HeteroFeatureBinning).
 *
 * For a host's columns the guest sends every row's label encrypted under its own key; the host adds up the ciphertexts of
 * each bin and sends the sums, freshly randomised, with the bins' numbers of rows. The guest decrypts how many events
 * each bin has. The host learns nothing of labels, unless bins are chosen by them (method optimal): then it learns which
 * of its fine bins belong together.
 * @module
 */
import {
  cipherVectorFromBytes,
  cipherVectorToBytes,
  decryptVector,
  encryptVector,
  generateKey,
  publicKeyFromBytes,
  publicKeyToBytes,
} from '../../compute/crypto/cipher-vector.ts'
import { quantileSplits } from '../../compute/ml/binning.ts'
import { type Frame, label } from '../../compute/ml/frame.ts'
import { reportBins } from '../../compute/ml/woe.ts'
import { blob, json } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { DATA_SLOTS, dataInput, earlierState, featureValues, requireColumns } from '../input.ts'
import {
  alignGuest,
  alignHost,
  ALIGNMENT_MESSAGES,
  guestOf,
  hostsOf,
  sortRows,
} from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { renameParties } from '../party-names.ts'
import { isRising, receiveCounts, sumByBin } from './binning-counts.ts'
import {
  type BinnedColumn,
  type BinningState,
  type HostBins,
  toModel,
  transformBins,
  transformOf,
} from './binning-model.ts'
import { FeatureBinningParam } from './binning-param.ts'
import { countBins, type FineBins, fitSplits, merge } from './binning-splits.ts'

type Context = TaskContext<FeatureBinningParam>

/** Bins at every party, information values at the guest. */
export const heteroFeatureBinning = component({
  name: 'HeteroFeatureBinning',
  summary: 'Cuts columns into bins, with weight of evidence and information value',
  roles: ['guest', 'host'],
  requires: [],
  params: FeatureBinningParam,
  paramsName: 'FeatureBinningParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  renamed: (model, names) => ({
    ...model,
    param: { ...model.param, hostResults: renameParties(model.param['hostResults'], names) },
    state: {
      ...(model.state as BinningState),
      hosts: renameParties((model.state as BinningState).hosts, names),
    },
  }),
  messages: {
    ...ALIGNMENT_MESSAGES,
    binning_plan: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'Whether there are labels of two classes, that is, whether bins will be counted.',
    },
    label_key: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: "The guest's public key; it says nothing of any data.",
    },
    labels: {
      kind: 'ciphertext',
      from: ['guest'],
      to: ['host'],
      reveals: "Nothing: the label of every row under the guest's key.",
    },
    bin_rows: {
      kind: 'aggregate',
      from: ['host'],
      to: ['guest'],
      reveals:
        'How many rows each bin of each column has, and the places of the columns; no names, no split points.',
    },
    bin_events: {
      kind: 'aggregate',
      from: ['host'],
      to: ['guest'],
      reveals: 'How many rows of the positive class each bin has, once the guest decrypts it.',
    },
    merged_bins: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals:
        "Which of the host's fine bins form one, for method optimal: it hints at which ranges have like shares of the " +
        'positive class.',
    },
  },
  async run(context) {
    warnOfUnknown(context, FeatureBinningParam)
    const { frame } = await dataInput(context)
    const earlier = await earlierState<BinningState>(context, 'FeatureBinning')
    if (earlier) {
      requireColumns(frame, earlier.header)
      await context.writeModel(toModel(context.params, earlier))
      await context.writeTable(transformBins(frame, earlier))
      context.progress(1, 1)
      return
    }
    if (context.role === 'guest') await guest(context, frame)
    else await host(context, frame)
    context.progress(1, 1)
  },
})

async function guest(context: Context, frame: Frame): Promise<void> {
  const { channel, params, parallel, signal } = context
  const fine = fitSplits(context, frame)
  const events = eventsOf(context, frame)
  const columns = fine.columns.map((column): BinnedColumn => {
    if (!events) return { ...column, report: null }
    const counts = countBins(column.bins, { events, bins: column.splits.length })
    const merged = merge(params, counts, column.fixed)
    return {
      name: column.name,
      splits: Float64Array.from(merged.last, (at) => column.splits[at]),
      report: reportBins(merged.counts, params.adjustment_factor),
    }
  })
  const hosts: HostBins[] = []
  if (!params.local_only && hostsOf(context).length > 0) {
    const { order, ids } = sortRows(frame, channel.self)
    await alignGuest(context, ids)
    for (const to of hostsOf(context)) {
      await channel.send(to, 'binning_plan', json.encode({ counts: events !== undefined }))
    }
    if (events) {
      const bits = params.encrypt_param.key_length
      const secret = generateKey({ bits, allowSmall: bits < 2048, random: context.random })
      const key = secret.publicKey
      const values = Float64Array.from(order, (row) => events[row])
      const labels = await encryptVector(key, values, { parallel, signal, fraction: 0 })
      for (const to of hostsOf(context)) {
        await channel.send(to, 'label_key', blob.encode(publicKeyToBytes(key)))
        await channel.send(to, 'labels', cipherVectorToBytes(labels))
      }
      for (const [at, from] of hostsOf(context).entries()) {
        const found = await receiveCounts(context, { from, key, rows: ids.length })
        const sums = await decryptVector(secret, found.events, { parallel, signal })
        const kept = found.columns.map((column) => {
          const counts = column.take(sums)
          return { index: column.index, ...merge(params, counts, column.fixed) }
        })
        if (params.method === 'optimal') {
          await channel.send(from, 'merged_bins', json.encode(kept.map(({ last }) => last)))
        }
        hosts.push({
          party: context.members.host?.[at] ?? '',
          columns: kept.map(({ index, counts }) => {
            return { index, report: reportBins(counts, params.adjustment_factor) }
          }),
        })
        context.progress(at + 1, hostsOf(context).length, `columns of ${from}`)
      }
    }
  }
  await finish(context, frame, { fine, columns, hosts })
}

async function host(context: Context, frame: Frame): Promise<void> {
  const { channel, params } = context
  const fine = fitSplits(context, frame)
  let columns = fine.columns.map(({ name, splits }): BinnedColumn => {
    return { name, splits, report: null }
  })
  const theGuest = params.local_only ? undefined : guestOf(context)
  if (theGuest !== undefined) {
    const { order, ids } = sortRows(frame, channel.self)
    await alignHost(context, { ids, columns: fine.header.length })
    const plan = json.decode(await channel.receive(theGuest, 'binning_plan'))
    const counts = (plan as { counts?: unknown } | null)?.counts
    if (typeof counts !== 'boolean') throw new Error(`${theGuest} sent a malformed binning_plan`)
    if (counts) {
      const key = publicKeyFromBytes(blob.decode(await channel.receive(theGuest, 'label_key')))
      if (key.bits < params.encrypt_param.key_length) {
        throw new Error(
          `${theGuest} sent a key of ${key.bits} bits, expected ${params.encrypt_param.key_length}`,
        )
      }
      const labels = cipherVectorFromBytes(await channel.receive(theGuest, 'labels'), key)
      if (labels.length !== ids.length) throw new Error(`${theGuest} sent malformed labels`)
      const sums = await sumByBin(context, { key, labels, order, columns: fine.columns })
      const shape = fine.columns.map(({ name, bins, splits, fixed }) => {
        const rows = Array.from(splits, () => 0)
        for (const bin of bins) rows[bin]++
        return {
          index: fine.header.indexOf(name),
          rows,
          fixed,
        }
      })
      await channel.send(theGuest, 'bin_rows', json.encode(shape))
      await channel.send(theGuest, 'bin_events', cipherVectorToBytes(sums))
      if (params.method === 'optimal') {
        const merged = json.decode(await channel.receive(theGuest, 'merged_bins'))
        columns = columns.map((column, at) => {
          const last = Array.isArray(merged) ? (merged as unknown[])[at] : undefined
          if (!isRising(last, column.splits.length)) {
            throw new Error(`${theGuest} sent malformed merged_bins`)
          }
          return { ...column, splits: Float64Array.from(last, (bin) => column.splits[bin]) }
        })
      }
    }
  } else if (params.method === 'optimal') {
    context.warn('Method optimal needs labels, which a host alone has not: its bins are quantiles')
    columns = columns.map((column, at) => {
      const values = featureValues(frame).get(column.name)
      if (!values || fine.columns[at].fixed) return column
      return { ...column, splits: quantileSplits(values, params.bin_num) }
    })
  }
  await finish(context, frame, { fine, columns, hosts: [] })
}

async function finish(
  context: Context,
  frame: Frame,
  found: { fine: FineBins; columns: readonly BinnedColumn[]; hosts: readonly HostBins[] },
): Promise<void> {
  const { fine, columns, hosts } = found
  const binned = columns.map(({ name }) => name)
  const state: BinningState = {
    header: fine.header,
    columns,
    hosts,
    transform: transformOf(context.params, {
      header: fine.header,
      binned,
      categories: fine.categories,
    }),
  }
  await context.writeModel(toModel(context.params, state))
  await context.writeTable(transformBins(frame, state))
  context.log('info', `${binned.length} of ${fine.header.length} columns binned`)
}

/** 1 for rows of the positive class, 0 for others; undefined where there are no two classes. */
function eventsOf(context: Context, frame: Frame): Float64Array | undefined {
  const labels = label(frame)
  const values = labels ? [...new Set(labels)].sort((a, b) => a - b) : []
  if (labels && values.length === 2 && values.every(Number.isFinite)) {
    const positive = values.includes(1) ? 1 : values[1]
    return labels.map((value) => (value === positive ? 1 : 0))
  }
  const why = labels ? `has ${values.length} classes` : 'does not exist'
  const text = `The label ${why}, and information values are of two classes: there are none`
  if (context.params.method === 'optimal') {
    throw new Error(`${text}. Use method quantile or bucket`)
  }
  context.warn(text)
  return undefined
}
