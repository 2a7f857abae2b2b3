/**
 * Leaves out columns by one filter after another (FATE's HeteroFeatureSelection).
 *
 * Filters that look at a party's own values are applied by each party. For those that compare information values or
 * correlations, which the guest knows of all columns, a host says which of its columns are still there and the guest
 * which of them stay.
 * @module
 */
import { column, type Frame } from '../../compute/ml/frame.ts'
import type { Address } from '../../federation/channel.ts'
import { floats, json } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'
import {
  DATA_SLOTS,
  dataInput,
  earlierState,
  headerOf,
  mapFeatures,
  requireColumns,
  requireNumbers,
} from '../input.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { chooseColumns, warnOfUnknown } from '../param.ts'
import { renameParties } from '../party-names.ts'
import { FeatureSelectionParam } from './selection-param.ts'
import { hostParts, type HostOutcome, leftCols } from './selection-report.ts'
import type { ScoredColumn } from './selection-rules.ts'
import { type SelectionStep, type SelectionTable, stepsOf } from './selection-steps.ts'

type Context = TaskContext<FeatureSelectionParam>

/** What a fit decided. */
interface SelectionState {
  readonly header: readonly string[]
  readonly left: readonly string[]
  readonly results: readonly Record<string, unknown>[]
  readonly meta: Record<string, unknown>
}

/** Selects at every party. */
export const heteroFeatureSelection = component({
  name: 'HeteroFeatureSelection',
  summary: 'Leaves out columns by filters',
  roles: ['guest', 'host'],
  requires: ['guest'],
  params: FeatureSelectionParam,
  paramsName: 'FeatureSelectionParam',
  inputs: { data: DATA_SLOTS, model: ['model', 'isometric_model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  renamed: (model, names) => {
    const withResults = (part: Record<string, unknown>) => ({
      ...part,
      results: (part['results'] as Record<string, unknown>[]).map((result) => ({
        ...result,
        hostFeatureValues: renameParties(result['hostFeatureValues'], names),
        hostLeftCols: renameParties(result['hostLeftCols'], names),
      })),
    })
    const state = withResults(model.state as Record<string, unknown>)
    return { ...model, param: withResults(model.param), state }
  },
  messages: {
    selection_plan: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: "The guest's filters, by name.",
    },
    remaining_columns: {
      kind: 'plain',
      from: ['host'],
      to: ['guest'],
      reveals: "Which of the host's columns its own filters have left so far, by place.",
    },
    column_importances: {
      kind: 'aggregate',
      from: ['host'],
      to: ['guest'],
      reveals:
        "Where columns of all parties are ranked by importances of trees: those of the host's remaining columns, by place.",
    },
    left_columns: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals:
        "Which of the host's columns stay, by place: it says a little of how they relate to the label.",
    },
  },
  async run(context) {
    warnOfUnknown(context, FeatureSelectionParam)
    const { frame } = await dataInput(context)
    const state =
      (await earlierState<SelectionState>(context, 'FeatureSelection')) ??
      (await fit(context, frame))
    requireColumns(frame, state.left)
    const left = new Set(state.left)
    await context.writeModel({
      name: 'FeatureSelection',
      param: {
        results: [...state.results],
        finalLeftCols: leftCols(state.header, left),
        header: [...state.header],
      },
      meta: state.meta,
      state,
    })
    await context.writeTable(
      mapFeatures(frame, (name, values) => (left.has(name) ? [{ name, values }] : [])),
    )
    context.log('info', `${left.size} of ${state.header.length} columns left`)
    context.progress(1, 1)
  },
})

async function fit(context: Context, frame: Frame): Promise<SelectionState> {
  const { params, role } = context
  const header = headerOf(frame)
  const choice = { indexes: params.select_col_indexes, names: params.select_names }
  const chosen = chooseColumns(header, choice, 'select_col_indexes or select_names')
  const isometric = context.connected.model.includes('isometric_model')
    ? await context.models('isometric_model')
    : []
  const table: SelectionTable = {
    header,
    isometric,
    values(name) {
      const values = column(frame, name).values as Float64Array
      requireNumbers(frame, { name, values })
      return values
    },
  }
  const steps = stepsOf(params)
  await agreeOnPlan(context, steps)
  let left = chosen
  const results: Record<string, unknown>[] = []
  for (const step of steps) {
    const before = left
    const done =
      step.federated && role === 'host'
        ? await followGuest(context, { step, table, left })
        : await decide(context, { step, table, left })
    left = done.left
    const host = done.hosts.length > 0 ? hostParts(context, done.hosts) : {}
    results.push({
      featureValues: Object.fromEntries(done.values),
      leftCols: leftCols(before, new Set(left)),
      filterName: step.filterName,
      hostFeatureValues: {},
      hostLeftCols: {},
      ...host,
    })
  }
  const dropped = new Set(chosen.filter((name) => !left.includes(name)))
  return {
    header,
    left: header.filter((name) => !dropped.has(name)),
    results,
    meta: {
      filterMethods: [...params.filter_methods],
      localOnly: params.local_only,
      cols: chosen,
      needRun: true,
      uniqueMeta: { eps: params.unique_param.eps },
      ivValueMeta: { valueThreshold: params.iv_value_param.value_threshold },
      ivPercentileMeta: { percentileThreshold: params.iv_percentile_param.percentile_threshold },
      varianceCoeMeta: { valueThreshold: params.variance_coe_param.value_threshold },
      outlierMeta: {
        percentile: params.outlier_param.percentile,
        upperThreshold: params.outlier_param.upper_threshold,
      },
    },
  }
}

