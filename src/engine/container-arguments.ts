/**
 * What podman and docker are told of a process: both understand the same words, but for GPUs. Pure.
 * @module
 */
import type { ContainerRequest, ProcessSpec } from './engine.ts'

/** The program that runs containers. */
export type ContainerProgram = 'podman' | 'docker'

/** The working directory as the container sees it. */
export const WORK_DIR = '/weft/work'
/** The script as the container sees it. */
export const SCRIPT = '/weft/script'

/** By this label a container is known as one of ours. */
export const OWNER_LABEL = 'weft.owner'
/** The runner's data directory, as a hash. */
export const PLACE_LABEL = 'weft.place'

/** Enough to install packages and to change users inside; less than docker and podman give by themselves. */
const CAPABILITIES = 'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID'.split(' ')

/** What is known of a container beside its spec. */
export interface ContainerPlace {
  readonly program: ContainerProgram
  /** Its name. */
  readonly name: string
  /** File with its environment. */
  readonly envFile: string
  /** File with its script, where it has one. */
  readonly scriptFile: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Whether memory and cores can be limited here. */
  readonly limits: boolean
}

/** The arguments of `create`. Throws a RangeError for what cannot be said safely. */
export function createArguments(
  spec: ProcessSpec & { readonly container: ContainerRequest },
  place: ContainerPlace,
): string[] {
  const { container, resources = {} } = spec
  const { cpus, memoryMb } = place.limits ? resources : {}
  checkImage(container.image)
  const [entry, ...rest] = argvOf(spec)
  return [
    'create',
    `--name=${place.name}`,
    '--pull=never',
    // Root of its own room only: without root of the host it is the runner's user, whose the working directory is.
    '--user=0:0',
    '--security-opt=no-new-privileges',
    '--cap-drop=ALL',
    ...CAPABILITIES.map((name) => `--cap-add=${name}`),
    `--network=${container.network ? 'host' : 'none'}`,
    // What it prints is read from it; another copy would only fill the disk.
    '--log-driver=none',
    ...Object.entries(place.labels).map(([name, value]) => `--label=${name}=${value}`),
    `--env-file=${place.envFile}`,
    ...(container.shmMb > 0 ? [`--shm-size=${container.shmMb}m`] : []),
    ...(cpus === undefined ? [] : [`--cpus=${cpus}`]),
    // As much with swap as without: a limit that pages out is none.
    ...(memoryMb === undefined ? [] : [`--memory=${memoryMb}m`, `--memory-swap=${memoryMb}m`]),
    ...gpuArguments(resources.gpus, place.program),
    `--workdir=${WORK_DIR}`,
    mount({ source: spec.cwd, target: WORK_DIR, readOnly: false }),
    ...(place.scriptFile === null
      ? []
      : [mount({ source: place.scriptFile, target: SCRIPT, readOnly: true })]),
    ...container.mounts.map(mount),
    `--entrypoint=${entry}`,
    container.image,
    ...rest,
  ]
}

/** The environment as a file of lines. Throws for a value of several lines, which such a file cannot hold. */
export function environmentFile(spec: ProcessSpec): string {
  const { cpus, gpus = [] } = spec.resources ?? {}
  const count = typeof gpus === 'number' ? gpus : gpus.length
  const env: Record<string, string> = {
    ...(cpus === undefined ? {} : { OMP_NUM_THREADS: String(Math.max(1, Math.floor(cpus))) }),
    // Only the devices that were given are inside, with numbers of their own.
    CUDA_VISIBLE_DEVICES: Array.from({ length: count }, (_, at) => at).join(','),
    ...spec.env?.set,
    // Images for CUDA ask for every device by this name, which some hosts would grant.
    ...(count === 0 ? { NVIDIA_VISIBLE_DEVICES: 'void' } : {}),
  }
  for (const [name, value] of Object.entries(env))
    if (/[\r\n]/.test(value))
      throw new RangeError(
        `The variable ${name} has several lines, which a container cannot be given: put them into a file`,
      )
  return Object.entries(env)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** The file by which both programs know the login of a registry; docker's own form. */
export function loginFile({ username, password, registry }: ContainerLogin): string {
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  const host = registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  const hub = host === '' || /(^|\.)docker\.(io|com)$/.test(host)
  // Docker knows its own registry by an address, podman by its name.
  const names = hub ? ['https://index.docker.io/v1/', 'docker.io'] : [host]
  return JSON.stringify({ auths: Object.fromEntries(names.map((name) => [name, { auth }])) })
}

type ContainerLogin = NonNullable<ContainerRequest['login']>

/** The arguments that fetch an image; `folder` has the login, if there is one. */
export function pullArguments(
  image: string,
  { program, folder }: { program: ContainerProgram; folder: string | null },
): string[] {
  checkImage(image)
  if (program === 'docker')
    return [...(folder === null ? [] : [`--config=${folder}`]), 'pull', image]
  const login = folder === null ? [] : [`--authfile=${folder}/config.json`]
  return ['pull', ...login, fullName(image)]
}

/** The image with its registry, as docker completes it: podman has no registry that goes without saying. */
export function fullName(image: string): string {
  const [first, ...rest] = image.split('/')
  if (rest.length === 0) return `docker.io/library/${image}`
  return first === 'localhost' || /[.:]/.test(first) ? image : `docker.io/${image}`
}

/** A name for a container that people recognise, with an id that makes it the only one. */
export function containerName(name: string, id: string): string {
  const words = name.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(0, 80)
  return `weft-${words}-${id.slice(0, 8)}`
}

/** Refuses what is no name of an image: it would be an option, or another argument. */
function checkImage(image: string): void {
  if (!/^[A-Za-z0-9][\w./:@-]{0,511}$/.test(image))
    throw new RangeError(`"${image}" is no name of an image: write it like registry/name:tag`)
}

function argvOf({ command }: ProcessSpec): readonly string[] {
  if ('argv' in command) return command.argv
  const first = /^#!\s*(\S+)(?:[ \t]+(\S.*?))?\s*$/m.exec(command.script.split('\n', 1)[0] ?? '')
  if (!first) return ['/bin/sh', SCRIPT]
  return [first[1], ...(first[2] === undefined ? [] : [first[2]]), SCRIPT]
}

function mount(folder: { source: string; target: string; readOnly: boolean }): string {
  const { source, target, readOnly } = folder
  for (const path of [source, target])
    if (!path.startsWith('/') || /[,"\n\0]/.test(path) || path.split('/').includes('..'))
      throw new RangeError(
        `"${path}" cannot be mounted: use an absolute path without commas, quotes and ".."`,
      )
  return `--mount=type=bind,source=${source},target=${target}${readOnly ? ',readonly' : ''}`
}

function gpuArguments(
  gpus: number | readonly string[] = [],
  program: ContainerProgram = 'docker',
): string[] {
  if (typeof gpus === 'number') {
    if (gpus > 0) throw new RangeError('This engine does not choose GPUs: name the devices.')
    return []
  }
  for (const id of gpus)
    if (!/^[\w./:-]+$/.test(id)) throw new RangeError(`"${id}" is no name of a GPU.`)
  if (gpus.length === 0) return []
  if (program === 'podman') return gpus.map((id) => `--device=nvidia.com/gpu=${id}`)
  // It reads this as fields of a table: without quotes the second device would be another field.
  return [`--gpus="device=${gpus.join(',')}"`]
}
