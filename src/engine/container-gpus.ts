/**
 * Whether GPUs of this host can be passed into containers: podman needs a description of them by the Container Device
 * Interface (CDI), docker NVIDIA's runtime or its hook.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import type { ContainerProgram } from './container-arguments.ts'

/** Where a host says what it has. */
export interface GpuPlaces {
  readonly program: ContainerProgram
  /** Folders with programs, as PATH has them. */
  readonly path: string
  /** Folders with descriptions of devices; those that CDI names where it is not given. */
  readonly cdi?: readonly string[]
  /** The runtimes of docker's daemon, as JSON. */
  readonly runtimes?: string
}

const CDI_FOLDERS = ['/etc/cdi', '/var/run/cdi']
/** Docker calls it for `--gpus`, whichever runtime is used. */
const HOOK = 'nvidia-container-runtime-hook'
const TOOL = 'nvidia-ctk'

/** Undefined where they can, else what is missing and the remedy. */
export function gpuTrouble({ program, path, cdi, runtimes = '' }: GpuPlaces): string | undefined {
  const tool = has(path, TOOL)
  const first = tool ? '' : 'install nvidia-container-toolkit, then '
  if (program === 'podman') {
    const folders = cdi ?? CDI_FOLDERS
    if (folders.some(describesGpus)) return undefined
    return `no CDI description of them in ${folders.join(' or ')}: ${first}run ${TOOL} cdi generate --output=/etc/cdi/nvidia.yaml`
  }
  if (/"nvidia"\s*:/.test(runtimes) || has(path, HOOK)) return undefined
  return `docker has no nvidia runtime: ${first}run ${TOOL} runtime configure --runtime=docker and restart docker`
}

/** Of a kind that podman is asked for, as YAML or JSON. */
function describesGpus(folder: string): boolean {
  if (!existsSync(folder)) return false
  return readdirSync(folder)
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .some((name) => /["']?kind["']?\s*:\s*["']?nvidia\.com\/gpu\b/.test(textOf(join(folder, name))))
}

/** What this user may not read, podman may not either. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function has(path: string, program: string): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)))
}
