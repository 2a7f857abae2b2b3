/**
 * Logistic regression between a guest and hosts without an arbiter, by secret sharing and homomorphic encryption (FATE's
 * HeteroSSHELR). `sshe-training.ts` has the protocol of a batch.
 * @module
 */
import { openShares } from '../../compute/crypto/shared-real.ts'
import { features as columnsOf } from '../../compute/ml/frame.ts'
import { createStop } from '../../compute/ml/optimizer.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import { crossValidated } from '../cross-validation.ts'
import { component, type TaskContext } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { modeGoingOn, modelOf, type RunMode } from '../run-mode.ts'
import { classesOf, signsOf } from './classes.ts'
import { LOGISTIC } from './family.ts'
import { reportEpoch } from './fit-models.ts'
import { readState, toModel } from './linear-model.ts'
import { batchesOf, labelsOf, openTable, type OpenTable } from './lr-inputs.ts'
import { predictGuest, predictHost } from './lr-predict.ts'
import { concatPredictions } from './prediction.ts'
import { guestOf, hostsOf } from './row-alignment.ts'
import { stepShares, WEIGHT_FRACTION } from './shared-weights.ts'
import { SSHE_MESSAGES, SSHE_ROLES } from './sshe-messages.ts'
import { linearContext, SsheParam } from './sshe-param.ts'
import {
  exchangeKeys,
  firstShares,
  isFirst,
  keep,
  type Plan,
  readKept,
  readShares,
  receivePlan,
  sendPlan,
  type Shared,
} from './sshe-setup.ts'
import {
  integerFeatures,
  partyOf,
  sharedBatch,
  type SharedWork,
  SUM_FRACTION,
} from './sshe-training.ts'
import { checkClasses, checkColumns, readEarlier } from './warm-start.ts'

type Context = TaskContext<SsheParam>
type FitMode = Extract<RunMode, { type: 'fit' }>

const MODEL = 'HeteroLogisticRegression'

/** Logistic regression between parties with different columns, without one that has none. */
export const heteroSsheLr = component({
  name: 'HeteroSSHELR',
  summary: 'Logistic regression over the columns of several parties, without an arbiter',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: SsheParam,
  paramsName: 'LogisticRegressionParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'together',
  messages: SSHE_MESSAGES,
  async run(context) {
    warnOfUnknown(context, SsheParam)
    await crossValidated(context, { roles: SSHE_ROLES, regression: false, run })
  },
})

async function run(context: Context): Promise<void> {
  const { mode, warm } = modeGoingOn(context)
  if (mode.type === 'fit') return fit(context, { ...mode, warm })
  const model = await modelOf(context)
  const lr = linearContext(context)
  if (context.role === 'host') return predictHost(lr, readState(model, MODEL), mode.slot)
  const table = { slot: mode.slot, type: 'test', family: LOGISTIC } as const
  await context.writeTable(await predictGuest(lr, readState(model, MODEL), table))
}

async function fit(context: Context, mode: FitMode & { warm: boolean }): Promise<void> {
  const { channel, params, role } = context
  const lr = linearContext(context)
  if (params.validation_freqs !== null) {
    context.warn(
      'validation_freqs has no effect: no epoch but the last has a model that can predict',
    )
  }
  const guest = role === 'guest'
  const peers = guest ? hostsOf(context) : [guestOf(context)]
  const earlier = mode.warm ? await readEarlier(lr, { model: MODEL }) : undefined
  const data = await openTable(lr, { slot: mode.train, header: earlier?.state.header })
  if (earlier) {
    const names = columnsOf(data.frame).map(({ name }) => name)
    checkColumns(channel.self, earlier, { names })
  }
  const { header } = data
  if (header.length === 0) throw new Error(`The table of ${channel.self} has no features`)
  const intercept = guest && params.init_param.fit_intercept
  const features = integerFeatures(data.matrix, intercept, channel.self)
  const labels = guest ? labelled(data) : undefined
  if (earlier && labels) checkClasses(earlier, { values: labels.classes, targets: [null] })
  const [start] = earlier?.starts ?? []
  const behind = start?.epochs ?? 0
  const plan = guest
    ? await sendPlan(context, data, behind)
    : await receivePlan(context, data, behind)
  const saved = await agreeOnStep(context, SSHE_ROLES)
  const works = (await exchangeKeys(context, peers)).map((pair, at): SharedWork => ({
    ...pair,
    context,
    first: guest ? at === 0 : isFirst(context),
    features,
    halves: labels?.halves,
  }))
  const before = saved === undefined ? undefined : readKept(saved.state)
  const first = before ?? {
    epoch: behind,
    losses: earlier?.state.histories?.[0]?.losses ?? [],
    pairs: await firstShares(context, {
      peers,
      intercept,
      width: header.length,
      others: plan.widths,
      start: start?.weights,
    }),
    converged: false,
  }
  const { losses, converged, ...last } = await train(context, { works, plan, first, intercept })

  for (const [at, peer] of peers.entries()) {
    const theirs = last.pairs[at].other.weights
    if (theirs.length === 0) continue
    await channel.send(peer, 'last_share', json.encode(theirs.map(String)))
  }
  const [{ own }] = last.pairs
  const missing = readShares(
    json.decode(await channel.receive(peers[0], 'last_share')),
    features.cols,
  )
  const weights = [...openShares(own.weights, missing, WEIGHT_FRACTION)]
  const constant = intercept ? (weights.pop() ?? 0) : 0
  const classes = labels?.classes ?? []
  // What Nesterov's method remembers of its steps is shared, and goes with the shares.
  const optimizer =
    params.optimizer === 'sgd'
      ? { rate: own.rate, steps: 0, first: new Float64Array(), second: new Float64Array() }
      : undefined
  const progress = { epochs: last.epoch, ...(optimizer && { optimizer }) }
  const history = { iterations: last.epoch, converged, losses }
  const model = { target: null, weights, intercept: constant, progress }
  const state = { header, classes, models: [model], ...(guest ? { histories: [history] } : {}) }
  await context.writeModel(toModel(lr.params, state, { ...history, model: MODEL }))
  if (!guest) {
    await predictHost(lr, state, mode.train)
    if (mode.validate !== undefined) await predictHost(lr, state, mode.validate)
    return
  }
  const table = { slot: mode.train, type: 'train', family: LOGISTIC } as const
  let frame = await predictGuest(lr, state, table)
  if (mode.validate !== undefined) {
    const other = { slot: mode.validate, type: 'validation', family: LOGISTIC } as const
    frame = concatPredictions(frame, await predictGuest(lr, state, other))
  }
  await context.writeTable(frame)
}

