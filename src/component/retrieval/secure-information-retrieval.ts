/**
 * Values of a host's columns for the ids of the guest, who learns nothing of other rows; the host does not learn which of
 * its rows were wanted, but for a number of candidates (FATE's SecureInformationRetrieval).
 * @module
 */
import { z } from 'zod'

import type { Column, Frame } from '../../compute/ml/frame.ts'
import type { Disclosure } from '../../federation/channel.ts'
import { json } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { PrivateFault } from '../private-fault.ts'
import { checkIds } from '../psi/check-ids.ts'
import { placeOf } from '../psi/meeting.ts'
import type { CellColumn } from './entries.ts'
import { HIDDEN_MESSAGES, retrieve, type Retrieved, serve } from './hidden-retrieval.ts'
import { RAW_MESSAGES, retrieveRaw, serveRaw } from './raw-retrieval.ts'
import { difference, isRaw, LABEL_NAME, RetrievalParam, termsOf } from './retrieval-param.ts'

const MESSAGES: Readonly<Record<string, Disclosure>> = {
  sir_terms: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      'How many ids the guest has, which columns it asks for and among how many rows a value hides.',
  },
  ...HIDDEN_MESSAGES,
  ...RAW_MESSAGES,
}

const TERMS = z.object({
  rows: z.int().min(1),
  blocks: z.int().nonnegative(),
  columns: z.string().array(),
})

type Context = TaskContext<RetrievalParam>

/** FATE's component, for one guest and, other than there, any number of hosts with the same columns. */
export const secureInformationRetrieval = component({
  name: 'SecureInformationRetrieval',
  summary: 'Fetch values of a host’s columns by id, without showing which rows are wanted',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: RetrievalParam,
  paramsName: 'SecureInformationRetrievalParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: true, model: true },
  deployed: false,
  messages: MESSAGES,
  async run(context) {
    warnOfUnknown(context, RetrievalParam)
    const [guests, hosts] = [context.members.guest ?? [], context.members.host ?? []]
    if (guests.length !== 1 || hosts.length === 0) {
      throw new Error(
        `${context.name} needs one guest and at least one host, got ${guests.length} and ${hosts.length}`,
      )
    }
    if (isRaw(context.params)) {
      context.warn(
        'Raw retrieval: the host sees the ids of the guest, and values are sent readable',
      )
    }
    const frame = await inputOf(context)
    if (context.role === 'guest') await guest(context, frame)
    else await host(context, frame)
  },
})

async function guest(context: Context, frame: Frame): Promise<void> {
  const { channel, params } = context
  const hosts = hostsOf(context)
  const terms = termsOf(params)
  for (const peer of hosts) {
    await channel.send(peer, 'sir_terms', json.encode({ rows: frame.ids.length, ...terms }))
  }
  // Every id is asked for, and has a transfer where the host has it too.
  const steps = (isRaw(params) ? 1 : 2) * frame.ids.length * hosts.length
  const done = progressOf(context, steps)
  const answers: Retrieved[] = []
  for (const peer of hosts) {
    const meeting = placeOf(context, { peer, at: 0, done })
    const place = { ...meeting, columns: terms.columns.length || 1 }
    // Also ids that a host before had: how many these are is not for the next one to know.
    answers.push(
      isRaw(params)
        ? await retrieveRaw(context, frame.ids, place)
        : await retrieve(context, frame.ids, { ...place, blocks: terms.blocks }),
    )
  }
  const found = firstOf(context, answers)
  await context.writeTable(tableOf(frame, found, params))
  const { cells, blocks } = found
  await report(context, { count: cells.size, rows: frame.ids.length, blocks })
}

async function host(context: Context, frame: Frame): Promise<void> {
  const { channel, params } = context
  const columns = columnsOf(context, frame)
  const peer = guestOf(context)
  const told = TERMS.safeParse(json.decode(await channel.receive(peer, 'sir_terms')))
  if (!told.success) throw new RangeError(`${peer} sent terms of an unknown form`)
  const terms = termsOf(params)
  const differs = difference(terms, told.data)
  if (differs) throw new Error(`${peer} set up another retrieval: ${differs}`)
  const { rows } = told.data
  const steps = isRaw(params) ? rows : 2 * rows + frame.ids.length
  const place = { ...placeOf(context, { peer, at: 0, done: progressOf(context, steps) }), rows }
  const table = { ids: frame.ids, columns }
  const { count, blocks } = isRaw(params)
    ? await serveRaw(context, table, place)
    : await serve(context, table, { ...place, blocks: terms.blocks })
  await context.writeTable(frame)
  await report(context, { count, rows: frame.ids.length, blocks })
}