/** Both sides must wait for each other in the same filters. */
async function agreeOnPlan(context: Context, steps: readonly SelectionStep[]): Promise<void> {
  const { channel, role } = context
  const plan = steps.map(({ filterName, federated }) => (federated ? filterName : 'own'))
  if (role === 'guest') {
    for (const to of hostsOf(context)) await channel.send(to, 'selection_plan', json.encode(plan))
    return
  }
  const theirs = json.decode(await channel.receive(guestOf(context), 'selection_plan'))
  const federated = (names: unknown): string =>
    JSON.stringify(Array.isArray(names) ? names.filter((name) => name !== 'own') : names)
  if (federated(theirs) === federated(plan)) return
  throw new Error(
    `${guestOf(context)} compares columns by ${federated(theirs)}, ${channel.self} by ${federated(plan)}: ` +
      'filter_methods and local_only must be the same at both',
  )
}

interface Decision {
  readonly left: string[]
  readonly values: readonly (readonly [string, number])[]
  readonly hosts: readonly HostOutcome[]
}

/** A party's decision about its own columns, and in a federated step the guest's about all. */
async function decide(
  context: Context,
  work: { step: SelectionStep; table: SelectionTable; left: readonly string[] },
): Promise<Decision> {
  const { step, table, left } = work
  const { channel } = context
  // A host that decides for itself does so by its own threshold.
  const self = context.role === 'host' ? context.position : -1
  if (step.guestOnly === true && context.role === 'host')
    return { left: [...left], values: [], hosts: [] }
  const values = step.own(table)
  const scored = left.flatMap((name): ScoredColumn[] => {
    const value = values.get(name)
    return value === undefined ? [] : [{ owner: self, index: table.header.indexOf(name), value }]
  })
  const hosts = []
  if (step.federated) {
    for (const [position, from] of hostsOf(context).entries()) {
      const before = json.decode(await channel.receive(from, 'remaining_columns'))
      if (!isPlaces(before)) throw new Error(`${from} sent malformed remaining_columns`)
      const theirs = step.told ? await toldBy(context, from, before) : step.theirs(table, position)
      hosts.push({ position, before, values: theirs })
      for (const index of before) {
        const value = theirs.get(index)
        if (value !== undefined) scored.push({ owner: position, index, value })
      }
    }
  }
  const stay = step.select(scored, table)
  const staysAt = (owner: number, index: number): boolean =>
    !scored.some((one) => one.owner === owner && one.index === index) ||
    stay.some((one) => one.owner === owner && one.index === index)
  const outcomes = hosts.map((host): HostOutcome => {
    return { ...host, left: host.before.filter((index) => staysAt(host.position, index)) }
  })
  for (const [at, to] of (step.federated ? hostsOf(context) : []).entries()) {
    await channel.send(to, 'left_columns', json.encode(outcomes[at].left))
  }
  return {
    left: left.filter((name) => staysAt(self, table.header.indexOf(name))),
    values: left.flatMap((name): [string, number][] => {
      const value = values.get(name)
      return value === undefined || !Number.isFinite(value) ? [] : [[name, value]]
    }),
    hosts: outcomes,
  }
}

/** What a host says of its columns that are still there. */
async function toldBy(
  { channel }: Context,
  from: Address,
  places: readonly number[],
): Promise<Map<number, number>> {
  const values = floats.decode(await channel.receive(from, 'column_importances'))
  if (values.length !== places.length || !values.every(Number.isFinite)) {
    throw new Error(`${from} sent malformed column_importances`)
  }
  return new Map(places.map((place, at) => [place, values[at]]))
}

/** A host's part of a federated step. */
async function followGuest(
  context: Context,
  { step, table, left }: { step: SelectionStep; table: SelectionTable; left: readonly string[] },
): Promise<Decision> {
  const { channel } = context
  const { header } = table
  const theGuest = guestOf(context)
  const before = left.map((name) => header.indexOf(name))
  await channel.send(theGuest, 'remaining_columns', json.encode(before))
  if (step.told) {
    const own = step.own(table)
    const values = Float64Array.from(left, (name) => own.get(name) ?? 0)
    await channel.send(theGuest, 'column_importances', floats.encode(values))
  }
  const after = json.decode(await channel.receive(theGuest, 'left_columns'))
  if (!isPlaces(after) || !after.every((index) => before.includes(index))) {
    throw new Error(`${theGuest} sent malformed left_columns`)
  }
  return { left: after.map((index) => header[index]), values: [], hosts: [] }
}

function isPlaces(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((place: unknown) => Number.isSafeInteger(place) && Number(place) >= 0)
  )
}
