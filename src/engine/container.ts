/**
 * Processes in images of podman or docker: fetched where they are missing, run with nothing of the host but what they
 * were given, and removed with their end.
 * @module
 */
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  containerName,
  createArguments,
  loginFile,
  OWNER_LABEL,
  PLACE_LABEL,
  pullArguments,
} from './container-arguments.ts'
import {
  after,
  type Cause,
  type Client,
  destroy,
  endingOf,
  lives,
  noStart,
  remove,
  self,
  stopped,
  terminate,
  writeFiles,
} from './container-life.ts'
import { ask, type ContainerHost, lastLine } from './container-program.ts'
import {
  checkSpec,
  type ContainerRequest,
  type Ending,
  type Engine,
  type ProcessHandle,
  type ProcessSpec,
  type ProcessState,
} from './engine.ts'
import type { Journal } from './journal.ts'
import { createLineWriter } from './output.ts'
import { MARK } from './process-table.ts'
import { pump } from './pump.ts'

/** How the engine is set up. */
export interface ContainerOptions {
  readonly host: ContainerHost
  /** The runner's data directory: by it the next runner knows what this one has left; scripts lie below it. */
  readonly folder: string
  /** Where the program's own processes are noted, so that those of a runner that was killed are ended. */
  readonly journal?: Journal
}

/** The engine, and what it does for the runner before it takes work. */
export interface ContainerEngine extends Engine {
  /** Whether devices can be passed into containers. */
  readonly gpus: boolean
  /** Removes the containers of runners of this data directory that are gone; answers how many. */
  sweep(): Promise<number>
}

const GRACE_MS = 5000

type ContainerSpec = ProcessSpec & { readonly container: ContainerRequest }

/** The engine of a program that `findContainerHost` found. */
export function createContainerEngine(options: ContainerOptions): ContainerEngine {
  const { host, folder } = options
  const place = createHash('sha256').update(folder).digest('hex').slice(0, 32)
  const client: Client = (args, more = {}) => ask(host.program, args, { env: host.env, ...more })
  return {
    name: 'container',
    gpus: host.gpus,
    arrays: false,
    async start(spec) {
      checkSpec(spec)
      const { container } = spec
      if (container === undefined)
        throw new RangeError(`"${spec.name}" names no image, which this engine needs.`)
      if ((spec.arraySize ?? 1) > 1)
        throw new RangeError('The container engine runs no arrays: start one for every member.')
      return startContainer({ ...spec, container }, { options, place, client })
    },
    async sweep() {
      const filter = `--filter=label=${PLACE_LABEL}=${place}`
      const listed = await client(['ps', '--all', filter, '--format', '{{.Names}}'])
      if (listed.code !== 0)
        throw new Error(`The containers cannot be listed: ${lastLine(listed.stderr)}`)
      const left: string[] = []
      for (const name of listed.stdout.split(/\s+/).filter((text) => text !== '')) {
        const label = `{{index .Config.Labels "${OWNER_LABEL}"}}`
        const owner = await client(['inspect', '--format', label, name])
        if (owner.code === 0 && !lives(owner.stdout.trim())) left.push(name)
      }
      for (const name of left) await destroy(client, name)
      return left.length
    },
    async probe() {
      return { available: true, detail: host.detail }
    },
  }
}

interface Setting {
  readonly options: ContainerOptions
  readonly place: string
  readonly client: Client
}

