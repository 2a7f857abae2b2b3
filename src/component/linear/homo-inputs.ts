/**
 * What the parties of HomoLR start from: their tables, and what they agree to train.
 * @module
 */
import { type Frame, label } from '../../compute/ml/frame.ts'
import { json } from '../../federation/codec.ts'
import type { DataSlot, TaskContext } from '../define.ts'
import { headerOf, requireColumns } from '../input.ts'
import { PrivateFault } from '../private-fault.ts'
import { classesOf } from './classes.ts'
import type { HomoLogisticParam } from './homo-param.ts'
import { arbiterOf, guestOf, hostsOf } from './row-alignment.ts'
import { checkClasses, type Earlier } from './warm-start.ts'

type Context = TaskContext<HomoLogisticParam>

/** What all data parties train. */
export interface Plan {
  readonly header: readonly string[]
  readonly classes: readonly number[]
  readonly targets: readonly (number | null)[]
  /** Whether the guest's validation table may end the training. */
  readonly stopsEarly?: boolean
}

/** What the arbiter has to know. */
export interface Size {
  readonly columns: number
  readonly targets: readonly (number | null)[]
  readonly stopsEarly?: boolean
  /** Epochs of the model that the training goes on from, one number a target. */
  readonly behind?: readonly number[]
}

/** The guest's columns, and the labels of all parties. */
export async function agreeOnPlan(
  context: Context,
  frame: Frame,
  { stopsEarly, earlier }: { stopsEarly: boolean; earlier: Earlier | undefined },
): Promise<Plan> {
  const { channel, params } = context
  const own = [...new Set(labelsOf(context, frame))]
  const guest = guestOf(context)
  if (context.role === 'host') {
    await channel.send(guest, 'label_values', json.encode(own))
    const plan = json.decode(await channel.receive(guest, 'plan'))
    if (!isPlan(plan)) throw new Error(`${guest} sent a malformed plan`)
    if (earlier) checkEarlier(earlier, plan)
    requireColumns(frame, plan.header)
    return plan
  }
  const values = new Set([...own, ...(await classesBefore(context))])
  for (const host of hostsOf(context)) {
    const theirs = json.decode(await channel.receive(host, 'label_values'))
    if (!isNumbers(theirs)) throw new Error(`${host} sent malformed label_values`)
    for (const value of theirs) values.add(value)
  }
  const { values: classes, targets } = classesOf(Float64Array.from(values), {
    oneVsRest: params.one_vs_rest_param.need_one_vs_rest,
    column: frame.labelName ?? 'label',
  })
  const early = stopsEarly ? { stopsEarly } : {}
  const header = earlier?.state.header ?? headerOf(frame)
  const plan: Plan = { header, classes, targets, ...early }
  if (earlier) checkEarlier(earlier, plan)
  if (plan.header.length === 0) throw new Error(`The table of ${channel.self} has no features`)
  for (const host of hostsOf(context)) await channel.send(host, 'plan', json.encode(plan))
  const behind = earlier && { behind: earlier.starts.map(({ epochs }) => epochs) }
  const size: Size = { columns: plan.header.length, targets, ...early, ...behind }
  await channel.send(arbiterOf(context), 'size', json.encode(size))
  return plan
}

/** Label values of an earlier try: who had some of them may have been lost since. */
export async function classesBefore({
  checkpoints,
}: Pick<TaskContext, 'checkpoints'>): Promise<readonly number[]> {
  const [latest] = await checkpoints.load()
  const { classes } = (latest?.state ?? {}) as { readonly classes?: readonly number[] }
  return classes ?? []
}

/** Throws where the model that training goes on from is of other columns or classes. */
function checkEarlier(earlier: Earlier, { header, classes, targets }: Plan): void {
  checkClasses(earlier, { values: classes, targets })
  if (earlier.state.header.join('\n') === header.join('\n')) return
  throw new Error(
    `The model that training starts from has the columns ${earlier.state.header.join(', ')}, not ${header.join(', ')}: ` +
      'give all parties the models of one job',
  )
}

/** The guest's word to the arbiter. */
export async function receiveSize(context: Context): Promise<Size> {
  const from = guestOf(context)
  const size = json.decode(await context.channel.receive(from, 'size'))
  if (isSize(size)) return size
  throw new Error(`${from} sent a malformed size`)
}

/** The one table in a slot. */
export async function frameOf(context: TaskContext, slot: DataSlot): Promise<Frame> {
  const tables = await context.tables(slot)
  const owner = context.channel.self
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in ${slot} at ${owner}, got ${tables.length}`)
  }
  const [{ frame, source }] = tables
  if (frame.kind !== 'data') {
    throw new Error(
      `${source} gives ${context.name} a ${frame.kind} table, expected data: run DataIO first`,
    )
  }
  if (frame.ids.length === 0) throw new Error(`The table of ${owner} has no rows`)
  return frame
}

/** The labels of all rows. */
export function labelsOf(context: TaskContext, frame: Frame): Float64Array {
  const owner = context.channel.self
  const labels = label(frame)
  if (!labels) throw new Error(`${owner} has no label column: set with_label in its DataIO`)
  const bad = labels.findIndex((value) => !Number.isFinite(value))
  if (bad < 0) return labels
  throw new PrivateFault(
    `Label column "${frame.labelName}" has no number in row "${frame.ids[bad]}"`,
    'A row has no number in the label column',
  )
}

function isSize(value: unknown): value is Size {
  if (typeof value !== 'object' || value === null) return false
  const { columns, targets } = value as Partial<Size>
  return Number.isSafeInteger(columns) && Number(columns) > 0 && Array.isArray(targets)
}

function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null) return false
  const { header, classes, targets } = value as Partial<Plan>
  const named = Array.isArray(header) && header.every((name) => typeof name === 'string')
  return named && isNumbers(classes) && Array.isArray(targets)
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isFinite(entry))
}
