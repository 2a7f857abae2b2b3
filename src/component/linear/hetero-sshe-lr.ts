/**
 * Logistic regression between a guest and one host without an arbiter, by secret sharing and homomorphic encryption (FATE's
 * HeteroSSHELR). `sshe-training.ts` has the protocol of a batch.
 * @module
 */
import { openShares } from '../../compute/crypto/shared-real.ts'
import { features as columnsOf } from '../../compute/ml/frame.ts'
import { createStop } from '../../compute/ml/optimizer.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
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

/** Logistic regression between two parties with different columns, without a third one. */
export const heteroSsheLr = component({
  name: 'HeteroSSHELR',
  summary: 'Logistic regression over the columns of two parties, without an arbiter',
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
    const hosts = hostsOf(context)
    if (hosts.length !== 1) {
      throw new Error(`HeteroSSHELR is between a guest and one host; the job has ${hosts.length}`)
    }
    const { mode, warm } = modeGoingOn(context)
    if (mode.type === 'fit') return fit(context, { ...mode, warm })
    const model = await modelOf(context)
    const lr = linearContext(context)
    if (context.role === 'host') return predictHost(lr, readState(model, MODEL), mode.slot)
    const table = { slot: mode.slot, type: 'test', family: LOGISTIC } as const
    await context.writeTable(await predictGuest(lr, readState(model, MODEL), table))
  },
})

async function fit(context: Context, mode: FitMode & { warm: boolean }): Promise<void> {
  const { channel, params, role } = context
  const lr = linearContext(context)
  if (params.validation_freqs !== null) {
    context.warn(
      'validation_freqs has no effect: no epoch but the last has a model that can predict',
    )
  }
  const guest = role === 'guest'
  const peer = guest ? hostsOf(context)[0] : guestOf(context)
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
  const keys = await exchangeKeys(context)
  const work: SharedWork = { context, peer, ...keys, features, halves: labels?.halves }
  const before = saved === undefined ? undefined : readKept(saved.state)
  const first = before ?? {
    epoch: behind,
    losses: earlier?.state.histories?.[0]?.losses ?? [],
    ...(await firstShares(context, {
      peer,
      intercept,
      width: header.length,
      other: plan.width,
      start: start?.weights,
    })),
  }
  const { losses, converged, ...last } = await train(context, { work, plan, first, intercept })

  await channel.send(peer, 'last_share', json.encode(last.other.weights.map(String)))
  const theirs = readShares(json.decode(await channel.receive(peer, 'last_share')), features.cols)
  const weights = [...openShares(last.own.weights, theirs, WEIGHT_FRACTION)]
  const constant = intercept ? (weights.pop() ?? 0) : 0
  const classes = labels?.classes ?? []
  // What Nesterov's method remembers of its steps is shared, and goes with the shares.
  const optimizer =
    params.optimizer === 'sgd'
      ? { rate: last.own.rate, steps: 0, first: new Float64Array(), second: new Float64Array() }
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
  of: { work: SharedWork; plan: Plan; first: Shared; intercept: boolean },
): Promise<Shared & { converged: boolean }> {
  const { channel, params, signal } = context
  const { work, plan, first, intercept } = of
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
  let { epoch, own, other } = first
  for (;;) {
    let total = 0
    for (const batch of batchesOf(plan.sizes)) {
      signal.throwIfAborted()
      const weights = { own: own.weights, other: other.weights }
      const sums = await sharedBatch(work, weights, batch)
      const rows = batch.to - batch.from
      const step = { fraction: SUM_FRACTION, rows, epoch, party }
      const free = (is: boolean, count: number) => (is ? count - 1 : undefined)
      const mine = { sums: sums.own, free: free(intercept, sums.own.length) }
      const theirs = { sums: sums.other, free: free(!guest && fit_intercept, sums.other.length) }
      own = stepShares(rule, own, { ...step, ...mine })
      other = stepShares(rule, other, { ...step, ...theirs })
      total += LOGISTIC.loss(sums.squares / rows)
    }
    epoch++
    let ends = false
    if (guest) {
      losses.push(total / plan.sizes.length)
      tellLosses(context, losses, losses.length - 1)
      ends = stop({ loss: losses[losses.length - 1] })
      await channel.send(work.peer, 'stop', json.encode(ends))
    } else ends = json.decode(await channel.receive(work.peer, 'stop')) === true
    reportEpoch(linearContext(context), { index: 0, models: 1, epoch: epoch - plan.behind })
    await context.checkpoints.save(epoch, keep({ epoch, losses, own, other }))
    if (ends || epoch === plan.behind + params.max_iter)
      return { epoch, losses, own, other, converged: ends }
  }
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
