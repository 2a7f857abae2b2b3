/**
 * What the parties of HomoSecureBoost agree on before they train.
 * @module
 */
import { features, type Frame } from '../../compute/ml/frame.ts'
import { type Objective, weighObjective } from '../../compute/ml/tree/objective.ts'
import { json } from '../../federation/codec.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import { rowWeightsOf } from '../linear/lr-inputs.ts'
import { arbiterOf, guestOf, hostsOf } from '../linear/row-alignment.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { openTree, treeLabels, type TreeTable } from './tree-inputs.ts'
import { encodeLabels, type Task, taskFor, taskOf } from './tree-prediction.ts'
import { type EarlierTrees, roundsOf, warmTask } from './warm-start.ts'

type Context = TaskContext<BoostingTreeParam>

/** A data party's table for training. */
export interface HomoTable extends TreeTable {
  readonly task: Task
  /** As the objective counts them. */
  readonly labels: Float64Array
  /** What the party learns by: the task's objective, with the weights of its rows. */
  readonly objective: Objective
  /** Whether rows of any party have weights. */
  readonly weighed: boolean
}

/**
 * A data party's table, with the guest's columns and the classes of all parties; those of an earlier model where the
 * training starts from one.
 */
export async function openHomo(
  context: Context,
  slot: DataSlot,
  earlier?: EarlierTrees & { readonly header: readonly string[] },
): Promise<HomoTable> {
  const { channel, params, role } = context
  const rule = boostRule(params).missing
  const bare = await openTree(context, { slot, rule, header: [] })
  const named = treeLabels(bare, channel.self)
  const own = params.task_type === 'regression' ? [] : [...new Set(named)]
  const weights = rowWeightsOf(bare)
  const weighed = weights !== undefined
  const plan =
    role === 'guest'
      ? await makePlan(context, bare.frame, { own, weighed, earlier })
      : await receivePlan(context, { values: own, weighed })
  const table = await openTree(context, { slot, rule, header: plan.header })
  const task = earlier ? warmTask(context, earlier, named) : taskFor(params, plan.classes)
  const objective = weighObjective(task.objective, weights)
  const labels = encodeLabels(named, task)
  return { ...table, task, labels, objective, weighed: plan.weighed }
}

/** What the arbiter knows of the tables. */
export interface HomoSize {
  readonly columns: number
  /** Rounds of the model that the training starts from. */
  readonly rounds: number
  readonly task: Task
  /** Whether rows of any party have weights. */
  readonly weighed: boolean
}

/** The guest's word to the arbiter. */
export async function receiveSize(context: Context): Promise<HomoSize> {
  const from = guestOf(context)
  const size = json.decode(await context.channel.receive(from, 'size')) as Partial<{
    columns: number
    rounds: number
    classes: unknown
    weighed: unknown
  }> | null
  const columns = size?.columns
  const rounds = Number(size?.rounds)
  const whole = Number.isSafeInteger(columns) && Number.isSafeInteger(rounds) && rounds >= 0
  if (!whole || Number(columns) < 1 || !isNumbers(size?.classes)) {
    throw new Error(`${from} sent a malformed size`)
  }
  const task = taskFor(context.params, size.classes)
  return { columns: Number(columns), rounds, task, weighed: size.weighed === true }
}

interface HomoPlan {
  readonly header: readonly string[]
  readonly classes: readonly number[]
  readonly weighed: boolean
}

async function makePlan(
  context: Context,
  frame: Frame,
  {
    own,
    earlier,
    weighed,
  }: { own: readonly number[]; earlier: Parameters<typeof openHomo>[2]; weighed: boolean },
): Promise<HomoPlan> {
  const { channel, params } = context
  const values = new Set(own)
  let some = weighed
  for (const host of hostsOf(context)) {
    const theirs = json.decode(await channel.receive(host, 'label_values'))
    const found = theirs as Partial<OwnRows> | null
    if (!isNumbers(found?.values)) throw new Error(`${host} sent malformed label_values`)
    for (const value of found.values) values.add(value)
    some ||= found.weighed === true
  }
  const { classes } =
    earlier ?? taskOf(params, Float64Array.from(values), frame.labelName ?? 'label')
  const header = earlier?.header ?? features(frame).map(({ name }) => name)
  if (header.length === 0) throw new Error(`The table of ${channel.self} has no features`)
  const plan: HomoPlan = { header, classes, weighed: some }
  for (const host of hostsOf(context)) await channel.send(host, 'plan', json.encode(plan))
  const rounds = earlier ? roundsOf(earlier) : 0
  const size = { columns: header.length, rounds, classes, weighed: some }
  await channel.send(arbiterOf(context), 'size', json.encode(size))
  return plan
}

/** What a host says of its rows. */
interface OwnRows {
  readonly values: readonly number[]
  readonly weighed: boolean
}

async function receivePlan(context: Context, own: OwnRows): Promise<HomoPlan> {
  const { channel } = context
  const guest = guestOf(context)
  await channel.send(guest, 'label_values', json.encode(own))
  const plan = json.decode(await channel.receive(guest, 'plan')) as Partial<HomoPlan> | null
  const header = plan?.header
  if (
    !Array.isArray(header) ||
    !header.every((name) => typeof name === 'string') ||
    !isNumbers(plan?.classes)
  ) {
    throw new Error(`${guest} sent a malformed plan`)
  }
  return { header, classes: plan.classes, weighed: plan.weighed === true }
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isFinite(entry))
}
