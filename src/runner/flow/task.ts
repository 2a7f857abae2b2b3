/**
 * The task of a flow: builds the graph with this host's units, runs it, tells how it does.
 * @module
 */
import { readFile, realpath } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { workerData } from 'node:worker_threads'

import type { TracePiece } from '../../domain/flow-trace.ts'
import { readDocument } from '../../flow/stream/document.ts'
import { buildGraph } from '../../flow/stream/graph.ts'
import { problemText } from '../../flow/stream/problem.ts'
import type { FlowUnit } from '../../flow/stream/unit.ts'
import { isBelow, isWithin } from '../data/below.ts'
import { allUnits, scanUnits } from '../driver/scan.ts'
import { threadUnit } from '../driver/thread.ts'
import type { Job } from '../job.ts'
import type { ThreadSource } from '../thread.ts'
import { UNITS } from '../unit/registry.ts'
import { openFlow } from './engine.ts'
import type { Flow, FlowEnd, FlowPlace } from './flow.ts'
import { createMeter, type Meter } from './meter.ts'
import { openProfile, type Profile } from './profile.ts'
import { messageOf } from './stage.ts'
import { createTracer, type Tracer } from './trace.ts'

/** Variables of the runner that graphs may name as `${…}`. */
const VARIABLES = /^WEFT_FLOW_/
/** Time between two points of the figures, which grows from the first to the last. */
const METER_MS = [2000, 60_000] as const
/** Time between two looks for whoever watches; they replace each other. */
const LOOK_MS = 2000
/** Time between two writings of what is noted in files, as in the original. */
const NOTE_MS = 60_000
const LOG_LEVEL = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const

/** Runs a flow until its sources end, or it is stopped; throws where it cannot begin or has failed. */
export async function runFlow(
  { task, settings, line }: Job,
  builtIn: readonly FlowUnit[] = UNITS,
): Promise<void> {
  const { spec } = task
  if (spec.type !== 'flow') throw new TypeError(`A task of the type ${spec.type} is no flow`)
  const place = createPlace(settings, (node, level, text) =>
    line.report({ type: 'log', level: LOG_LEVEL[level], text: `${node}: ${text}` }),
  )
  const read = readDocument(spec.source, spec.format)
  if ('problems' in read) throw new Error(problemText(read.problems))
  const { document } = read
  const dot =
    document.graphconf ?? (await readFile(await place.readable(document.graphFile ?? ''), 'utf8'))
  const units = await unitsFor(document.driverDirs, {
    builtIn,
    folders: settings.unitDirs ?? [],
    log: place.log,
  })
  const built = buildGraph(dot, {
    units: units.map(({ descriptor }) => descriptor),
    strict: document.strict,
    args: document.args,
    env: settings.flowVariables ?? {},
  })
  if (!built.graph) throw new Error(problemText(built.problems))
  const profile = await openProfile(document, {
    exportDir: settings.exportDir,
    jobId: task.jobId,
    task: task.name,
  })
  if (document.session)
    place.log(
      'profile',
      'warning',
      'a trace has calls by node, not by session: profile.session has no effect',
    )
  const tracer = document.trace
    ? createTracer(task.attempt, (body) => {
        line.report(body)
        if (body.type === 'fact') profile?.keep(body.key, body.value as TracePiece)
      })
    : undefined
  const flow = await openFlow(built.graph, units, {
    place,
    signal: line.signal,
    traced: tracer?.call,
    inThread: (unit) =>
      // What the operator adds has a thread or a process already.
      builtIn.includes(unit)
        ? threadUnit(unit, { source: unitSource(), memoryMb: settings.memoryMb })
        : unit.create(),
  })
  line.report({ type: 'progress', fraction: 1, note: 'The flow runs' })
  line.report({
    type: 'log',
    level: 'info',
    text: `The flow runs with ${built.graph.nodes.length} nodes`,
  })
  const meter = createMeter(flow, (body) => line.report(body))
  const end = await watch(flow, {
    meter,
    tracer,
    profile: profile && {
      ...profile,
      // The flow is worth more than what is noted of it.
      write: () =>
        profile.write().catch((error: unknown) => {
          place.log('profile', 'warning', `its files were not written: ${messageOf(error)}`)
        }),
    },
  })
  await line.ask({ ask: 'room' }).catch(() => undefined)
  if (end.stopped !== undefined) throw new Error(end.stopped)
  const text = `${end.sessions} sessions are over, ${end.failed} of them failed`
  line.report({ type: 'log', level: end.failed > 0 ? 'warn' : 'info', text })
  // A flow all of whose input failed has not done what it is for.
  if (end.failed > 0 && end.failed === end.sessions && end.error)
    throw new Error(
      `Every session failed, first at ${end.error.node ?? 'its source'}: ${end.error.message}`,
    )
}

