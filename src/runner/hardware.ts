/**
 * What this host has for tasks: cores, memory and devices.
 * @module
 */
import { execFile } from 'node:child_process'
import { availableParallelism, networkInterfaces, totalmem } from 'node:os'

import type { Capacity, Gpu } from '../domain/work.ts'

/** What is not to be found out but was said. */
export interface HardwareWishes {
  readonly cores?: number
  readonly memoryMb?: number
  /** Ids of the devices that tasks may be given, whether or not they are found; null for those that are. */
  readonly gpus?: readonly string[] | null
  /** Indices or UUIDs of the devices that may be found; null for all. */
  readonly visibleGpus?: readonly string[] | null
  /** Whether adapters of WebGPU are looked for: it loads a graphics driver into this process. */
  readonly webgpu?: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly engines?: readonly string[]
  readonly ports?: readonly [number, number]
}

/** What was found, with a sentence for each thing that is there and does not work. */
export interface Hardware {
  readonly capacity: Capacity
  readonly warnings: readonly string[]
}

/** Runs a program; undefined when there is none of that name. */
export type Ask = (
  program: string,
  args: readonly string[],
) => Promise<{ readonly ok: boolean; readonly text: string } | undefined>

/** Looks at this host. */
export async function findHardware(wishes: HardwareWishes, ask: Ask = run): Promise<Hardware> {
  const found = await findGpus(ask, wishes.visibleGpus ?? null)
  const chosen = chooseGpus(found.gpus, wishes.gpus ?? null)
  const adapters = wishes.webgpu ? await findAdapters() : { gpus: [], warnings: [] }
  return {
    capacity: {
      // Tasks get what this process may use, which a control group or an affinity can make less than the host has.
      cores: wishes.cores ?? availableParallelism(),
      memoryMb: wishes.memoryMb ?? usableMemoryMb(),
      gpus: [...chosen.gpus, ...adapters.gpus],
      labels: wishes.labels ?? {},
      engines: wishes.engines ?? [],
      ...(wishes.ports ? { ports: wishes.ports } : {}),
    },
    warnings: [...found.warnings, ...chosen.warnings, ...adapters.warnings],
  }
}

/** Memory in MB: the host's, or what a control group allows where that is less. */
export function usableMemoryMb(): number {
  const all = totalmem()
  const limit = process.constrainedMemory()
  // Without a limit the system answers 0, or a number beyond all memory.
  return Math.floor((limit > 0 && limit < all ? limit : all) / 2 ** 20)
}

/** An address by which programs on other hosts reach those on this one; null where it has none but its own. */
export function hostAddress(interfaces = networkInterfaces()): string | null {
  const found = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  return found?.address ?? null
}

/** NVIDIA's devices as nvidia-smi names them; none where there is no nvidia-smi. */
export async function findGpus(
  ask: Ask = run,
  visible: readonly string[] | null = null,
): Promise<{ gpus: Gpu[]; warnings: string[] }> {
  const full = await query(ask, [...FIELDS, 'mig.mode.current'])
  if (full === undefined) return { gpus: [], warnings: [] }
  // Drivers from before 2020 do not know the field and refuse the whole query.
  const answer = full.ok || !/mig\.mode/.test(full.text) ? full : await query(ask, FIELDS)
  if (!answer?.ok) {
    const said = firstLine(answer?.text ?? '')
    return { gpus: [], warnings: [`nvidia-smi is installed but names no GPU: ${said}`] }
  }
  const warnings: string[] = []
  const devices = answer.text.split('\n').flatMap((line) => {
    if (line.trim() === '') return []
    const device = parseDevice(line, full.ok)
    if (!device) warnings.push(`nvidia-smi says something that is not understood: ${line}`)
    return device ?? []
  })
  const split = devices.some(({ mig }) => mig) ? await ask('nvidia-smi', ['-L']) : undefined
  const parts = split?.ok ? parseInstances(split.text) : new Map<string, Gpu[]>()
  const gpus = devices.flatMap(({ gpu, uuid, mig }) => {
    const seen = (id: string) => visible === null || visible.includes(id)
    const whole = seen(gpu.id) || visible?.some((id) => isShortFor(id, uuid))
    if (!mig) return whole ? [gpu] : []
    // A divided device can only be used by its instances.
    const parted = parts.get(gpu.id) ?? []
    if (parted.length === 0) warnings.push(`GPU ${gpu.id} is in MIG mode but has no instances`)
    return parted
      .filter((part) => whole || seen(part.id))
      .map((part) => ({ ...part, driver: gpu.driver }))
  })
  return { gpus, warnings }
}

/** A device may be named by the beginning of its UUID. */
function isShortFor(id: string, uuid: string): boolean {
  return id.startsWith('GPU-') && uuid.startsWith(id)
}

