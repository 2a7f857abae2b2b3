/**
 * The guest of HeteroNN: has the labels, its own bottom network, and everything above the interactive layer.
 * @module
 */
import { ringFromText, ringToText } from '../../compute/crypto/shared-dense.ts'
import { type Matrix, sliceRows } from '../../compute/ml/matrix.ts'
import { lossNamed } from '../../compute/nn/loss.ts'
import { lastActivation } from '../../compute/nn/topology.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import { cutBatches } from '../linear/batches.ts'
import { labelsOf, openTable, type OpenTable } from '../linear/lr-inputs.ts'
import { concatPredictions, type PredictionType } from '../linear/prediction.ts'
import { alignGuest, hostsOf } from '../linear/row-alignment.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import {
  createGuestNetwork,
  firstWeights,
  type GuestLayers,
  type GuestNetwork,
  planGuest,
} from './guest-network.ts'
import { HETERO_NN_ROLES, order } from './hetero-nn-messages.ts'
import { nnGuestModel, readNnGuest } from './hetero-nn-model.ts'
import type { HeteroNNParam } from './hetero-nn-param.ts'
import {
  chancesOfTable,
  type Joint,
  learn,
  meet,
  recall,
  remember,
  type Snapshot,
  warnOfUnits,
} from './joint-network.ts'
import { tellLosses } from './nn-report.ts'
import { kindOf, nnPredictions, type NnTask, taskOver, wantedOutputs } from './nn-task.ts'
import { createNnWatch, type NnWatch, type NnWatchRounds, UNWATCHED } from './nn-watch.ts'
import { firstShare } from './shared-layer.ts'

type Context = TaskContext<HeteroNNParam>

/** Runs the guest. */
export async function runNnGuest(context: Context): Promise<void> {
  if (hostsOf(context).length === 0) throw new Error('HeteroNN needs at least one host')
  const mode = modeOf(context)
  if (mode.type === 'predict') await predict(context, mode.slot)
  else await fit(context, mode)
  await order(context, hostsOf(context), { do: 'finish' })
  context.progress(1, 1)
}

async function predict(context: Context, slot: DataSlot): Promise<void> {
  const state = readNnGuest(await modelOf(context))
  const table = await openTable(context, { slot, header: state.header })
  await alignGuest(context, table.ids)
  const network = await createGuestNetwork(context, state.plan, { use: 'predict' })
  await network.restore(state.layers)
  const joint = await meet(context, network, async (at, inputs) => {
    const kept = state.hosts.at(at)
    if (kept?.inputs === inputs) return ringFromText(kept.share)
    throw new Error(
      'The models of guest and hosts are not of one training: connect those of one job',
    )
  })
  const { task } = state
  const chances = await chancesOfTable(context, joint, { matrix: table.matrix, index: 0, task })
  await context.writeTable(tableOf(context, table, { chances, task, type: 'test' }))
  network.dispose()
}

interface Validation {
  readonly table: OpenTable
  readonly watch: NnWatch | undefined
}

async function fit(
  context: Context,
  mode: { train: DataSlot; validate: DataSlot | undefined },
): Promise<void> {
  const { params, channel } = context
  const table = await openTable(context, { slot: mode.train })
  const labels = labelsOf(table)
  const { header } = table
  const plan = planGuest(context, header.length)
  const network = await createGuestNetwork(context, plan, { use: 'fit' })
  const task = taskOf(context, network, { labels, column: table.frame.labelName ?? 'label' })
  const wanted = wantedOutputs(labels, task, channel.self)
  await alignGuest(context, table.ids)
  let validation: Validation | undefined
  if (mode.validate !== undefined) {
    const other = await openTable(context, { slot: mode.validate, header })
    await alignGuest(context, other.ids)
    if (params.validation_freqs !== null) labelsOf(other)
    validation = { table: other, watch: createNnWatch(params, task) }
  } else if (params.validation_freqs !== null) {
    const what =
      params.early_stopping_rounds === null ? 'validation_freqs' : 'early_stopping_rounds'
    throw new Error(`${what} needs a validation table: connect eval_data`)
  }
  const saved = (await agreeOnStep(context, HETERO_NN_ROLES))?.state as FitState | undefined
  const widths: number[] = []
  const joint = await meet(context, network, async (at, inputs) => {
    widths.push(inputs)
    warnOfUnits(context, { inputs, units: plan.units, at })
    const first = await firstWeights(context, { inputs, party: at + 1 })
    return firstShare(first.kernel, { inputs, units: plan.units })
  })
  const rows = { x: table.matrix, wanted }
  const state = await train(context, joint, { rows, task, validation, saved })

  const hosts = joint.layers.map((layer, at) => {
    return { inputs: widths[at], share: ringToText(layer.share()) }
  })
  const layers = weightsOnly(await network.save())
  const { rounds, best } = state.watch
  const bestEpoch = rounds[best[0]]?.epoch ?? state.losses.length - 1
  const model = { side: 'guest', header, task, plan, layers, hosts } as const
  await context.writeModel(nnGuestModel(params, model, { ...state, bestEpoch }))
  const chances = await chancesOfTable(context, joint, { matrix: table.matrix, index: 0, task })
  let frame = tableOf(context, table, { chances, task, type: 'train' })
  if (validation) {
    const found = { matrix: validation.table.matrix, index: 1, task }
    const other = await chancesOfTable(context, joint, found)
    const options = { chances: other, task, type: 'validation' } as const
    frame = concatPredictions(frame, tableOf(context, validation.table, options))
  }
  await context.writeTable(frame)
  network.dispose()
}

