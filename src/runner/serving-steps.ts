/**
 * One party's components of a service, run in memory on a few rows: the same code as in a job, so that the answers are
 * those of a prediction of the same rows.
 * @module
 */
import type {
  Component,
  DataSlot,
  InputModel,
  InputTable,
  Model,
  ModelSlot,
  Role,
  TaskContext,
} from '../component/define.ts'
import type { Frame } from '../compute/ml/frame.ts'
import type { Parallel } from '../compute/parallel.ts'
import { offlineReason } from '../domain/servable.ts'
import type { ComponentSpec, ServingSpec } from '../domain/work.ts'
import { type Address, address, type Channel, type Disclosure } from '../federation/channel.ts'
import { randomBytes } from './context.ts'
import { loadModel } from './data/model-store.ts'
import { outputLocation } from './data/path.ts'

/** A component that is ready to run. */
interface Step {
  readonly name: string
  readonly work: ComponentSpec
  readonly component: Component
  readonly params: object
  readonly models: ReadonlyMap<ModelSlot, readonly InputModel[]>
}

/** A party's part of a model. */
export interface ServingPart {
  readonly role: string
  readonly party: string
  readonly position: number
  readonly members: ServingSpec['members']
  readonly steps: readonly Step[]
}

export interface RunOptions {
  readonly signal: AbortSignal
  readonly parallel: Parallel
  /** The channel of one component, with what it may say. */
  channelOf(node: string, messages: Readonly<Record<string, Disclosure>>): Channel
}

/** Reads a party's part of a model. Rejects with a sentence where something is missing. */
export async function openPart(
  dataDir: string,
  seat: { readonly role: string; readonly party: string; readonly position: number },
  given: { readonly spec: ServingSpec; readonly components: ReadonlyMap<string, Component> },
): Promise<ServingPart> {
  const steps: Step[] = []
  for (const { name, work } of given.spec.steps) {
    const component = given.components.get(work.module)
    if (!component) {
      throw new Error(
        `This runner has no component "${work.module}": bring it to the server's version`,
      )
    }
    const offline = offlineReason(name, work, component)
    if (offline !== undefined) throw new Error(`The model cannot go online: ${offline}`)
    const params = component.params.parse(work.params)
    steps.push({ name, work, component, params, models: await readModels(dataDir, seat, work) })
  }
  return { ...seat, members: given.spec.members, steps }
}

/** Runs all components on `row`; answers what the last of them made, or undefined where none made a table. */
export async function runSteps(
  part: ServingPart,
  row: Frame,
  options: RunOptions,
): Promise<Frame | undefined> {
  const made = new Map<string, Map<string, Frame>>()
  let last: Frame | undefined
  for (const step of part.steps) {
    options.signal.throwIfAborted()
    const own = new Map<string, Frame>()
    made.set(step.name, own)
    const tables = (slot: DataSlot) => tablesOf(step, slot, { row, made })
    const { component, work } = step
    if (!work.run || component.online === 'pass') {
      const first = work.data.flatMap(({ slot }) => tables(slot as DataSlot)).at(0)
      if (first && component.outputs.data) own.set('', first.frame)
    } else {
      await component.run(contextOf(part, step, { ...options, own, tables }))
    }
    last = own.get('') ?? own.values().next().value ?? last
  }
  return last
}

function tablesOf(
  { work }: Step,
  slot: DataSlot,
  from: { readonly row: Frame; readonly made: ReadonlyMap<string, ReadonlyMap<string, Frame>> },
): InputTable[] {
  const sources = work.data.find((entry) => entry.slot === slot)?.tables
  if (sources === undefined) return []
  // What read an uploaded table reads the row; a party that had no table there has none in the specification.
  if (!sources.some(({ type }) => type === 'output')) return [{ source: 'args', frame: from.row }]
  return sources.flatMap((source): InputTable[] => {
    if (source.type !== 'output') return []
    const frame = from.made.get(source.node)?.get(source.output ?? '')
    return frame ? [{ source: source.node, frame }] : []
  })
}

function contextOf(
  part: ServingPart,
  step: Step,
  run: RunOptions & {
    readonly own: Map<string, Frame>
    tables(slot: DataSlot): readonly InputTable[]
  },
): TaskContext {
  const { name, work, component, params, models } = step
  const [first = 'data'] = component.outputs.tables ?? []
  return {
    name,
    role: part.role as Role,
    party: part.party,
    position: part.position,
    members: part.members,
    params,
    online: true,
    signal: run.signal,
    channel: run.channelOf(name, component.messages),
    parallel: run.parallel,
    random: randomBytes,
    connected: {
      data: work.data.map(({ slot }) => slot as DataSlot),
      model: work.models.map(({ slot }) => slot as ModelSlot),
    },
    tables: async (slot) => run.tables(slot),
    models: async (slot) => models.get(slot) ?? [],
    async writeTable(frame, output = first) {
      run.own.set(output === first ? '' : output, frame)
    },
    // Nothing is learnt, and what a prediction would have to say was said when it was trained.
    writeModel: () => Promise.resolve(),
    checkpoints: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
    scratch: {
      append: () => Promise.reject(noFiles(name)),
      read: () => Promise.reject(noFiles(name)),
      drop: () => Promise.resolve(),
    },
    metric() {},
    progress() {},
    log() {},
    warn() {},
  }
}

async function readModels(
  dataDir: string,
  { role, party }: { readonly role: string; readonly party: string },
  work: ComponentSpec,
): Promise<Map<ModelSlot, InputModel[]>> {
  const slots = new Map<ModelSlot, InputModel[]>()
  for (const { slot, nodes, job } of work.models) {
    const found: InputModel[] = []
    for (const node of nodes) {
      const jobId = job ?? ''
      const location = outputLocation({ jobId, role, party, node }, 'model')
      const model: Model | undefined = await loadModel(dataDir, location)
      if (!model) {
        throw new Error(
          `${role} ${party} has lost its part of the model: what ${node} of job ${jobId} learnt is not in its data ` +
            'directory; put it back, or train again',
        )
      }
      found.push({ source: node, model })
    }
    slots.set(slot as ModelSlot, found)
  }
  return slots
}

function noFiles(name: string): Error {
  return new Error(`${name} keeps files while it works, and cannot predict online`)
}

/** The addresses of the hosts of a service. */
export function hostsOf({ members }: Pick<ServingSpec, 'members'>): Address[] {
  return (members['host'] ?? []).map((party) => address('host', party))
}
