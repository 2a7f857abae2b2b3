/**
 * Measuring a validation table while a linear model learns, and ending the training when it gets no better.
 *
 * After an epoch that is due each host tells the guest its part of the linear predictor of every row of the table, as it
 * does in prediction; the guest measures. Where the parameters stop early, the guest tells the others whether the epoch was
 * the best one so far, of which each party keeps its weights, and whether it is the last.
 * @module
 */
import { label } from '../../compute/ml/frame.ts'
import { multiply } from '../../compute/ml/matrix.ts'
import type { Address, Disclosure } from '../../federation/channel.ts'
import { floats, json } from '../../federation/codec.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import { createWatch, type Watch, type WatchState } from '../tree/sbt-watch.ts'
import type { Family } from './family.ts'
import type { LogisticParam } from './logistic-param.ts'
import { logExposureOf, openTable } from './lr-inputs.ts'
import { alignGuest, alignHost, arbiterOf, guestOf, hostsOf } from './row-alignment.ts'

type Context = TaskContext<LogisticParam>

/** The messages, by tag. */
export const VALIDATION_MESSAGES: Readonly<Record<string, Disclosure>> = {
  validation_score: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      "The host's part of the linear predictor for every row of the validation table, readable, after every epoch that " +
      'is measured: after as many of them as the host has columns the guest knows these columns but for a linear map.',
  },
  validation_verdict: {
    kind: 'plain',
    from: ['guest'],
    to: ['host', 'arbiter'],
    reveals:
      'Whether the validation table was predicted better than ever in this epoch, and whether to stop.',
  },
}

/** What the guest says of an epoch where it may be the last one. */
export interface Verdict {
  readonly best: boolean
  readonly over: boolean
}

/** A party's weights after an epoch. */
interface OwnWeights {
  readonly weights: readonly number[]
  readonly intercept: number
}

/** A data party's side. */
export interface Validation {
  measure(
    own: OwnWeights,
    place: { epoch: number; target: number | null; state: WatchState },
  ): Promise<{ state: WatchState; verdict: Verdict | undefined }>
  /** Publishes measurements from number `from` on; the guest's only. */
  tell(found: { state: WatchState | undefined; from: number; target: number | null }): void
}

/** Whether the parameters ask for measurements. Throws where they stop early without a table to measure. */
export function wantsValidation(
  { params, name }: Context,
  slot: DataSlot | undefined,
): slot is DataSlot {
  const { validation_freqs, early_stopping_rounds } = params
  if (slot !== undefined) return validation_freqs !== null || early_stopping_rounds !== null
  if (early_stopping_rounds === null) return false
  throw new Error(`early_stopping_rounds needs a validation table: connect eval_data to ${name}`)
}

/** The guest's side; undefined where rows of the table have no label that is known. */
export async function guestValidation(
  context: Context,
  {
    slot,
    family,
    header,
    classes,
  }: { slot: DataSlot; family: Family; header: readonly string[]; classes: readonly number[] },
): Promise<Validation | undefined> {
  const { channel, params } = context
  const { frame, order, ids, matrix } = await openTable(context, { slot, header })
  await alignGuest(context, ids)
  const found = label(frame)
  const known = (value: number) =>
    family.classes ? classes.includes(value) : Number.isFinite(value)
  if (!found || !found.every(known)) {
    const lacking = `${context.name} cannot measure the validation table: it has rows without a known label`
    if (params.early_stopping_rounds !== null) throw new Error(lacking)
    context.warn(lacking)
    return undefined
  }
  const values = Float64Array.from(order, (row) => found[row])
  const offsets = family.rates
    ? logExposureOf({ frame, order }, family.exposure)
    : new Float64Array(values.length)
  const objective = family.objective()
  const rules = createWatch(params, { classes: family.classes ? [0, 1] : [], objective })
  if (!rules) return undefined
  return {
    async measure({ weights, intercept }, { epoch, target, state }) {
      if (!rules.due(epoch)) return { state, verdict: undefined }
      const scores = multiply(matrix, Float64Array.from(weights)).map(
        (wx, row) => wx + intercept + offsets[row],
      )
      for (const host of hostsOf(context)) {
        const part = floats.decode(await channel.receive(host, 'validation_score'))
        if (part.length !== scores.length) {
          throw new Error(`${host} sent a malformed validation_score`)
        }
        part.forEach((wx, row) => (scores[row] += wx))
      }
      const positive = target ?? classes[1]
      const labels = family.classes ? values.map((value) => Number(value === positive)) : values
      const next = rules.record(state, epoch, rules.measure({ labels, scores: [scores] }))
      tellWatch(context, { rules, state: next, from: next.rounds.length - 1, target })
      if (params.early_stopping_rounds === null) return { state: next, verdict: undefined }
      const over = rules.over(next, epoch)
      const verdict = { best: rules.bestRound(next) === epoch, over }
      for (const to of [...hostsOf(context), arbiterOf(context)]) {
        await channel.send(to, 'validation_verdict', json.encode(verdict))
      }
      if (over) {
        context.log('info', `Stops after epoch ${epoch + 1}: the validation table got no better`)
      }
      return { state: next, verdict }
    },
    tell: ({ state, from, target }) => {
      if (state) tellWatch(context, { rules, state, from, target })
    },
  }
}

/** A host's side. */
export async function hostValidation(
  context: Context,
  { slot, header }: { slot: DataSlot; header: readonly string[] },
): Promise<Validation> {
  const { channel, params } = context
  const { ids, matrix } = await openTable(context, { slot, header })
  await alignHost(context, { ids, columns: header.length })
  const rules = createWatch({ ...params, metrics: [] }, { classes: [], objective: NO_OBJECTIVE })
  const guest = guestOf(context)
  return {
    async measure({ weights }, { epoch, state }) {
      if (!rules?.due(epoch)) return { state, verdict: undefined }
      const scores = multiply(matrix, Float64Array.from(weights))
      await channel.send(guest, 'validation_score', floats.encode(scores))
      const verdict =
        params.early_stopping_rounds === null ? undefined : await receiveVerdict(context, guest)
      return { state, verdict }
    },
    tell() {},
  }
}

/** What the guest says after an epoch, where the parameters stop early. */
export async function receiveVerdict(
  { channel }: Pick<TaskContext, 'channel'>,
  from: Address,
): Promise<Verdict> {
  const verdict = json.decode(await channel.receive(from, 'validation_verdict'))
  if (isVerdict(verdict)) return verdict
  throw new Error(`${from} sent a malformed validation_verdict`)
}

const NO_OBJECTIVE = { loss: () => 0, link: () => [] }

function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== 'object' || value === null) return false
  const { best, over } = value as Partial<Verdict>
  return typeof best === 'boolean' && typeof over === 'boolean'
}

/** Publishes the metrics of the validation table from measurement `from` on; one-vs-rest models by class. */
export function tellWatch(
  context: TaskContext,
  found: { rules: Watch; state: WatchState; from: number; target: number | null },
): void {
  const { rules, state, from, target } = found
  const rounds = state.rounds.slice(from)
  if (rounds.length === 0) return
  rules.names.forEach((metric, at) => {
    const name = target === null ? metric : `${metric}.${target}`
    context.metric({
      namespace: 'validate',
      name,
      points: rounds.map(({ round, values }): [number, number] => [round, values[at]]),
      meta: { name: 'validate', metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
    })
  })
}