async function train(
  context: Context,
  of: { works: readonly SharedWork[]; plan: Plan; first: Shared; intercept: boolean },
): Promise<Shared> {
  const { channel, params, signal } = context
  const { works, plan, first, intercept } = of
  const { penalty, optimizer } = params
  const rule = {
    ...params,
    penalty: penalty === 'L2' ? ('L2' as const) : ('NONE' as const),
    optimizer: optimizer === 'sgd' ? ('sgd' as const) : ('nesterov_momentum_sgd' as const),
  }
  const party = partyOf(context)
  const guest = party === 0
  const { fit_intercept } = params.init_param
  const stop = createStop(params.converge_func, params.eps, first.losses.at(-1))
  const losses = [...first.losses]
  tellLosses(context, losses, 0)
  let { epoch, pairs, converged } = first
  while (!converged && epoch < plan.behind + params.max_iter) {
    let total = 0
    for (const batch of batchesOf(plan.sizes)) {
      signal.throwIfAborted()
      const weights = pairs.map(({ own, other }) => ({ own: own.weights, other: other.weights }))
      const found = await sharedBatch(works, weights, batch)
      const rows = batch.to - batch.from
      const step = { fraction: SUM_FRACTION, rows, epoch, party }
      const free = (is: boolean, count: number) => (is && count > 0 ? count - 1 : undefined)
      pairs = pairs.map(({ own, other }, at) => {
        const sums = found[at]
        const mine = { sums: sums.own, free: free(intercept, sums.own.length) }
        const theirs = { sums: sums.other, free: free(!guest && fit_intercept, sums.other.length) }
        return {
          own: stepShares(rule, own, { ...step, ...mine }),
          other: stepShares(rule, other, { ...step, ...theirs }),
        }
      })
      total += LOGISTIC.loss(found[0].squares / rows)
    }
    epoch++
    if (guest) {
      losses.push(total / plan.sizes.length)
      tellLosses(context, losses, losses.length - 1)
      converged = stop({ loss: losses[losses.length - 1] })
      for (const { peer } of works) await channel.send(peer, 'stop', json.encode(converged))
    } else converged = json.decode(await channel.receive(works[0].peer, 'stop')) === true
    reportEpoch(linearContext(context), { index: 0, models: 1, epoch: epoch - plan.behind })
    await context.checkpoints.save(epoch, keep({ epoch, losses, pairs, converged }))
  }
  return { epoch, losses, pairs, converged }
}

function labelled(data: OpenTable): { halves: Float64Array; classes: readonly number[] } {
  const labels = labelsOf(data)
  const column = data.frame.labelName ?? 'label'
  const { values } = classesOf(labels, { oneVsRest: false, column })
  return { halves: signsOf(labels, values[1]).map((sign) => sign / 2), classes: values }
}

/** Publishes the losses from epoch `from` on; the guest's only. */
function tellLosses(context: Context, losses: readonly number[], from: number): void {
  if (from === losses.length) return
  context.metric({
    namespace: 'train',
    name: 'loss',
    points: losses.slice(from).map((loss, at): [number, number] => [from + at, loss]),
    meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters', curve_name: 'loss' },
  })
}
