/**
 * A component's task: finds its inputs, runs it, keeps its outputs.
 * @module
 */
import type {
  Checkpoints,
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
import type { ComponentSpec, TableSource } from '../domain/work.ts'
import { createContext } from './context.ts'
import { diskCheckpoints } from './data/checkpoint-store.ts'
import { loadDataset } from './data/dataset.ts'
import { loadFrame, saveFrame } from './data/frame-store.ts'
import { readIds } from './data/ids-file.ts'
import { loadModel, saveModel, toPlain } from './data/model-store.ts'
import { outputLocation, tableLocation } from './data/path.ts'
import { headingOf, previewOf } from './data/preview.ts'
import { diskScratch } from './data/scratch-store.ts'
import type { Job } from './job.ts'

/** Runs one role of a component. Rejects with a sentence for the user. */
export async function runComponent(job: Job): Promise<void> {
  const { spec, role, party } = job.task
  if (spec.type !== 'component' || role === null || party === null) {
    throw new Error('The task names no component, role and party')
  }
  const component = job.components.get(spec.module)
  if (!component) {
    throw new Error(
      `This runner has no component "${spec.module}": bring it to the server's version`,
    )
  }
  const place: Place = { job, spec, seat: { jobId: job.task.jobId, role, party } }
  if (!spec.run) {
    await handThrough(place, component)
    return
  }
  const context = contextOf(place, component)
  if (Object.keys(component.messages).length > 0) {
    await job.line.ask({ ask: 'join', roles: component.roles })
  }
  await component.run(context)
}

interface Place {
  readonly job: Job
  readonly spec: ComponentSpec
  readonly seat: { readonly jobId: string; readonly role: string; readonly party: string }
}

function contextOf(place: Place, component: Component): TaskContext {
  const { job, spec, seat } = place
  const { task, line, cores } = job
  return createContext({
    line,
    cores,
    component,
    params: parseParams(component, spec.params),
    place: {
      name: task.name,
      role: seat.role as Role,
      party: seat.party,
      position: task.position,
      members: spec.members,
    },
    connected: {
      data: spec.data.map(({ slot }) => slot as DataSlot),
      model: spec.models.map(({ slot }) => slot as ModelSlot),
    },
    tables: (slot) => readTables(place, slot),
    models: (slot) => readModels(place, slot),
    writeTable: (frame, output) => writeTable(place, frame, { component, output }),
    writeModel: (model) => writeModel(place, model),
    checkpoints: checkpointsOf(place),
    scratch: diskScratch(job.settings.dataDir, { ...seat, node: task.name }),
  })
}

function parseParams(component: Component, params: Record<string, unknown>): object {
  const parsed = component.params.safeParse(params)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`${component.paramsName} cannot be read: ${faults.join('; ')}`)
}

async function readTables(place: Place, slot: DataSlot): Promise<InputTable[]> {
  const sources = place.spec.data.find((entry) => entry.slot === slot)?.tables ?? []
  const found: InputTable[] = []
  for (const source of sources) {
    const frame = await readTable(place, source)
    if (frame) found.push({ source: source.type === 'output' ? source.node : 'args', frame })
  }
  return found
}

/** The table behind a source; undefined when that node left none at this party. */
async function readTable({ job, seat }: Place, source: TableSource): Promise<Frame | undefined> {
  const { dataDir, datasets = [] } = job.settings
  if (source.type === 'output') {
    const { node, job: jobId = seat.jobId, role = seat.role } = source
    return loadFrame(
      dataDir,
      outputLocation({ ...seat, jobId, role, node }, 'table', source.output),
    )
  }
  if (source.type === 'ids') {
    const { ids } = await readIds(source, job.settings.importRoots)
    return { kind: 'raw', idName: source.heading, ids: [...new Set(ids)], columns: [] }
  }
  if (source.type === 'dataset') {
    const { name, columns } = source
    const entry = datasets.find((one) => one.party === seat.party && one.name === name)
    if (entry) return loadDataset(entry, columns, job.line.signal)
    throw new Error(
      `Party ${seat.party} no longer offers data set "${name}": ask it to list it again, or name another`,
    )
  }
  for (const party of [seat.party, null]) {
    const frame = await loadFrame(dataDir, tableLocation({ ...source, party }))
    if (frame) return frame
  }
  throw new Error(
    `Table ${source.namespace}.${source.name} is not in the data directory of party ${seat.party}: upload it there`,
  )
}

async function readModels({ job, spec, seat }: Place, slot: ModelSlot): Promise<InputModel[]> {
  const { nodes, job: trained } = spec.models.find((entry) => entry.slot === slot) ?? { nodes: [] }
  const found: InputModel[] = []
  for (const node of nodes) {
    const location = outputLocation({ ...seat, jobId: trained ?? seat.jobId, node }, 'model')
    const model = await loadModel(job.settings.dataDir, location)
    if (model) found.push({ source: node, model })
    else if (trained !== undefined) {
      throw new Error(
        `${seat.role} ${seat.party} has lost its part of the model: what ${node} of job ${trained} learnt is not in its ` +
          'data directory; put it back, or train again',
      )
    }
  }
  return found
}

async function writeTable(
  { job, seat }: Place,
  frame: Frame,
  { component, output }: { component: Component; output?: string },
): Promise<void> {
  const { settings, task, line } = job
  const [first, ...others] = component.outputs.tables ?? ['data']
  const name = output ?? first
  if (name !== first && !others.includes(name)) {
    throw new TypeError(
      `${component.name} declares no table "${name}": ${[first, ...others].join(', ')}`,
    )
  }
  const further = name === first ? undefined : name
  const location = outputLocation({ ...seat, node: task.name }, 'table', further)
  await saveFrame(settings.dataDir, location, frame)
  const { kind, idName, labelName } = frame
  line.report({
    type: 'artifact',
    kind: 'table',
    name,
    location,
    rows: frame.ids.length,
    summary: { header: headingOf(frame), kind, idName, labelName },
    preview: settings.previews ? previewOf(frame) : null,
  })
}

async function writeModel({ job, seat }: Place, model: Model): Promise<void> {
  const { settings, task, line } = job
  const location = outputLocation({ ...seat, node: task.name }, 'model')
  await saveModel(settings.dataDir, location, model)
  const { name, param, meta } = model
  line.report({
    type: 'artifact',
    kind: 'model',
    name: 'model',
    location,
    summary: { name },
    preview: settings.previews ? toPlain({ param, meta }) : null,
  })
}

/** Checkpoints that a later attempt can do without: one that cannot be stored costs a warning, not the work. */
function checkpointsOf({ job, seat }: Place): Checkpoints {
  const { settings, task, line } = job
  const disk = diskCheckpoints(settings.dataDir, { ...seat, node: task.name })
  let warned = false
  return {
    load: () => disk.load(),
    async save(step, state) {
      // An attempt that was stopped must not write over the next one.
      line.signal.throwIfAborted()
      try {
        await disk.save(step, state)
      } catch (error) {
        // The component's own mistake, not the disk's.
        if (error instanceof TypeError) throw error
        if (warned) return
        warned = true
        line.report({
          type: 'event',
          level: 'warning',
          message: `${task.name} cannot keep its state (${messageOf(error)}): if it is stopped, it starts over`,
        })
      }
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function handThrough(place: Place, component: Component): Promise<void> {
  if (!component.outputs.data) return
  for (const { slot } of place.spec.data) {
    const [first] = await readTables(place, slot as DataSlot)
    if (!first) continue
    await writeTable(place, first.frame, { component })
    return
  }
}
