/**
 * Prediction by HeteroLR: each host tells the guest its part of the linear predictor, the guest adds them up.
 * @module
 */
import { label, type Frame } from '../../compute/ml/frame.ts'
import { multiply } from '../../compute/ml/matrix.ts'
import { floats } from '../../federation/codec.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import type { Family } from './family.ts'
import type { LogisticState } from './linear-model.ts'
import type { LogisticParam } from './logistic-param.ts'
import { logExposureOf, openTable } from './lr-inputs.ts'
import type { PredictionType } from './prediction.ts'
import { alignGuest, alignHost, guestOf, hostsOf } from './row-alignment.ts'

type Context = TaskContext<LogisticParam>

/** The guest's side: predictions for its table in `slot`, in the order of that table. */
export async function predictGuest(
  context: Context,
  state: LogisticState,
  { slot, type, family }: { slot: DataSlot; type: PredictionType; family: Family },
): Promise<Frame> {
  const { channel, params } = context
  const { frame, order, ids, matrix } = await openTable(context, { slot, header: state.header })
  await alignGuest(context, ids)
  const predictors = state.models.map(({ weights, intercept }) =>
    multiply(matrix, Float64Array.from(weights)).map((wx) => wx + intercept),
  )
  if (family.rates) {
    const logExposure = logExposureOf({ frame, order }, family.exposure)
    for (const predictor of predictors) {
      predictor.forEach((wx, row) => (predictor[row] = wx + logExposure[row]))
    }
  }
  for (const host of hostsOf(context)) {
    for (const predictor of predictors) {
      const part = floats.decode(await channel.receive(host, 'host_score'))
      if (part.length !== ids.length) throw new Error(`${host} sent a malformed host_score`)
      part.forEach((wx, row) => (predictor[row] += wx))
    }
  }
  return family.predictions({
    idName: frame.idName,
    ids: frame.ids,
    labels: label(frame),
    classes: state.classes,
    predictors: predictors.map((predictor) => unsorted(predictor, order)),
    threshold: params.predict_param.threshold,
    type,
  })
}

/** A host's side. */
export async function predictHost(
  context: Context,
  state: LogisticState,
  slot: DataSlot,
): Promise<void> {
  const { channel } = context
  const { ids, matrix } = await openTable(context, { slot, header: state.header })
  await alignHost(context, { ids, columns: state.header.length })
  for (const { weights } of state.models) {
    const score = multiply(matrix, Float64Array.from(weights))
    await channel.send(guestOf(context), 'host_score', floats.encode(score))
  }
}

/** Values of sorted rows, in the order of the table again. */
function unsorted(values: Float64Array, order: Uint32Array): Float64Array {
  const back = new Float64Array(values.length)
  order.forEach((row, at) => (back[row] = values[at]))
  return back
}
