/**
 * The arbiter of HomoSecureBoost: finds splits in sums over the rows of all parties, and decides when the training is
 * over.
 * @module
 */
import { layOutBins } from '../../compute/ml/tree/candidate.ts'
import { featuresOf, roundOf } from '../../compute/ml/tree/gbdt.ts'
import { joinOutputs, outputsOf } from '../../compute/ml/tree/gradient.ts'
import { lanesOf } from '../../compute/ml/tree/histogram.ts'
import { growFromSums } from '../../compute/ml/tree/sum-grower.ts'
import { json } from '../../federation/codec.ts'
import type { Checkpoint, TaskContext } from '../define.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { type HomoStart, leadStart, parties } from './homo-bins.ts'
import type { HomoSize } from './homo-inputs.ts'
import { packVerdicts } from './homo-messages.ts'
import type { HomoRound } from './homo-round.ts'
import { leadScale } from './homo-scale.ts'
import { sumReal, sumWhole } from './homo-sum.ts'
import { tellLosses, tellWatch } from './sbt-report.ts'
import { createWatch, UNWATCHED, type Watch, type WatchState } from './sbt-watch.ts'

type Context = TaskContext<BoostingTreeParam>

/** What the arbiter keeps after every tree. */
export interface HomoArbiterState {
  readonly start: HomoStart & { readonly rows: number }
  trees: number
  readonly losses: number[]
  watch: WatchState
  over: boolean
}

/** The arbiter's side of the whole training; `validated` says whether the parties have validation tables. */
export async function leadHomo(
  context: Context,
  work: { size: HomoSize; validated: boolean; saved: Checkpoint | undefined },
): Promise<HomoArbiterState & { readonly watching: Watch | undefined }> {
  const { size, saved } = work
  const { params } = context
  const rule = boostRule(params)
  const plan = roundOf(size.task.objective.outputs, rule)
  const state: HomoArbiterState = readState(saved) ?? {
    start: await leadStart(context, size),
    trees: size.rounds * plan.length,
    losses: [],
    watch: UNWATCHED,
    over: false,
  }
  const watching = work.validated ? createWatch(params, size.task) : undefined
  tellLosses(context, state.losses, 0)
  tellWatch(context, { watch: watching, state: state.watch, from: 0 })
  const bins = new Uint16Array(0)
  const columns = state.start.edges.map((edges) => {
    return { ...edges, count: edges.thresholds.length + 1, bins }
  })
  const total = (size.rounds + rule.rounds) * plan.length
  while (!state.over) {
    context.signal.throwIfAborted()
    const tree = state.trees
    const outputs = plan[tree % plan.length] === 'all' ? size.task.objective.outputs : 1
    const scale = await leadScale(context, {
      rows: state.start.rows,
      weighed: size.weighed,
      outputs,
    })
    const units = joinOutputs(
      outputsOf(scale).map(({ g, h }) => ({ gUnit: 2 ** -g, hUnit: 2 ** -h })),
    )
    const layout = layOutBins(columns, featuresOf(columns.length, { rule, tree }))
    await growFromSums({
      layout,
      units,
      rule,
      learningRate: rule.learningRate,
      histograms: (nodes) => sumWhole(context, nodes.length * layout.total * lanesOf(units)),
      async decided(level, wanted) {
        context.signal.throwIfAborted()
        const bytes = packVerdicts(level, wanted)
        for (const to of parties(context)) await context.channel.send(to, 'verdicts', bytes)
      },
    })
    state.trees++
    if (state.trees % plan.length === 0) {
      const round = state.trees / plan.length - 1
      await endRound(context, { state, round: round - size.rounds, watching })
    }
    context.progress(state.trees, total, `tree ${tree + 1} of at most ${total}`)
    await context.checkpoints.save(state.trees, state)
  }
  return { ...state, watching }
}

async function endRound(
  context: Context,
  work: { state: HomoArbiterState; round: number; watching: Watch | undefined },
): Promise<void> {
  const { state, round, watching } = work
  const { params } = context
  const names = watching?.due(round) ? watching.names.length : 0
  const sums = await sumReal(context, 1 + 2 * names)
  const loss = sums[0] / state.start.rows
  const values = Array.from({ length: names }, (_, at): number | null => {
    const rows = Math.round(sums[1 + names + at])
    return rows === 0 ? null : sums[1 + at] / rows
  })
  const change = Math.abs(loss - (state.losses.at(-1) ?? Infinity))
  state.losses.push(loss)
  tellLosses(context, state.losses, round)
  state.over = round + 1 === params.num_trees || (params.n_iter_no_change && change < params.tol)
  if (watching && names > 0) {
    const numbers = values.map((value) => value ?? Number.NaN)
    state.watch = watching.record(state.watch, round, numbers)
    tellWatch(context, { watch: watching, state: state.watch, from: state.watch.rounds.length - 1 })
    if (watching.over(state.watch, round)) {
      state.over = true
      context.log('info', `Stops after round ${round + 1}: the validation tables got no better`)
    }
  }
  const told: HomoRound = { loss, values, over: state.over }
  for (const to of parties(context)) await context.channel.send(to, 'round', json.encode(told))
}

function readState(saved: Checkpoint | undefined): HomoArbiterState | undefined {
  if (!saved) return undefined
  const state = saved.state as Partial<HomoArbiterState>
  if (typeof state.trees === 'number' && state.start) return state as HomoArbiterState
  throw new Error(
    `The state that was kept after tree ${saved.step} is of another version: submit the job again`,
  )
}
