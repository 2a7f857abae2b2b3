/**
 * Training of linear models over columns that several parties hold of the same rows, with an arbiter: the guest has the
 * labels, the arbiter the only key and no data. With the residual d of `family.ts` each party's gradient is Xᵀd and the
 * loss a linear function of mean(d²). A batch:
 *
 * 1. each host sends [wx_h] to the guest, the guest sends [d] to each host;
 * 2. each data party computes [Xᵀd] of its own columns, has the arbiter open it under a one-time mask, and takes
 *    the optimiser's step itself: nobody else ever sees its gradient or its weights;
 * 3. each data party computes its addend of [Σd²]; the guest adds them up for the arbiter, who opens the loss.
 *
 * After an epoch the arbiter says whether to stop, and everyone keeps its state (`lr-checkpoint.ts`): a later attempt
 * goes on from the last epoch that all have, with a new key, to the same bits. The parties are expected to follow the protocol.
 * @module
 */
import {
  addVectors,
  cipherVectorToBytes,
  decryptVector,
} from '../../compute/crypto/cipher-vector.ts'
import { openMasked } from '../../compute/crypto/masked-opening.ts'
import { multiply, sliceRows } from '../../compute/ml/matrix.ts'
import { createStop } from '../../compute/ml/optimizer.ts'
import { blob, floats, json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { Checkpoint, TaskContext } from '../define.ts'
import { modelOf, modeOf } from '../run-mode.ts'
import { receiveKey, shareKey } from './arbiter-key.ts'
import { cutBatches, type Batch } from './batches.ts'
import { classesOf, signsOf } from './classes.ts'
import { encryptPredictor, encryptSlopes, multiplySlopes } from './encrypted-slope.ts'
import type { Family } from './family.ts'
import { readState, toModel, type TrainedWeights, type TrainingHistory } from './linear-model.ts'
import { createWeights, type LinearWeights } from './linear-weights.ts'
import type { LogisticParam } from './logistic-param.ts'
import { type FitState, readFit, readWatch, type WatchState } from './lr-checkpoint.ts'
import {
  batchesOf,
  labelsOf,
  logExposureOf,
  mergeHistories,
  openTable,
  receiveLengths,
  receivePlan,
  receiveVector,
  requireCounts,
  type OpenTable,
} from './lr-inputs.ts'
import { LR_ROLES } from './lr-messages.ts'
import { predictGuest, predictHost } from './lr-predict.ts'
import { warnOfColludingArbiter, warnOfThinBatches } from './lr-warnings.ts'
import { openGradient } from './open-gradient.ts'
import { poissonGuestStep, poissonHostStep } from './poisson-step.ts'
import { concatPredictions } from './prediction.ts'
import { alignGuest, alignHost, arbiterOf, guestOf, hostsOf } from './row-alignment.ts'

/** Trains or predicts, as the graph asks, in the role of the context. */
export async function runLinear(context: Context, family: Family): Promise<void> {
  if (context.role === 'guest') return guest(context, family)
  if (context.role === 'host') return host(context, family)
  if (context.role === 'arbiter') return arbiter(context, family)
  throw new Error(`${context.name} has no role ${context.role}`)
}

type Context = TaskContext<LogisticParam>

async function guest(context: Context, family: Family): Promise<void> {
  const hosts = hostsOf(context)
  if (hosts.length === 0) throw new Error(`${context.name} needs at least one host`)
  const { channel, params } = context
  const mode = modeOf(context)
  if (mode.type === 'predict') {
    const state = readState(await modelOf(context), family.model)
    const table = { slot: mode.slot, type: 'test', family } as const
    await context.writeTable(await predictGuest(context, state, table))
    return
  }
  const data = await openTable(context, { slot: mode.train, without: family.exposure })
  const labels = labelsOf(data)
  if (family.rates) requireCounts(data.frame, labels)
  const logExposure = family.rates ? logExposureOf(data, family.exposure) : new Float64Array()
  const classes = family.classes
    ? classesOf(labels, {
        oneVsRest: params.one_vs_rest_param.need_one_vs_rest,
        column: data.frame.labelName ?? 'label',
      })
    : { values: [], targets: [null] }
  warnOfColludingArbiter(context)
  const widths = await alignGuest(context, data.ids)
  const batches = cutBatches(data.ids.length, params.batch_size)
  warnOfThinBatches(context, { batches, widths })
  const plan = { sizes: batches.map(({ from, to }) => to - from), targets: classes.targets }
  for (const to of [...hosts, arbiterOf(context)]) {
    await channel.send(to, 'plan', json.encode(plan))
  }
  const saved = await agreeOnStep(context, LR_ROLES)
  const cipher = await receiveKey(context)

  const work = { data, batches, targets: classes.targets, saved }
  const fit = await fitAll(context, work, (target) => {
    if (family.rates) {
      const own = { context, cipher, data }
      const rows = { labels, logExposure }
      return (weights, batch) => poissonGuestStep(own, rows, { weights, batch })
    }
    const goals = family.classes ? signsOf(labels, target ?? classes.values[1]) : labels
    const centres = goals.map(family.centre)
    return async (weights, { from, to }) => {
      const features = sliceRows(data.matrix, from, to)
      const own = multiply(features, weights.weights)
      const share = own.map(
        (wx, row) => family.scale * (wx + weights.intercept) - centres[from + row],
      )
      const halves = []
      for (const host of hosts) {
        halves.push(
          await receiveVector(context, cipher.key, {
            from: host,
            tag: 'host_predictor',
            length: to - from,
          }),
        )
      }
      const slopes = await encryptSlopes(cipher, halves, { own: share, scale: family.scale })
      for (const host of hosts) await channel.send(host, 'slopes', cipherVectorToBytes(slopes))
      const sums = await multiplySlopes(cipher, slopes, {
        features,
        intercept: params.init_param.fit_intercept,
        share,
        offset: (weights.penalty * (to - from)) / family.steepness,
      })
      let loss = sums.loss
      for (const host of hosts) {
        const part = await receiveVector(context, cipher.key, {
          from: host,
          tag: 'loss_part',
          length: 1,
        })
        loss = await addVectors(cipher.key, loss, part, cipher)
      }
      await channel.send(arbiterOf(context), 'loss', cipherVectorToBytes(loss))
      return openGradient(context, cipher, { sums, rows: to - from })
    }
  })

  const state = { header: data.header, classes: classes.values, models: fit.models }
  await context.writeModel(toModel(params, state, { ...fit, model: family.model }))
  let frame = await predictGuest(context, state, { slot: mode.train, type: 'train', family })
  if (mode.validate !== undefined) {
    const validation = { slot: mode.validate, type: 'validation', family } as const
    frame = concatPredictions(frame, await predictGuest(context, state, validation))
  }
  await context.writeTable(frame)
}

async function host(context: Context, family: Family): Promise<void> {
  const { channel, params } = context
  const mode = modeOf(context)
  if (mode.type === 'predict') {
    return predictHost(context, readState(await modelOf(context), family.model), mode.slot)
  }
  const theGuest = guestOf(context)
  const data = await openTable(context, { slot: mode.train })
  if (data.header.length === 0) throw new Error(`The table of ${channel.self} has no features`)
  await alignHost(context, { ids: data.ids, columns: data.header.length })
  const plan = await receivePlan(context)
  const batches = batchesOf(plan.sizes)
  if (batches.at(-1)?.to !== data.ids.length) throw new Error(`${theGuest} planned for other rows`)
  const saved = await agreeOnStep(context, LR_ROLES)
  const cipher = await receiveKey(context)

  const fit = await fitAll(context, { data, batches, targets: plan.targets, saved }, () => {
    if (family.rates) {
      return (weights, batch) => poissonHostStep({ context, cipher, data }, { weights, batch })
    }
    return async (weights, { from, to }) => {
      const features = sliceRows(data.matrix, from, to)
      const own = multiply(features, weights.weights)
      const half = await encryptPredictor(cipher, own)
      await channel.send(theGuest, 'host_predictor', cipherVectorToBytes(half))
      const length = to - from
      const slopes = await receiveVector(context, cipher.key, {
        from: theGuest,
        tag: 'slopes',
        length,
      })
      const sums = await multiplySlopes(cipher, slopes, {
        features,
        intercept: false,
        share: own.map((wx) => family.scale * wx),
        offset: (weights.penalty * length) / family.steepness,
      })
      await channel.send(theGuest, 'loss_part', cipherVectorToBytes(sums.loss))
      return openGradient(context, cipher, { sums, rows: length })
    }
  })

  const classes = plan.targets.flatMap((target) => target ?? [])
  const state = { header: data.header, classes, models: fit.models }
  await context.writeModel(toModel(params, state, { ...fit, model: family.model }))
  await predictHost(context, state, mode.train)
  if (mode.validate !== undefined) await predictHost(context, state, mode.validate)
}

async function arbiter(context: Context, family: Family): Promise<void> {
  if (modeOf(context).type === 'predict') {
    context.log('info', 'Prediction needs no arbiter: nothing to do')
    return
  }
  const { channel, params, parallel, signal } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  const plan = await receivePlan(context)
  const saved = await agreeOnStep(context, LR_ROLES)
  const secret = await shareKey(context, { parties, family })

  async function openBatch(rows: number): Promise<number> {
    for (const party of parties) {
      const question = blob.decode(await channel.receive(party, 'gradient_question'))
      await channel.send(party, 'gradient_answer', blob.encode(openMasked(secret, question)))
    }
    const place = { from: parties[0], tag: 'loss', length: 1 }
    const sum = await receiveVector(context, secret.publicKey, place)
    const [squares] = await decryptVector(secret, sum, { parallel, signal })
    return family.loss(squares / rows)
  }

  const { histories: finished, losses: begun } = readWatch(saved)
  const histories = [...finished]
  let step = saved?.step ?? 0
  for (const [index, target] of plan.targets.entries()) {
    const losses = [...(finished[index]?.losses ?? (index === finished.length ? begun : []))]
    tellLosses(context, { target, losses, from: 0 })
    if (index < finished.length) continue
    const stop = createStop(params.converge_func, params.eps, losses.at(-1))
    for (let over = false; !over;) {
      let total = 0
      for (const rows of plan.sizes) {
        signal.throwIfAborted()
        total += await openBatch(rows)
      }
      const loss = total / plan.sizes.length
      losses.push(loss)
      tellLosses(context, { target, losses, from: losses.length - 1 })
      const converged = stop({ loss, ...(await receiveLengths(context, parties)) })
      for (const party of parties) await channel.send(party, 'stop', json.encode(converged))
      reportEpoch(context, { index, models: plan.targets.length, epoch: losses.length })
      over = converged || losses.length === params.max_iter
      if (over) histories.push({ iterations: losses.length, converged, losses })
      const kept: WatchState = { histories, losses: over ? [] : losses }
      await context.checkpoints.save(++step, kept)
    }
  }
  const state = { header: [], classes: plan.targets.flatMap((target) => target ?? []), models: [] }
  await context.writeModel(
    toModel(params, state, { ...mergeHistories(histories), model: family.model }),
  )
}

/** Computes one party's gradient of one batch, together with the other parties. */
type BatchStep = (weights: LinearWeights, batch: Batch) => Promise<Float64Array>

/** Trains one model for each target, one after another, at a data party. */
async function fitAll(
  context: Context,
  work: {
    data: OpenTable
    batches: readonly Batch[]
    targets: readonly (number | null)[]
    saved: Checkpoint | undefined
  },
  stepOf: (target: number | null) => BatchStep,
): Promise<TrainingHistory & { models: TrainedWeights[] }> {
  const { channel, params, role, position } = context
  const before = readFit(work.saved)
  const models = [...before.models]
  const histories = [...before.histories]
  let steps = work.saved?.step ?? 0
  for (const [index, target] of work.targets.entries()) {
    if (index < before.models.length) continue
    const current = index === before.models.length ? before.current : null
    const weights = createWeights(params, {
      features: work.data.header.length,
      intercept: role === 'guest' && params.init_param.fit_intercept,
      stream: role === 'guest' ? 0 : 1 + position,
      saved: current?.weights,
    })
    const step = stepOf(target)
    let epoch = current?.epoch ?? 0
    for (let over = false; !over;) {
      for (const batch of work.batches) {
        context.signal.throwIfAborted()
        weights.step(await step(weights, batch), epoch)
      }
      epoch++
      const { squaredChange, squaredWeights } = weights.measure()
      if (params.converge_func === 'weight_diff') {
        const lengths = Float64Array.of(squaredChange, squaredWeights)
        await channel.send(arbiterOf(context), 'weight_change', floats.encode(lengths))
      }
      const converged = json.decode(await channel.receive(arbiterOf(context), 'stop')) === true
      reportEpoch(context, { index, models: work.targets.length, epoch })
      over = converged || epoch === params.max_iter
      if (over) {
        models.push({ target, weights: [...weights.weights], intercept: weights.intercept })
        histories.push({ iterations: epoch, converged, losses: [] })
      }
      const kept: FitState = {
        models,
        histories,
        current: over ? null : { epoch, weights: weights.state() },
      }
      await context.checkpoints.save(++steps, kept)
    }
  }
  return { ...mergeHistories(histories), models }
}

/** Publishes the losses of one model from epoch `from` on. */
function tellLosses(
  context: Context,
  { target, losses, from }: { target: number | null; losses: readonly number[]; from: number },
): void {
  if (from === losses.length) return
  const curve = target === null ? 'loss' : `train.${target}`
  context.metric({
    namespace: 'train',
    name: target === null ? 'loss' : `loss.${target}`,
    points: losses.slice(from).map((loss, at): [number, number] => [from + at, loss]),
    meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters', curve_name: curve },
  })
}

function reportEpoch(
  context: Context,
  { index, models, epoch }: { index: number; models: number; epoch: number },
): void {
  const { max_iter } = context.params
  const model = models > 1 ? `, model ${index + 1} of ${models}` : ''
  const note = `epoch ${epoch} of at most ${max_iter}${model}`
  context.progress(index * max_iter + epoch, models * max_iter, note)
}