/** What the guest keeps after every epoch. */
interface FitState extends Snapshot {
  readonly losses: readonly number[]
  readonly converged: boolean
  readonly over: boolean
  readonly watch: NnWatchRounds
  readonly best: Snapshot | null
  /** With a selector: the losses of the rows that were seen last. */
  readonly recent?: readonly number[]
}

async function train(
  context: Context,
  joint: Joint,
  work: {
    rows: { x: Matrix; wanted: Matrix }
    task: NnTask
    validation: Validation | undefined
    saved: FitState | undefined
  },
): Promise<Pick<FitState, 'losses' | 'converged' | 'watch'>> {
  const { params, signal } = context
  const { rows, task, validation, saved } = work
  const hosts = hostsOf(context)
  const watch = validation?.watch
  const batches = cutBatches(rows.x.rows, params.batch_size)
  const losses = [...(saved?.losses ?? [])]
  let { converged, over, watch: rounds, best, recent = [] } = saved ?? START
  if (saved) await recall(joint, saved)
  tellLosses(context, losses, 0)
  watch?.tell(context, rounds, 0)
  while (!converged && !over && losses.length < params.epochs) {
    const epoch = losses.length
    let sum = 0
    for (const [at, { from, to }] of batches.entries()) {
      signal.throwIfAborted()
      const part = { x: sliceRows(rows.x, from, to), wanted: sliceRows(rows.wanted, from, to) }
      const step = epoch * batches.length + at
      const learnt = await learn(context, joint, { ...part, from, step, loss: task.loss, recent })
      sum += (to - from) * learnt.loss
      recent = learnt.recent
      const done = step + 1
      const total = params.epochs * batches.length
      context.progress(done, total, `epoch ${epoch + 1} of at most ${params.epochs}`)
    }
    const loss = sum / rows.x.rows
    converged = losses.length > 0 && Math.abs(losses[losses.length - 1] - loss) < params.tol
    losses.push(loss)
    tellLosses(context, losses, epoch)
    if (watch?.due(epoch)) {
      const { table } = validation as Validation
      const chances = await chancesOfTable(context, joint, { matrix: table.matrix, index: 1, task })
      rounds = watch.measure(rounds, epoch, { labels: labelsOf(table), chances })
      watch.tell(context, rounds, rounds.rounds.length - 1)
      over = watch.over(rounds)
      if (params.early_stopping_rounds !== null && watch.improved(rounds)) {
        await order(context, hosts, { do: 'remember' })
        best = await remember(joint)
      }
    }
    const now = await remember(joint)
    for (const host of hosts) await order(context, [host], { do: 'save', step: losses.length })
    for (const host of hosts) await context.channel.receive(host, 'kept')
    const own = { losses: [...losses], converged, over, watch: rounds, best, recent }
    const kept: FitState = { ...now, ...own }
    await context.checkpoints.save(losses.length, kept)
  }
  if (best) {
    await order(context, hosts, { do: 'recall' })
    await recall(joint, best)
  }
  return { losses, converged, watch: rounds }
}

const START: Pick<FitState, 'converged' | 'over' | 'watch' | 'best' | 'recent'> = {
  converged: false,
  over: false,
  watch: UNWATCHED,
  best: null,
}

/** What a prediction needs of the layers: nothing that optimisers remember. */
function weightsOnly(layers: GuestLayers): GuestLayers {
  const { bottom, top } = layers
  return {
    ...layers,
    bottom: bottom && { ...bottom, descent: [] },
    top: { ...top, descent: [] },
  }
}

function tableOf(
  context: Context,
  table: OpenTable,
  { chances, task, type }: { chances: Matrix; task: NnTask; type: PredictionType },
) {
  const { threshold } = context.params.predict_param
  return nnPredictions(table.frame, chances, { task, threshold, type, order: table.order })
}

function taskOf(
  { params }: Context,
  network: GuestNetwork,
  { labels, column }: { labels: Float64Array; column: string },
): NnTask {
  const { outputs, plan } = network
  const loss = lossNamed(params.loss)
  const kind = kindOf({ outputs, activation: lastActivation(plan.top), loss }, params.task_type)
  return taskOver(labels, { kind, outputs, loss, column })
}
