/**
 * Measuring validation tables while HomoLR learns: every party measures its own with the mean of all models after each round;
 * the guest's says whether it was the best so far and whether to stop. Also the weights of a party's rows.
 * @module
 */
import { type Frame, label, rowWeights } from '../../compute/ml/frame.ts'
import { multiply } from '../../compute/ml/matrix.ts'
import { binaryObjective } from '../../compute/ml/tree/objective.ts'
import { json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { PrivateFault } from '../private-fault.ts'
import { createWatch, type Watch } from '../tree/sbt-watch.ts'
import type { Plan } from './homo-inputs.ts'
import type { HomoLogisticParam } from './homo-param.ts'
import { arbiterOf, featureMatrix, guestOf, hostsOf } from './row-alignment.ts'
import { receiveVerdict, tellWatch, type Validation, type Verdict } from './validation.ts'

type Context = TaskContext<HomoLogisticParam>

/** A party's side. A host whose rows have labels that are not known measures nothing. */
export function homoValidation(context: Context, frame: Frame, plan: Plan): Validation {
  const { channel, params, role } = context
  const rules = createWatch(params, { classes: [0, 1], objective: binaryObjective() })
  const labels = knownLabels(context, frame, plan)
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  const matrix = featureMatrix(frame, { names: plan.header, order, owner: channel.self })

  async function decide(rules: Watch, state: Parameters<Watch['over']>[0], round: number) {
    const over = rules.over(state, round)
    const verdict: Verdict = { best: rules.bestRound(state) === round, over }
    for (const to of [...hostsOf(context), arbiterOf(context)]) {
      await channel.send(to, 'validation_verdict', json.encode(verdict))
    }
    if (over)
      context.log('info', `Stops after round ${round + 1}: the validation table got no better`)
    return verdict
  }

  return {
    async measure({ weights, intercept }, { epoch, target, state }) {
      let next = state
      if (labels && rules?.due(epoch)) {
        const scores = multiply(matrix, Float64Array.from(weights)).map((wx) => wx + intercept)
        const positive = target ?? plan.classes[1]
        const ones = labels.map((value) => Number(value === positive))
        const values = rules.measure({ labels: ones, scores: [scores] })
        next = rules.record(state, epoch, values)
        tellWatch(context, { rules, state: next, from: next.rounds.length - 1, target })
      }
      if (plan.stopsEarly !== true || !rules) return { state: next, verdict: undefined }
      const verdict =
        role === 'guest'
          ? await decide(rules, next, epoch)
          : await receiveVerdict(context, guestOf(context))
      return { state: next, verdict }
    },
    tell({ state, from, target }) {
      if (state && rules) tellWatch(context, { rules, state, from, target })
    },
  }
}

/** How much each row counts; undefined where the table has no weights. */
export function weightsOfRows(context: TaskContext, frame: Frame): Float64Array | undefined {
  const weights = rowWeights(frame)
  const bad = weights?.findIndex((value) => !(value >= 0 && value < Infinity)) ?? -1
  if (bad < 0) return weights
  throw new PrivateFault(
    `Row "${frame.ids[bad]}" has the weight ${weights?.[bad]}, which is no number of at least 0`,
    `A row of ${context.channel.self} has a weight that is no number of at least 0`,
  )
}

function knownLabels(context: Context, frame: Frame, { classes }: Plan): Float64Array | undefined {
  const labels = label(frame)
  if (labels?.every((value) => classes.includes(value))) return labels
  const lacking = `${context.name} cannot measure the validation table: it has rows without a known label`
  if (context.role === 'guest' && context.params.early_stopping_rounds !== null) {
    throw new Error(lacking)
  }
  context.warn(lacking)
  return undefined
}
