/**
 * A small pipeline trained, predicted with and put online in one process: the code that a service's tasks run, over
 * channels in memory and files of their own.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { DataSlot, InputTable, Model, ModelSlot, Role } from '../../src/component/define.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import type { Frame } from '../../src/compute/ml/frame.ts'
import { inline } from '../../src/compute/parallel.ts'
import type {
  ComponentSpec,
  LeasedTask,
  ServingAnswer,
  ServingCall,
  ServingResult,
  ServingRow,
  ServingSpec,
} from '../../src/domain/work.ts'
import { address, type Address, type Channel, ChannelClosed } from '../../src/federation/channel.ts'
import { memoryHub } from '../../src/federation/memory.ts'
import { saveFrame } from '../../src/runner/data/frame-store.ts'
import { saveModel } from '../../src/runner/data/model-store.ts'
import { outputLocation, tableLocation } from '../../src/runner/data/path.ts'
import type { ReportBody } from '../../src/runner/executor.ts'
import type { Line } from '../../src/runner/line.ts'
import type { Question } from '../../src/runner/protocol.ts'
import { runServing } from '../../src/runner/serving.ts'
import { type RunOptions, runComponent } from './parties.ts'

/** A component of the pipeline. */
export interface PipelineNode {
  readonly name: string
  readonly module: string
  readonly params?: object
  readonly paramsAt?: RunOptions['paramsAt']
  /** The node whose table it reads; the uploaded one without it. */
  readonly from?: string
  /** Nodes whose models it reads as `isometric_model`. */
  readonly isometric?: readonly string[]
  /** Whether it learns from `train_data` and predicts from `eval_data`. */
  readonly learns?: boolean
}

export interface PipelineOptions {
  readonly members: Readonly<Partial<Record<Role, readonly string[]>>>
  readonly nodes: readonly PipelineNode[]
  /** Each party's uploaded table. */
  readonly tables: Readonly<Record<Address, Frame>>
}

/** A pipeline that was trained. */
export interface TrainedPipeline {
  /** What the last node makes at the guest of a prediction of all rows. */
  batch(): Promise<Frame>
  /** Puts it online with these parties; answers come from its guest. */
  online(members: Readonly<Partial<Record<Role, readonly string[]>>>): Promise<OnlinePipeline>
}

export interface OnlinePipeline {
  ask(rows: readonly ServingRow[], ms?: number): Promise<readonly ServingResult[]>
  /** What the parties have told of messages they sent, once it is stopped. */
  readonly ledger: readonly Extract<ReportBody, { type: 'ledger' }>[]
  stop(): Promise<void>
}

const JOB = 'job1'

/** Trains a pipeline. */
export async function trainPipeline(options: PipelineOptions): Promise<TrainedPipeline> {
  const { models } = await runNodes(options, undefined)
  const [guest = ''] = options.members.guest ?? []
  return {
    async batch() {
      const { arbiter: _, ...members } = options.members
      const { made } = await runNodes({ ...options, members }, models)
      const found = made.get(options.nodes.at(-1)?.name ?? '')?.get(address('guest', guest))
      if (!found) throw new Error('The guest was left without a prediction')
      return found
    },
    online: (members) => putOnline({ ...options, members }, models),
  }
}

type ByParty<T> = Map<string, Map<Address, T>>

async function runNodes(
  { members, nodes, tables }: PipelineOptions,
  trained: ByParty<Model> | undefined,
): Promise<{ made: ByParty<Frame>; models: ByParty<Model> }> {
  const made: ByParty<Frame> = new Map()
  const models: ByParty<Model> = new Map()
  for (const node of nodes) {
    const component = COMPONENTS.get(node.module)
    if (!component) throw new Error(`There is no component ${node.module}`)
    const slot = slotOf(node, trained === undefined ? 'train_data' : 'eval_data')
    const all = Object.entries(members).flatMap(([role, parties]) =>
      component.roles.includes(role as Role) ? parties.map((party) => address(role, party)) : [],
    )
    const around = Object.fromEntries(
      Object.entries(members).filter(([role]) => component.roles.includes(role as Role)),
    )
    const given = all.flatMap((self): [Address, Record<string, InputTable[]>][] => {
      const frame = node.from === undefined ? tables[self] : made.get(node.from)?.get(self)
      return frame ? [[self, { [slot]: [{ source: node.from ?? 'args', frame }] }]] : []
    })
    const earlier = trained?.get(node.name)
    const withModels = all.map((self): [Address, Partial<Record<ModelSlot, Model>>] => {
      const own = earlier?.get(self)
      if (trained) return [self, own ? { model: own } : {}]
      const [other] = node.isometric ?? []
      const model = other === undefined ? undefined : models.get(other)?.get(self)
      return [self, model ? { isometric_model: model } : {}]
    })
    const { parties } = await runComponent(component, {
      members: around,
      name: node.name,
      params: node.params,
      paramsAt: node.paramsAt,
      tables: Object.fromEntries(given),
      models: Object.fromEntries(withModels),
    })
    const outcomes = Object.entries(parties) as [Address, (typeof parties)[Address]][]
    made.set(
      node.name,
      new Map(
        outcomes.flatMap(
          ([
            self,
            {
              tables: [first],
            },
          ]) => (first ? [[self, first]] : []),
        ),
      ),
    )
    models.set(
      node.name,
      new Map(
        outcomes.flatMap(
          ([
            self,
            {
              models: [first],
            },
          ]) => (first ? [[self, first]] : []),
        ),
      ),
    )
  }
  return { made, models }
}

