import { component, type TaskContext } from '../define.ts'
/**
 * Kernel regression and classification over the columns of two or more parties (FedLearn's FederatedKernel, also called
 * Kernel): `kernel-training.ts` has the protocol.
 * @module
 */
import { concatPredictions } from '../linear/prediction.ts'
import { warnOfUnknown } from '../param.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { openAligned } from './aligned-table.ts'
import { kernelScores, readKernel } from './kernel-model.ts'
import { KERNEL_MESSAGES, KernelParam, SUMMED_METRICS } from './kernel-param.ts'
import { kernelFrame, type LabelCode, measure, sortedLabels } from './kernel-task.ts'
import { type KernelTraining, type Left, trainKernel } from './kernel-training.ts'
import { gaussianPrivacy } from './label-privacy.ts'
import { NAMESPACES } from './vertical-watch.ts'

type Context = TaskContext<KernelParam>

/** FedLearn's `FederatedKernel`. */
export const federatedKernel = component({
  name: 'FederatedKernel',
  summary: 'Kernel regression and classification over the columns of several parties',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: KernelParam,
  paramsName: 'FederatedKernelParam',
  inputs: { data: ['train_data', 'validate_data', 'eval_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: KERNEL_MESSAGES,
  privacy: gaussianPrivacy,
  async run(context) {
    warnOfUnknown(context, KernelParam)
    const mode = modeOf(context)
    if (mode.type === 'predict') {
      const part = readKernel(await modelOf(context))
      const table = await openAligned(context, mode.slot, part.header)
      const scores = await kernelScores(context, part, { table, number: 0 })
      if (scores) await context.writeTable(kernelFrame(table, scores, part.numClass))
      return
    }
    const made = await trainKernel(context, mode, (iteration, left, code) => {
      if (code) tellIteration(context, { iteration, left, code })
    })
    await tellRows(context, made)
    const { header, norms, plan, basis, weights } = made.part
    await context.writeModel({
      name: 'FederatedKernel',
      param: {
        iters: made.iterations,
        header: [...header],
        directions: basis.picked.length,
        weights: weights.map((target) => [...target]),
      },
      meta: { ...plan, normalization: norms.map((norm) => ({ ...norm })) },
      state: made.part,
    })
  },
})

/** What sums over rows tell: of the coded labels, put back into the labels' units. */
function tellIteration(
  context: Context,
  { iteration, left, code }: { iteration: number; left: Left; code: LabelCode },
): void {
  left.forEach((square, at) => {
    const loss = square * code.half ** 2
    const values: Readonly<Record<string, readonly [string, number]>> = {
      RMSE: ['rmse', Math.sqrt(loss)],
      ...(at === 0 ? { TRAINLOSS: ['kernel_loss', loss] as const } : {}),
    }
    for (const type of context.params.metricType) {
      const found = values[type]
      if (found)
        tell(context, { namespace: NAMESPACES[at], name: found[0], x: iteration, y: found[1] })
    }
  })
}

/** The metrics that compare rows, of the finished model: only predictions of rows tell them. */
async function tellRows(
  context: Context,
  { part, tables, iterations }: KernelTraining,
): Promise<void> {
  const names = context.params.metricType.filter((name) => !SUMMED_METRICS.includes(name))
  if (names.length === 0) return
  let all
  for (const [number, table] of tables.entries()) {
    const scores = await kernelScores(context, part, { table, number })
    const labels = sortedLabels(table)
    if (!scores || !labels) continue
    for (const name of names) {
      const { label, value } = measure(name, { labels, scores })
      tell(context, { namespace: NAMESPACES[number], name: label, x: iterations - 1, y: value })
    }
    const frame = kernelFrame(table, scores, part.numClass)
    all = all ? concatPredictions(all, frame) : frame
  }
  if (all) await context.writeTable(all)
}

function tell(
  context: Context,
  { namespace, name, x, y }: { namespace: string; name: string; x: number; y: number },
): void {
  const meta = { name, metric_type: 'LOSS', unit_name: 'iters', curve_name: name }
  context.metric({ namespace, name, points: [[x, y]], meta })
}
