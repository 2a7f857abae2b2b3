/**
 * A real Slurm cluster of one node for the tests: munged, slurmctld, slurmd and slurmrestd on loopback, in a folder
 * of their own, ended by their process ids.
 * @module
 */
import { execFileSync, type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, hostname, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

import { freePort, until } from '../process/cluster.ts'

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'slurmrestd', 'sbatch', 'scontrol', 'setpriv']
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Why there can be no cluster here, in one line; undefined when there can. */
export function missing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'the Slurm tests start system daemons and need root on Linux'
  const absent = PROGRAMS.filter((program) => !which(program))
  return absent.length === 0
    ? undefined
    : `${absent.join(', ')} not found: apt-get install slurm-wlm slurmrestd slurm-wlm-basic-plugins slurm-wlm-jwt-plugin munge`
}

/** A running cluster. */
export interface Cluster {
  readonly folder: string
  readonly restUrl: string
  /** For Slurm's commands. */
  readonly env: Record<string, string>
  token(): string
  /** What one of Slurm's commands prints. */
  command(program: string, ...args: string[]): string
  stopController(): Promise<void>
  startController(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts everything and waits until all nodes take jobs. Several nodes are several daemons of this host, the first at
 * 127.0.0.1, the second at 127.0.0.2 and so on, with a core and a share of the memory each.
 */
export async function startCluster({ nodes = 1 } = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-slurm-'))
  await chmod(folder, 0o755)
  const env = { PATH, SLURM_CONF: join(folder, 'slurm.conf') }
  const daemons = new Map<string, ChildProcess>()
  const run = (name: string, argv: readonly string[], extra: Record<string, string> = {}): void => {
    const [program, ...args] = argv
    const child = spawn(program, args, { env: { ...env, ...extra }, stdio: 'ignore' })
    child.once('error', (error) => console.error(`${name}: ${error.message}`))
    daemons.set(name, child)
  }
  const end = async (name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const child = daemons.get(name)
    daemons.delete(name)
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  const command = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const answers = (text: RegExp, program: string, ...args: string[]): boolean => {
    try {
      return text.test(command(program, ...args))
    } catch {
      return false // Not up yet.
    }
  }

  const stop = async (): Promise<void> => {
    const slurmds = [...daemons.keys()].filter((name) => name.startsWith('slurmd'))
    for (const name of ['slurmrestd', ...slurmds, 'slurmctld', 'munged']) await end(name)
    await rm(folder, { recursive: true, force: true })
  }
  const startController = async (): Promise<void> => {
    run('slurmctld', ['slurmctld', '-D'])
    await until('slurmctld', async () => answers(/is UP/, 'scontrol', 'ping'), 60)
  }
  const token = (): string => command('scontrol', 'token', 'username=root').trim().slice(10)
  const bringUp = async (): Promise<string> => {
    const { restPort, names } = await configure(folder, nodes)
    const restUrl = `http://127.0.0.1:${restPort}`
    const munge = join(folder, 'munge')
    run('munged', [
      ...words('setpriv --reuid munge --regid munge --clear-groups munged -F'),
      ...['key', 'log', 'seed', 'pid'].map((name) => `--${name}-file=${join(munge, name)}`),
      `--socket=${join(folder, 'socket', 'munge')}`,
    ])
    await until('munged', async () =>
      answers(/STATUS|MUNGE/, 'munge', '-n', `--socket=${join(folder, 'socket', 'munge')}`),
    )
    await startController()
    for (const name of names) run(`slurmd ${name}`, ['slurmd', '-D', '-N', name])
    const idle = (name: string): boolean => answers(/^idle/m, 'sinfo', '-h', '-n', name, '-o', '%T')
    await until('slurmd', async () => names.every(idle), 60)
    run(
      'slurmrestd',
      [
        ...words('setpriv --reuid nobody --regid nogroup --clear-groups'),
        ...words('slurmrestd -a rest_auth/jwt -s openapi/v0.0.38'),
        `127.0.0.1:${restPort}`,
      ],
      { SLURM_JWT: 'daemon' },
    )
    await until('slurmrestd', () =>
      fetch(`${restUrl}/openapi/v3`).then(
        async (answer) => (await answer.text()) !== '',
        () => false,
      ),
    )
    return restUrl
  }
  const restUrl = await bringUp().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    folder,
    restUrl,
    env,
    token,
    command,
    stopController: () => end('slurmctld'),
    startController,
    stop,
  }
}

/** Writes keys and configuration; answers the port for slurmrestd, and the names of the nodes. */
async function configure(
  folder: string,
  count: number,
): Promise<{ restPort: number; names: string[] }> {
  for (const name of ['state', 'spool', 'log', 'munge', 'socket']) await mkdir(join(folder, name))
  const random = (): Uint8Array => crypto.getRandomValues(new Uint8Array(128))
  await writeFile(join(folder, 'jwt.key'), random(), { mode: 0o600 })
  await writeFile(join(folder, 'munge', 'key'), random(), { mode: 0o600 })
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'munge'])))
  for (const path of ['munge', 'munge/key', 'socket']) await chown(join(folder, path), uid, gid)
  await chmod(join(folder, 'munge'), 0o700)
  const host = hostname().split('.')[0]
  const memory = Math.min(4000, Math.floor(totalmem() / 2 ** 20) - 500)
  const [controllerPort, restPort] = [await freePort(), await freePort()]
  const nodes: { name: string; line: string }[] = []
  for (let index = 0; index < count; index += 1) {
    const name = count === 1 ? host : `node${index + 1}`
    const cpus = count === 1 ? availableParallelism() : 1
    const place = `NodeHostname=${host} NodeAddr=127.0.0.${index + 1} Port=${await freePort()}`
    const size = `CPUs=${cpus} RealMemory=${Math.floor(memory / count)}`
    nodes.push({ name, line: `${name} ${place} ${size} Gres=gpu:2 State=UNKNOWN` })
  }
  const settings = {
    ClusterName: 'weft',
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmctldPort: controllerPort,
    SlurmUser: 'root',
    SlurmdUser: 'root',
    AuthType: 'auth/munge',
    AuthInfo: `socket=${folder}/socket/munge`,
    AuthAltTypes: 'auth/jwt',
    AuthAltParameters: `jwt_key=${folder}/jwt.key`,
    CredType: 'cred/munge',
    StateSaveLocation: `${folder}/state`,
    SlurmdSpoolDir: `${folder}/spool/%n`,
    SlurmctldPidFile: `${folder}/slurmctld.pid`,
    SlurmdPidFile: `${folder}/slurmd.%n.pid`,
    SlurmctldLogFile: `${folder}/log/slurmctld`,
    SlurmdLogFile: `${folder}/log/slurmd.%n`,
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    JobAcctGatherType: 'jobacct_gather/linux',
    JobAcctGatherParams: 'OverMemoryKill',
    JobAcctGatherFrequency: 1,
    AccountingStorageType: 'accounting_storage/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core_Memory',
    GresTypes: 'gpu',
    MpiDefault: 'none',
    ReturnToService: 2,
    SchedulerType: 'sched/backfill',
    SchedulerParameters: 'batch_sched_delay=0,sched_min_interval=0,bf_interval=1',
    KillWait: 3,
    MessageTimeout: 5,
    TCPTimeout: 1,
    PartitionName: 'debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
  }
  const lines = [
    ...Object.entries(settings).filter(([name]) => name !== 'PartitionName'),
    ...nodes.map(({ line }) => ['NodeName', line] as const),
    ['PartitionName', settings.PartitionName] as const,
  ].map(([name, value]) => `${name}=${value}\n`)
  await writeFile(join(folder, 'slurm.conf'), lines.join(''))
  // Any device file counts as a GPU: what is tested is who gets which.
  const names = nodes.map(({ name }) => name)
  const gpus = names.map((name) => `NodeName=${name} Name=gpu File=/dev/tty[0-1]\n`)
  await writeFile(join(folder, 'gres.conf'), gpus.join(''))
  return { restPort, names }
}

function words(line: string): string[] {
  return line.split(' ')
}

function which(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { env: { PATH } })
    return true
  } catch {
    return false
  }
}
