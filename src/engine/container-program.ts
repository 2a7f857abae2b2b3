/**
 * The program of this host that runs containers, and whether it really can.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readlink, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { ContainerProgram } from './container-arguments.ts'
import { gpuTrouble } from './container-gpus.ts'

/** A program that works here. */
export interface ContainerHost {
  readonly program: ContainerProgram
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Whether it can limit memory and cores. */
  readonly limits: boolean
  /** Whether devices can be passed into containers. */
  readonly gpus: boolean
  /** In words for people. */
  readonly detail: string
}

/** Where no program works: why, of each. */
export interface NoContainerHost {
  readonly trouble: string
}

/** What a program answered. */
export interface Answer {
  /** Null where it was ended. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What podman and docker need of the runner's environment; nothing of a task's own is ever among it. */
const INHERITED =
  /^(PATH|HOME|USER|LANG|LC_ALL|TZ|TMPDIR|XDG_.*|DBUS_SESSION_BUS_ADDRESS|CONTAINERS_.*|REGISTRY_AUTH_FILE|DOCKER_.*|SSL_CERT_.*|(HTTPS?|NO)_PROXY|(https?|no)_proxy)$/

const TEST_MS = 20_000

/** Looks for one of the programs, the first that can run something. */
export async function findContainerHost(
  programs: readonly ContainerProgram[],
  own: Readonly<Record<string, string | undefined>>,
): Promise<ContainerHost | NoContainerHost> {
  const env = inherited(own)
  const troubles: string[] = []
  for (const program of programs) {
    const found = await (program === 'podman' ? tryPodman(env) : tryDocker(env))
    if (!('trouble' in found)) return found
    troubles.push(`${program}: ${found.trouble}`)
  }
  return { trouble: troubles.join('; ') }
}

/** Runs one of the programs to its end. */
export function ask(
  program: string,
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>
    readonly timeoutMs?: number
    readonly signal?: AbortSignal
  },
): Promise<Answer & { readonly missing: boolean }> {
  const { env, timeoutMs = 60_000, signal } = options
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { env, timeout: timeoutMs, signal, maxBuffer: 2 ** 22 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
        resolve({ code, stdout, stderr, missing: error?.code === 'ENOENT' })
      },
    )
  })
}

/** The last line that is not empty: what programs say at last is why they failed. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}

function inherited(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(own).filter(([name]) => INHERITED.test(name))
  return { PATH: '/usr/bin:/bin', ...(Object.fromEntries(kept) as Record<string, string>) }
}

/** Runs this host's own `true` in a room made of its own folders, as no image need be there yet. */
async function tryPodman(env: Record<string, string>): Promise<ContainerHost | NoContainerHost> {
  const version = await ask('podman', ['--version'], { env, timeoutMs: TEST_MS })
  if (version.missing) return { trouble: 'not installed' }
  if (version.code !== 0) return { trouble: lastLine(version.stderr) || 'it does not start' }
  const folder = await mkdtemp(join(tmpdir(), 'weft-podman-'))
  try {
    const mounts = await layOutRoot(folder)
    const run = (...limits: string[]) =>
      ask(
        'podman',
        [
          'run',
          '--rm',
          '--network=host',
          '--security-opt=no-new-privileges',
          ...limits,
          ...mounts.map((path) => `--mount=type=bind,source=${path},target=${path},readonly`),
          '--rootfs',
          folder,
          '/usr/bin/true',
        ],
        { env, timeoutMs: TEST_MS },
      )
    let limits = true
    let tried = await run('--memory=64m', '--memory-swap=64m', '--cpus=1')
    // Without a delegated control group it may still run things, only without limits.
    if (tried.code !== 0 || /limit/i.test(tried.stderr)) {
      limits = false
      tried = await run()
    }
    if (tried.code !== 0)
      return {
        trouble: `it cannot run anything here: ${lastLine(tried.stderr) || 'no answer in 20 s'}`,
      }
    return host({ program: 'podman', env, limits, version: version.stdout.trim() })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function tryDocker(own: Record<string, string>): Promise<ContainerHost | NoContainerHost> {
  const context = await ask(
    'docker',
    ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'],
    { env: own, timeoutMs: TEST_MS },
  )
  if (context.missing) return { trouble: 'not installed' }
  const address = own['DOCKER_HOST'] ?? context.stdout.trim()
  if (address !== '' && !address.startsWith('unix://'))
    return { trouble: `its daemon is at ${address}, which does not have the folders of this host` }
  // Said once and for all: a folder with a login has no contexts.
  const env = { ...own, ...(address === '' ? {} : { DOCKER_HOST: address }) }
  const format = '{{.ServerVersion}}|{{.MemoryLimit}}|{{.CPUCfsQuota}}|{{json .Runtimes}}'
  const info = await ask('docker', ['info', '--format', format], { env, timeoutMs: TEST_MS })
  const [version = '', memory = '', cpu = '', runtimes = ''] = info.stdout.trim().split('|')
  if (info.code !== 0 || version === '')
    return { trouble: `no daemon answers: ${lastLine(info.stderr) || 'no answer in 20 s'}` }
  return host({
    program: 'docker',
    env,
    limits: memory === 'true' && cpu === 'true',
    version: `docker ${version}`,
    runtimes,
  })
}

function host(found: {
  program: ContainerProgram
  env: Record<string, string>
  limits: boolean
  version: string
  runtimes?: string
}): ContainerHost {
  const { program, env, limits, version, runtimes } = found
  const noGpus = gpuTrouble({ program, path: env['PATH'] ?? '', runtimes })
  const lacks = [
    ...(limits ? [] : ['memory and cores cannot be limited']),
    ...(noGpus === undefined ? [] : [`GPUs cannot be passed (${noGpus})`]),
  ]
  const detail = `runs images with ${version}${lacks.map((lack) => `, ${lack}`).join('')}`
  return { program, env, limits, gpus: noGpus === undefined, detail }
}

/** Prepares a root in which the host's programs start; answers the host's folders that belong into it. */
async function layOutRoot(folder: string): Promise<string[]> {
  const mounts = ['/usr']
  await mkdir(join(folder, 'usr'))
  for (const name of ['bin', 'lib', 'lib64', 'nix'].filter((one) => existsSync(`/${one}`))) {
    const path = `/${name}`
    if ((await lstat(path)).isSymbolicLink()) {
      await symlink(await readlink(path), join(folder, name))
    } else {
      await mkdir(join(folder, name))
      mounts.push(path)
    }
  }
  return mounts
}
