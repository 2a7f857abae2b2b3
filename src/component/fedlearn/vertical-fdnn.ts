/**
 * A neural network over the columns of several parties (FedLearn's VerticalFDNN), which nobody sees: weights, what units
 * get, residuals and derivatives are shared among all parties (`fdnn-training.ts`), and so is the finished network, which
 * therefore predicts with all of them. The original handed all of it to a program that it did not ship.
 *
 * Its parameters name no layers, so the network is the same for all: `fdnn-network.ts`.
 * @module
 */
import { z } from 'zod'

import { component, type TaskContext } from '../define.ts'
import { LOGISTIC } from '../linear/family.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { FDNN_MESSAGES } from './fdnn-messages.ts'
import { fdnnFrame, type LabelCode, outputsAtGuest, predictFdnn, readFdnn } from './fdnn-model.ts'
import { UNITS } from './fdnn-network.ts'
import { type FdnnTraining, type Losses, trainFdnn } from './fdnn-training.ts'
import { measure, sortedLabels } from './kernel-task.ts'
import { NAMESPACES } from './vertical-watch.ts'

/** Parameters of VerticalFDNN, with FedLearn's names and defaults. */
export const VerticalFdnnParam = z.looseObject({
  batch_size: z
    .int()
    .min(16)
    .max(2 ** 20)
    .default(32),
  num_epochs: z.int().positive().default(5),
  isTest: z.enum(['true', 'false']).default('false'),
})

/** Parsed parameters of VerticalFDNN. */
export type VerticalFdnnParam = z.output<typeof VerticalFdnnParam>

type Context = TaskContext<VerticalFdnnParam>

/** FedLearn's `VerticalFDNN`. */
export const verticalFdnn = component({
  name: 'VerticalFDNN',
  summary: 'A neural network over the columns of several parties, shared among them',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: VerticalFdnnParam,
  paramsName: 'VerticalFDNNParam',
  inputs: { data: ['train_data', 'validate_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: FDNN_MESSAGES,
  async run(context) {
    warnOfUnknown(context, VerticalFdnnParam)
    const mode = modeOf(context)
    if (mode.type === 'predict') {
      await predictFdnn(context, { part: readFdnn(await modelOf(context)), slot: mode.slot })
      return
    }
    const { params } = context
    const rule = {
      batchRows: params.batch_size,
      epochs: params.num_epochs,
      seed: params.isTest === 'true' ? TEST_SEED : drawSeed(context),
    }
    const tell = (epoch: number, losses: Losses, code: LabelCode): void =>
      tellEpoch(context, { epoch, losses, code })
    const made = await trainFdnn(context, { rule, mode, tell })
    await tellRows(context, made)
    const { header, weights } = made.part
    await context.writeModel({
      name: 'VerticalFDNN',
      param: { iters: params.num_epochs, header: [...header] },
      meta: {
        batch_size: params.batch_size,
        units: UNITS,
        columns: weights.reduce((sum, { rows }) => sum + rows, 0),
      },
      state: made.part,
    })
  },
})

/** What sums over rows tell, put back into the labels' units. */
function tellEpoch(
  context: Context,
  { epoch, losses, code }: { epoch: number; losses: Losses; code: LabelCode },
): void {
  losses.forEach((square, at) => {
    const namespace = NAMESPACES[at]
    const own = square * code.spread ** 2
    const values = code.classes
      ? { cross_entropy: LOGISTIC.loss(square) }
      : { mse: own, rmse: Math.sqrt(own) }
    for (const [name, y] of Object.entries(values)) tell(context, { namespace, name, x: epoch, y })
  })
}

/** The metrics that compare rows, of rows to validate with and the finished network: only their predictions tell them. */
async function tellRows(context: Context, { work, part, tables }: FdnnTraining): Promise<void> {
  if (tables.length < 2) return
  const [, table] = tables
  const outputs = await outputsAtGuest(work, part, table)
  const labels = sortedLabels(table)
  if (!outputs || !labels || !part.label) return
  const { classes, mean, spread } = part.label
  const data = outputs.map((o) => (classes ? 1 / (1 + Math.exp(-o)) : mean + spread * o))
  const scores = { rows: data.length, cols: 1, data }
  for (const name of classes ? ['AUC', 'ACC'] : ['MAE']) {
    const { label, value } = measure(name, { labels, scores })
    tell(context, {
      namespace: NAMESPACES[1],
      name: label,
      x: context.params.num_epochs - 1,
      y: value,
    })
  }
  await context.writeTable(fdnnFrame(table, part, { outputs, type: 'validation' }))
}

function tell(
  context: Context,
  { namespace, name, x, y }: { namespace: string; name: string; x: number; y: number },
): void {
  const meta = { name, metric_type: 'LOSS', unit_name: 'iters', curve_name: name }
  context.metric({ namespace, name, points: [[x, y]], meta })
}

const TEST_SEED = 100

function drawSeed({ random }: Context): number {
  return random(4).reduce((seed, byte) => seed * 256 + byte, 0) % 2 ** 31
}