/** What the thread of the flows is started with. */
export interface FlowThreadData {
  /** The code of the threads of units, where it is not in files. */
  readonly unitCode?: string
}

function unitSource(): ThreadSource {
  const { unitCode } = (workerData ?? {}) as FlowThreadData
  return unitCode === undefined ? new URL('../unit-worker.ts', import.meta.url) : { code: unitCode }
}

/** The units there are now: also those that came since the runner started. */
async function unitsFor(
  dirs: readonly string[],
  options: {
    readonly builtIn: readonly FlowUnit[]
    readonly folders: readonly string[]
    readonly log: FlowPlace['log']
  },
): Promise<readonly FlowUnit[]> {
  const { builtIn, folders, log } = options
  const say = (text: string) => log('units', 'warning', text)
  const bases = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)))
  const named = await Promise.all(dirs.map((dir) => namedFolder(dir, bases)))
  // What the graph names goes before what else has the same name.
  const { units, problems } = await scanUnits([...named, ...folders])
  problems.forEach(say)
  return allUnits(builtIn, units)
}

/**
 * A folder that a graph names, by its whole path or from a folder of units on. Throws where it is in none: the graph
 * would run with other code than it says.
 */
async function namedFolder(dir: string, bases: readonly string[]): Promise<string> {
  for (const path of isAbsolute(dir) ? [dir] : bases.map((base) => join(base, dir))) {
    const real = await realpath(path).catch(() => undefined)
    if (real !== undefined && bases.some((base) => isWithin(base, real))) return real
  }
  throw new Error(
    `driver.dir "${dir}" is in no folder of units of this runner: put the units into one (WEFT_UNIT_DIRS), or leave it empty`,
  )
}

async function watch(
  flow: Flow,
  {
    meter,
    tracer,
    profile,
  }: { meter: Meter; tracer: Tracer | undefined; profile: Profile | undefined },
): Promise<FlowEnd> {
  let timer: NodeJS.Timeout | undefined
  const again = (ms: number) => {
    timer = setTimeout(() => {
      meter.mark()
      again(Math.min(ms * 1.5, METER_MS[1]))
    }, ms)
  }
  meter.look()
  again(METER_MS[0])
  const looks = setInterval(() => {
    meter.look()
    tracer?.tell()
  }, LOOK_MS)
  const notes = setInterval(() => {
    profile?.mark(flow)
    void profile?.write()
  }, NOTE_MS)
  profile?.mark(flow)
  try {
    return await flow.done
  } finally {
    clearTimeout(timer)
    clearInterval(looks)
    clearInterval(notes)
    meter.look()
    meter.mark()
    tracer?.tell()
    profile?.mark(flow)
    await profile?.write()
  }
}

/** Of an environment, what graphs may name; without the prefix that makes it theirs. */
export function flowVariables(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      VARIABLES.test(name) && value !== undefined ? [[name.replace(VARIABLES, ''), value]] : [],
    ),
  )
}

function createPlace(
  settings: Pick<Job['settings'], 'importRoots' | 'exportDir'>,
  log: FlowPlace['log'],
): FlowPlace {
  return {
    log,
    async readable(path) {
      for (const root of settings.importRoots) {
        const whole = isAbsolute(path) ? path : join(root, path)
        const real = await realpath(whole).catch(() => undefined)
        const base = await realpath(root).catch(() => undefined)
        if (real !== undefined && base !== undefined && isBelow(base, real)) return real
      }
      throw new Error(
        `"${path}" is not in a folder that flows may read: put it into an import folder of the runner (WEFT_IMPORT_ROOTS)`,
      )
    },
    async writable(path) {
      const { exportDir } = settings
      if (exportDir === undefined)
        throw new Error('This runner writes no files: give it a folder with WEFT_EXPORT_DIR')
      const base = await realpath(exportDir).catch(() => resolve(exportDir))
      const whole = isAbsolute(path) ? resolve(path) : resolve(base, path)
      const folder = await realpath(resolve(whole, '..')).catch(() => resolve(whole, '..'))
      if (isBelow(base, whole) && isWithin(base, folder)) return whole
      throw new Error(`"${path}" is not below the folder that flows may write`)
    },
  }
}