async function startContainer(spec: ContainerSpec, setting: Setting): Promise<ProcessHandle> {
  const { client, options } = setting
  const { host, journal } = options
  const id = randomUUID()
  const name = containerName(spec.name, id)
  const files = await writeFiles(spec, options.folder)
  const { timeMs = Infinity } = spec.resources ?? {}
  let state: ProcessState = 'waiting'
  let cause: Cause | undefined
  let over = false
  let hardEnd: NodeJS.Timeout | undefined
  const giveUp = new AbortController()

  const stop = (why: Cause, graceMs: number): void => {
    if (over) return
    cause ??= why
    if (state === 'waiting') return giveUp.abort(why)
    if (graceMs > 0 && hardEnd === undefined) void terminate(client, name)
    clearTimeout(hardEnd)
    hardEnd = setTimeout(() => void destroy(client, name), graceMs)
  }

  /** Runs the program to its end, its output among the process's own; `progress` is where its errors are none. */
  const carry = async (argv: readonly string[], progress: boolean) => {
    const child = spawn(host.program, [...argv], {
      env: { ...host.env, [MARK]: id },
      // What follows podman's containers notes there that memory ran out, with control groups of version 1.
      cwd: files.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const gone = once(child, 'exit')
    const give = () => void child.kill('SIGKILL')
    if (progress) giveUp.signal.addEventListener('abort', give, { once: true })
    let lastWords = ''
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => undefined)
    const pumps = (['stdout', 'stderr'] as const).map((stream) => {
      const sink = spec.output?.[progress ? 'stdout' : stream]
      const writer = createLineWriter((line, index) => {
        if (stream === 'stderr' && line.trim() !== '') lastWords = line.trim()
        return sink?.(line, index)
      }, spec.output)
      return pump(child[stream], writer, (error) => {
        failed.reject(error)
        stop('cancelled', 0)
      })
    })
    const [code] = (await gone) as [number | null]
    await Promise.all(pumps.map((each) => each.finish()))
    await Promise.race([failed.promise, Promise.resolve()])
    return { code, lastWords }
  }

  /** Why the image cannot be had, or undefined when it is there. */
  const fetchImage = async (): Promise<string | undefined> => {
    const { image, login } = spec.container
    const found = await client(['image', 'inspect', image], { signal: giveUp.signal })
    if (found.code === 0 || cause !== undefined) return undefined
    const key = join(files.folder, 'config.json')
    if (login) await writeFile(key, loginFile(login), { mode: 0o600 })
    const folder = login ? files.folder : null
    const { code, lastWords } = await carry(
      pullArguments(image, { program: host.program, folder }),
      true,
    )
    await rm(key, { force: true })
    return code === 0 ? undefined : `Image ${image} could not be fetched: ${lastWords}`
  }

  const perform = async (args: readonly string[]): Promise<Ending> => {
    const lack = await fetchImage()
    if (cause !== undefined) return stopped(cause, spec)
    if (lack !== undefined) return noStart(lack)
    const made = await client(args, { timeoutMs: 120_000 })
    if (cause !== undefined) return stopped(cause, spec)
    if (made.code !== 0) return noStart(`No container could be made: ${lastLine(made.stderr)}`)
    state = 'running'
    const callOff = after(timeMs, () => stop('time-limit', GRACE_MS))
    try {
      const { code, lastWords } = await carry(['start', '--attach', name], false)
      return await endingOf({ client, name, spec, cause, code, lastWords, folder: files.folder })
    } finally {
      callOff()
    }
  }

  const begin = async (): Promise<() => Promise<Ending>> => {
    // Words that cannot be said are the caller's mistake, and known before anything is fetched.
    const args = createArguments(spec, {
      program: host.program,
      name,
      envFile: files.env,
      scriptFile: files.script,
      labels: { [PLACE_LABEL]: setting.place, [OWNER_LABEL]: self() },
      limits: host.limits,
    })
    await mkdir(spec.cwd, { recursive: true })
    // Before it starts: one that nobody has noted would be left behind.
    journal?.add({ id, control: null, folder: files.folder })
    return () => perform(args)
  }
  const cleanUp = async (): Promise<void> => {
    journal?.remove(id)
    await rm(files.folder, { recursive: true, force: true })
  }

  const go = await begin().catch(async (error: unknown) => {
    await cleanUp()
    throw error
  })
  const done = go().finally(async () => {
    over = true
    clearTimeout(hardEnd)
    await remove(client, name)
    await cleanUp()
    state = 'ended'
  })
  // Whoever waits is told; without anybody waiting a failure must not end the runner.
  done.catch(() => undefined)

  return {
    id: `container:${name}`,
    wait: () => done,
    async cancel(graceMs = GRACE_MS) {
      stop('cancelled', graceMs)
      await done
    },
    state: () => state,
    detail: () => (state === 'waiting' ? `fetches image ${spec.container.image}` : name),
  }
}