const FIELDS = ['index', 'name', 'memory.total', 'driver_version', 'uuid'] as const

function query(ask: Ask, fields: readonly string[]): ReturnType<Ask> {
  return ask('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'])
}

/** One line of CSV. Fields are not quoted, so a name may hold commas: it is what the others leave. */
function parseDevice(
  line: string,
  withMig: boolean,
): { gpu: Gpu; uuid: string; mig: boolean } | undefined {
  const fields = line.split(',').map((field) => field.trim())
  const mode = withMig ? fields.pop() : undefined
  const [index, ...rest] = fields
  const uuid = rest.pop()
  const driver = rest.pop()
  const memory = rest.pop()
  if (rest.length === 0 || uuid === undefined || driver === undefined || !/^\d+$/.test(index))
    return undefined
  return {
    gpu: {
      id: index,
      name: rest.join(', '),
      // Devices that share the host's memory have none of their own: "[N/A]".
      memoryMb: memory !== undefined && /^\d+$/.test(memory) ? Number(memory) : null,
      driver: driver.startsWith('[') ? null : driver,
      kind: 'cuda',
    },
    uuid,
    mig: mode === 'Enabled',
  }
}

/** The instances of divided devices by the index of the device, from `nvidia-smi -L`. */
function parseInstances(text: string): Map<string, Gpu[]> {
  const found = new Map<string, Gpu[]>()
  let device: { index: string; name: string } | undefined
  for (const line of text.split('\n')) {
    const whole = /^GPU (\d+): (.+) \(UUID: /.exec(line)
    if (whole) device = { index: whole[1], name: whole[2] }
    const part = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: ([^)]+)\)/.exec(line)
    if (!part || !device) continue
    const [, profile, id] = part
    // "3g.20gb": three sevenths of its cores, 20 GB.
    const memory = /(\d+)gb/.exec(profile)
    found.set(device.index, [
      ...(found.get(device.index) ?? []),
      {
        id,
        name: `${device.name} MIG ${profile}`,
        memoryMb: memory ? Number(memory[1]) * 1024 : null,
        driver: null,
        kind: 'cuda',
      },
    ])
  }
  return found
}

/** The devices that were named; those that nvidia-smi does not show are taken on trust. */
function chooseGpus(
  found: readonly Gpu[],
  wanted: readonly string[] | null,
): { gpus: Gpu[]; warnings: string[] } {
  if (wanted === null) return { gpus: [...found], warnings: [] }
  const warnings: string[] = []
  const gpus = [...new Set(wanted)].map((id): Gpu => {
    const known = found.find((gpu) => gpu.id === id)
    if (known) return known
    warnings.push(`GPU ${id} is named in WEFT_GPUS, but nvidia-smi does not show it`)
    return { id, name: `GPU ${id}`, memoryMb: null, driver: null, kind: 'cuda' }
  })
  return { gpus, warnings }
}

interface Adapters {
  requestAdapter(options?: object): Promise<Adapter | null>
}
interface Adapter {
  readonly info?: {
    readonly vendor?: string
    readonly device?: string
    readonly description?: string
  }
}

/** Adapters of WebGPU: the runtime's own, or those of the package `webgpu` where it is installed. */
async function findAdapters(): Promise<{ gpus: Gpu[]; warnings: string[] }> {
  try {
    const api = await webgpu()
    const adapter = await api?.requestAdapter({ powerPreference: 'high-performance' })
    if (!adapter) return { gpus: [], warnings: [] }
    const { description, device, vendor } = adapter.info ?? {}
    const name = [description, device, vendor].find((text) => text) ?? 'unnamed adapter'
    const gpu = { id: 'webgpu:0', name, memoryMb: null, driver: null, kind: 'webgpu' as const }
    return { gpus: [gpu], warnings: [] }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { gpus: [], warnings: [`WebGPU is there but does not work: ${firstLine(why)}`] }
  }
}

async function webgpu(): Promise<Adapters | undefined> {
  const own = (globalThis.navigator as { gpu?: Adapters } | undefined)?.gpu
  if (own) return own
  // Not a literal: bundlers and the type check would want it installed.
  const name = 'webgpu'
  try {
    const { create } = (await import(name)) as { create(options: string[]): Adapters }
    return create([])
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function run(program: string, args: readonly string[]): ReturnType<Ask> {
  return new Promise((done) => {
    execFile(program, args, { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) return done({ ok: true, text: stdout })
      if (error.code === 'ENOENT') return done(undefined)
      const said = stdout.trim() || stderr.trim()
      done({ ok: false, text: error.killed ? 'no answer in 10 s' : said || error.message })
    })
  })
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] || 'nothing'
}
