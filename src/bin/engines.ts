/**
 * The engines of a runner, from its configuration.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import type { Config, SlurmConfig, Storage } from '../config.ts'
import { CONTAINER_GPUS } from '../domain/fit.ts'
import { STORAGE_LABEL } from '../domain/framework-room.ts'
import type { Capacity } from '../domain/work.ts'
import type { Engine, Places } from '../engine/engine.ts'
import { openJournal } from '../engine/journal.ts'
import { engines as makers } from '../engine/registry.ts'
import { sandboxTrouble } from '../engine/sandbox.ts'
import { createSlurmCli } from '../engine/slurm-cli.ts'
import { createSlurmRest } from '../engine/slurm-rest.ts'
import type { RunnerLog } from '../runner/log.ts'
import type { ProcessEngine } from '../runner/process.ts'
import { openContainers } from './containers.ts'

/** Elsewhere nobody tells which process belongs to which. */
const isLinux = process.platform === 'linux'

/** The engines that tasks of a runner can name, and how processes of this host are run. */
export interface Engines {
  readonly engines: ReadonlyMap<string, ProcessEngine>
  readonly mode: 'host' | 'sandbox'
  readonly sandbox: boolean
  readonly storages: readonly Storage[]
  /** Whether images can be given GPUs; null where no images are run. */
  readonly containerGpus: boolean | null
  /** What the cluster has at all; null without one, and where it does not say. */
  readonly cluster: Places | null
}

/** Opens what is configured and allowed; ends what a runner of this data directory that was killed has left. */
export async function openEngines(config: Config, log: RunnerLog): Promise<Engines> {
  const dataDir = resolve(config.dataDir)
  const journal = isLinux ? openJournal(join(dataDir, 'processes')) : undefined
  const left = (await journal?.sweep()) ?? 0
  if (left > 0) log.warn({ processes: left }, 'Ended what a runner that was killed had left')
  const { mode: asked, slurm } = config.runner.processes
  const trouble = await sandboxTrouble()
  const engines = new Map<string, ProcessEngine>()
  for (const name of config.runner.processes.engines) {
    const refusal = refuse(name, asked, trouble)
    if (refusal !== undefined) {
      log.info({ engine: name }, `Engine "${name}" is off: ${refusal}`)
    } else if (name === 'local') {
      engines.set(name, { engine: makers.local({ journal }), folder: dataDir })
    } else if (slurm !== null) {
      engines.set(name, { engine: openSlurm(slurm, log), folder: slurm.folder })
    }
  }
  const containers = await openContainers(config, { journal, log })
  if (containers) engines.set('container', { engine: containers, folder: dataDir })
  return {
    engines,
    mode: asked === 'host' ? 'host' : 'sandbox',
    sandbox: trouble === undefined,
    storages: config.runner.processes.storages,
    containerGpus: containers?.gpus ?? null,
    cluster: await clusterOf(engines.get('slurm')?.engine, log),
  }
}

/** A cluster that is away may come later: what asks for too much then waits there. */
async function clusterOf(engine: Engine | undefined, log: RunnerLog): Promise<Places | null> {
  try {
    return (await engine?.places?.()) ?? null
  } catch (error) {
    log.warn(
      {},
      `Jobs are not compared with the size of the cluster until the next start: ${(error as Error).message}`,
    )
    return null
  }
}

/** What a runner with these engines tells of itself. */
export function processCapacity(places: Engines): Capacity {
  const { engines, mode, sandbox, storages, containerGpus, cluster } = places
  const folders = Object.fromEntries(
    storages.map(({ name, readOnly }) => [`${STORAGE_LABEL}${name}`, readOnly ? 'ro' : 'rw']),
  )
  return {
    engines: [...engines.keys()],
    labels: {
      ...(engines.has('local') ? { processes: mode, ...(sandbox ? { sandbox: 'yes' } : {}) } : {}),
      ...(containerGpus === null ? {} : { [CONTAINER_GPUS]: containerGpus ? 'yes' : 'no' }),
      ...(engines.size > 0 ? folders : {}),
    },
    ...(cluster === null ? {} : { cluster }),
  }
}

/** Folders that no sandbox shows: keys and tables, the database, and what the runner's user keeps at home. */
export function hiddenFolders(config: Config): string[] {
  const { url } = config.database
  const database = url.startsWith('file:') ? [dirname(resolve(url.slice('file:'.length)))] : []
  // Were a whole file system hidden, nothing could run.
  return [homedir(), ...database, resolve(config.dataDir)].filter((folder) => folder !== '/')
}

/** Each configured engine and whether it can be used here. */
export async function probeEngines(
  config: Config,
): Promise<{ name: string; available: boolean; detail: string }[]> {
  const { mode, engines, slurm } = config.runner.processes
  if (mode === 'off') return []
  const trouble = await sandboxTrouble()
  return Promise.all(
    engines.map(async (name) => {
      const refusal = refuse(name, mode, trouble)
      if (refusal !== undefined) return { name, available: false, detail: refusal }
      if (name === 'slurm' && slurm !== null) return { name, ...(await openSlurm(slurm).probe()) }
      const where = mode === 'host' ? 'as this user, without a sandbox' : 'in bubblewrap'
      return { name, available: true, detail: `runs processes ${where}` }
    }),
  )
}

/** Why the engine is not offered, or undefined when it is. */
function refuse(
  name: string,
  mode: Config['runner']['processes']['mode'],
  trouble: string | undefined,
): string | undefined {
  if (mode === 'off') return 'WEFT_PROCESSES is off'
  // A cluster has its own rules, and naming it is the permission.
  if (name === 'local' && !isLinux) return 'it needs Linux'
  if (name !== 'local' || mode === 'host' || trouble === undefined) return undefined
  return `there is no sandbox, as ${trouble}, and WEFT_PROCESSES is not "host"`
}

function openSlurm(settings: SlurmConfig, log?: RunnerLog): Engine {
  const { folder, rest } = settings
  const partition = settings.partition ?? undefined
  const cli = createSlurmCli({ env: slurmEnvironment(), partition })
  const ports = rest === null ? [cli] : [createSlurmRest({ ...restOptions(rest), partition }), cli]
  return makers.slurm({
    folder: join(folder, 'slurm'),
    ports,
    onReachable: (reachable, message) =>
      reachable ? log?.info({}, message) : log?.warn({}, `Slurm does not answer: ${message}`),
  })
}

function restOptions({ url, user, token }: NonNullable<SlurmConfig['rest']>) {
  return {
    url,
    user,
    token: async () => ('text' in token ? token.text : (await readFile(token.file, 'utf8')).trim()),
  }
}

/** What Slurm's own commands need of our environment. */
function slurmEnvironment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', SLURM_CONF } = process.env
  return { PATH, ...(SLURM_CONF === undefined ? {} : { SLURM_CONF }) }
}