/** Each id's values at the first host that has it. */
function firstOf(context: Context, answers: readonly Retrieved[]): Retrieved {
  const [{ form }] = answers
  const cells = new Map<number, readonly (number | string)[]>()
  for (const [at, answer] of answers.entries()) {
    if (answer.form.types.join() !== form.types.join()) {
      const [first, other] = [hostsOf(context)[0], hostsOf(context)[at]]
      throw new Error(
        `${first} and ${other} give texts and numbers in different columns: let both read their tables in one way`,
      )
    }
    for (const [row, values] of answer.cells) if (!cells.has(row)) cells.set(row, values)
  }
  return { form, cells, blocks: Math.min(...answers.map(({ blocks }) => blocks)) }
}

/** The values by the guest's rows; an id that the host lacks has none: a gap among numbers, an empty text. */
function tableOf(frame: Frame, { form, cells }: Retrieved, params: RetrievalParam): Frame {
  const asksLabel = params.target_cols.length === 0
  const names = asksLabel ? [LABEL_NAME] : params.target_cols
  const { idName, ids } = frame
  const columns = names.map((name, at): Column => {
    const values = ids.map((_, row) => cells.get(row)?.[at])
    if (form.types[at] === 'text') {
      return { name, type: 'text', values: values.map((value) => String(value ?? '')) }
    }
    return { name, type: 'number', values: Float64Array.from(values, (it) => Number(it ?? NaN)) }
  })
  const kind = form.types.includes('text') ? 'raw' : 'data'
  const label = asksLabel && kind === 'data' ? { labelName: LABEL_NAME } : {}
  return { kind, idName, ids, ...label, columns }
}

/** The columns that this host gives values of. */
function columnsOf({ name, params }: Context, frame: Frame): CellColumn[] {
  const names = params.target_cols.length > 0 ? params.target_cols : [frame.labelName]
  return names.map((wanted) => {
    if (wanted === undefined) {
      throw new Error(
        `${name} has no target_cols and the host's table no label to retrieve: name columns`,
      )
    }
    const found = frame.columns.find((column) => column.name === wanted)
    if (found && found.type !== 'json') return found
    const there = frame.columns.map((column) => column.name).join(', ')
    throw new PrivateFault(
      `target_cols names "${wanted}", which can not be retrieved: the table has ${there || 'no columns'}`,
      `target_cols names "${wanted}", which the host's table does not have`,
    )
  })
}

async function inputOf(context: Context): Promise<Frame> {
  const tables = await context.tables('data')
  const owner = context.channel.self
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in "data" at ${owner}, got ${tables.length}`)
  }
  const [{ frame }] = tables
  if (frame.ids.length === 0)
    throw new Error(`${context.name} got a table without rows at ${owner}`)
  await checkIds(context.name, frame.ids, context)
  return frame
}

/** Tells of steps that are done, of `most` that there can be. */
function progressOf(context: Context, most: number): (some: number) => void {
  let done = 0
  return (some) => context.progress((done += some), Math.max(done, most), 'retrieval')
}

/** Which share was found, as metric, model and line of the log. */
async function report(
  context: Context,
  {
    count,
    rows,
    blocks,
  }: { readonly count: number; readonly rows: number; readonly blocks: number },
): Promise<void> {
  const { params } = context
  const coverage = count / rows
  context.metric({
    namespace: 'train',
    name: 'sir',
    points: [['Coverage', coverage], ...(blocks > 0 ? [['Block number', blocks] as const] : [])],
    meta: { name: 'sir', metric_type: 'INTERSECTION' },
  })
  await context.writeModel({
    name: 'SecureInformationRetrieval',
    param: { coverage, blockNum: blocks },
    meta: {
      securityLevel: params.security_level,
      obliviousTransferProtocol: params.oblivious_transfer_protocol,
      commutativeEncryption: params.commutative_encryption,
      nonCommittingEncryption: params.non_committing_encryption,
      keySize: params.key_size,
      rawRetrieval: params.raw_retrieval,
    },
  })
  context.progress(1, 1)
  const hidden = blocks > 0 ? `each among ${blocks} rows of the host` : 'nothing hidden'
  context.log('info', `${count} of ${rows} rows: ${hidden}`)
}