function slotOf({ learns = false }: PipelineNode, slot: DataSlot): DataSlot {
  return learns ? slot : 'data'
}

async function putOnline(
  { members, nodes, tables }: PipelineOptions,
  models: ByParty<Model>,
): Promise<OnlinePipeline> {
  const hub = memoryHub()
  const stopping = new AbortController()
  const folders: string[] = []
  const ledger: Extract<ReportBody, { type: 'ledger' }>[] = []
  const desk = createDesk()
  const ends: Promise<unknown>[] = []

  async function begin(seat: { role: string; party: string; position: number }): Promise<void> {
    const { role, party } = seat
    const self = address(role, party)
    const dataDir = await mkdtemp(join(tmpdir(), 'weft-online-'))
    folders.push(dataDir)
    for (const [node, byParty] of models) {
      const model = byParty.get(self)
      const place = outputLocation({ jobId: JOB, role, party, node }, 'model')
      if (model) await saveModel(dataDir, place, model)
    }
    const table = { namespace: 'n', name: 'rows' }
    const own = tables[self]
    if (own) await saveFrame(dataDir, tableLocation({ ...table, party }), own)
    const steps = nodes.map((node) => {
      const learnt = models.get(node.name)?.has(self) === true
      return { name: node.name, work: workOf(node, { members, learnt, self }) }
    })
    const spec: ServingSpec = { type: 'serving', members, steps, table: own ? table : null }
    const channel = hub.channel(self)
    const ready = Promise.withResolvers<void>()
    const line: Line = {
      signal: stopping.signal,
      ask: (question) => answerTo(question, { channel, desk }),
      report(body) {
        if (body.type === 'ledger') ledger.push(body)
        if (body.type === 'progress') ready.resolve()
      },
    }
    const task: LeasedTask = {
      ...seat,
      taskId: 't',
      attemptId: 'a',
      attempt: 1,
      jobId: 'serving',
      name: 'serving_0',
      kind: 'serving',
      spec,
      allocation: null,
      handle: null,
    }
    const settings = { dataDir, importRoots: [], previews: false, memoryMb: 512 }
    const over = runServing({ task, settings, cores: 1, line, components: COMPONENTS, spool: null })
    ends.push(over.catch(() => {}))
    await Promise.race([ready.promise, over])
  }

  async function stop(): Promise<void> {
    const reason = 'The service was stopped'
    stopping.abort(new ChannelClosed(reason))
    desk.close(new ChannelClosed(reason))
    hub.close(reason)
    await Promise.all(ends)
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  }

  const seats = Object.entries(members).flatMap(([role, parties]) =>
    parties.map((party, position) => ({ role, party, position })),
  )
  try {
    await Promise.all(seats.map(begin))
  } catch (error) {
    await stop()
    throw error
  }
  return { ask: (rows, ms = 60_000) => desk.ask(rows, ms), ledger, stop }
}

/** What the server would plan for a party. */
function workOf(
  node: PipelineNode,
  given: { members: PipelineOptions['members']; learnt: boolean; self: Address },
): ComponentSpec {
  const source = { namespace: 'n', name: 'rows', type: 'table', key: 'args' } as const
  const from = node.from === undefined ? source : ({ type: 'output', node: node.from } as const)
  return {
    type: 'component',
    module: node.module,
    params: { ...node.params, ...node.paramsAt?.[given.self] },
    members: given.members,
    data: [{ slot: slotOf(node, 'eval_data'), tables: [from] }],
    models: given.learnt ? [{ slot: 'model', nodes: [node.name], job: JOB }] : [],
    run: true,
  }
}

/** Calls on their way to the guest, and what it answers. */
function createDesk() {
  const waiting: ServingCall[] = []
  const answers = new Map<number, (answer: ServingAnswer) => void>()
  let bell = Promise.withResolvers<void>()
  let last = 0
  return {
    ask(rows: readonly ServingRow[], ms: number): Promise<readonly ServingResult[]> {
      const id = ++last
      waiting.push({ id, rows, ms })
      bell.resolve()
      return new Promise((resolve) => answers.set(id, ({ results }) => resolve(results)))
    },
    async calls(): Promise<ServingCall[]> {
      await bell.promise
      bell = Promise.withResolvers()
      return waiting.splice(0)
    },
    answered(answer: ServingAnswer): void {
      answers.get(answer.id)?.(answer)
    },
    close(error: Error): void {
      bell.promise.catch(() => {})
      bell.reject(error)
    },
  }
}

/** What the main thread of a runner answers to a task. */
async function answerTo(
  question: Question,
  { channel, desk }: { channel: Channel; desk: ReturnType<typeof createDesk> },
): Promise<unknown> {
  if (question.ask === 'calls') return desk.calls()
  if (question.ask === 'answered') return desk.answered(question.answer)
  if (question.ask === 'send') return channel.send(question.to, question.tag, question.bytes)
  if (question.ask === 'receive') return channel.receive(question.from, question.tag)
  if (question.ask === 'map') {
    const { kernel, calls } = question
    return inline.map(kernel, calls as Parameters<typeof inline.map<typeof kernel>>[1])
  }
  return undefined
}
