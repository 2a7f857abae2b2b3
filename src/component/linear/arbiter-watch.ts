/**
 * The arbiter's side of a training: has the key, opens masked gradients and losses, and says when it is over.
 * @module
 */
import { type CipherSecret, decryptVector } from '../../compute/crypto/cipher-vector.ts'
import { openMasked } from '../../compute/crypto/masked-opening.ts'
import { createStop } from '../../compute/ml/optimizer.ts'
import type { Address } from '../../federation/channel.ts'
import { blob, json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { shareKey } from './arbiter-key.ts'
import type { Family } from './family.ts'
import { reportEpoch } from './fit-models.ts'
import { toModel, type TrainingHistory } from './linear-model.ts'
import type { LogisticParam } from './logistic-param.ts'
import { readWatch, type WatchState } from './lr-checkpoint.ts'
import {
  mergeHistories,
  type Plan,
  receiveLengths,
  receivePlan,
  receiveVector,
} from './lr-inputs.ts'
import { LR_ROLES } from './lr-messages.ts'
import { watchNewton } from './newton.ts'
import { guestOf, hostsOf } from './row-alignment.ts'
import { receiveVerdict } from './validation.ts'

type Context = TaskContext<LogisticParam>

/** Watches all models of a training. */
export async function watchTraining(
  context: Context,
  family: Family,
  { earlier = [] }: { earlier?: readonly TrainingHistory[] } = {},
): Promise<void> {
  const { channel, params, signal } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  const plan = await receivePlan(context)
  const saved = await agreeOnStep(context, LR_ROLES)
  const secret = await shareKey(context, { parties, family })

  const { histories: finished, losses: begun, best: found, newton: memory } = readWatch(saved)
  const histories = [...finished]
  let step = saved?.step ?? 0
  for (const [index, target] of plan.targets.entries()) {
    const before = earlier[index]?.losses ?? []
    const kept = index === finished.length && begun.length > 0 ? begun : before
    const losses = [...(finished[index]?.losses ?? kept)]
    tellLosses(context, { target, losses, from: 0 })
    if (index < finished.length) continue
    const stop = createStop(params.converge_func, params.eps, losses.at(-1))
    let best = index === finished.length ? found : undefined
    const going = index === finished.length ? memory : undefined
    const newton = plan.newton && watchNewton(context, { plan: plan.newton, secret, saved: going })
    for (let over = false; !over;) {
      const loss = await openEpoch(context, { plan, secret, family, newton })
      const epoch = losses.push(loss) - 1
      tellLosses(context, { target, losses, from: epoch })
      const verdict = plan.stopsEarly ? await receiveVerdict(context, parties[0]) : undefined
      if (verdict?.best) best = epoch
      const near = stop({ loss, ...(await receiveLengths(context, parties)) })
      const ends = near || verdict?.over === true
      signal.throwIfAborted()
      for (const party of parties) await channel.send(party, 'stop', json.encode(ends))
      reportEpoch(context, {
        index,
        models: plan.targets.length,
        epoch: losses.length - before.length,
      })
      over = ends || losses.length - before.length === params.max_iter
      if (over) {
        const converged = near && verdict?.over !== true
        histories.push({ iterations: losses.length, converged, losses, best })
      }
      const now = {
        losses,
        ...(best === undefined ? {} : { best }),
        ...(newton && { newton: newton.state() }),
      }
      const state: WatchState = { histories, ...(over ? { losses: [] } : now) }
      await context.checkpoints.save(++step, state)
    }
  }
  const classes = plan.targets.flatMap((target) => target ?? [])
  const state = { header: [], classes, models: [], histories }
  await context.writeModel(
    toModel(params, state, { ...mergeHistories(histories), model: family.model }),
  )
}

/** Opens every batch of an epoch; gives their mean loss. */
async function openEpoch(
  context: Context,
  {
    plan,
    secret,
    family,
    newton,
  }: {
    plan: Plan
    secret: CipherSecret
    family: Family
    newton: ReturnType<typeof watchNewton> | undefined
  },
): Promise<number> {
  const { channel, parallel, signal } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  let total = 0
  for (const rows of plan.sizes) {
    signal.throwIfAborted()
    for (const party of parties) {
      const question = blob.decode(await channel.receive(party, 'gradient_question'))
      const answer = openMasked(secret, question, { asker: party })
      await channel.send(party, 'gradient_answer', blob.encode(answer))
    }
    const place = { from: parties[0], tag: 'loss', length: 1 }
    const sum = await receiveVector(context, secret.publicKey, place)
    const [squares] = await openLoss(parties[0], () =>
      decryptVector(secret, sum, { parallel, signal }),
    )
    total += family.loss(squares / rows)
    await newton?.afterBatch()
  }
  return total / plan.sizes.length
}

/** The guest's loss, which all may see: refused, in the guest's name, where it is beyond what any sum can be. */
async function openLoss<T>(guest: Address, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new RangeError(`The loss of ${guest} is not opened: ${cause.message}`, { cause })
  }
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
