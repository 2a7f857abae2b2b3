/**
 * The container engine of a runner, from its configuration.
 * @module
 */
import { resolve } from 'node:path'

import type { Config } from '../config.ts'
import { type ContainerHost, findContainerHost } from '../engine/container-program.ts'
import type { ContainerEngine } from '../engine/container.ts'
import type { Journal } from '../engine/journal.ts'
import { engines } from '../engine/registry.ts'
import type { RunnerLog } from '../runner/log.ts'

/** The engine, where there is one; what a runner that is gone has left in it is removed. */
export async function openContainers(
  config: Config,
  { journal, log }: { journal: Journal | undefined; log: RunnerLog },
): Promise<ContainerEngine | undefined> {
  const host = await probeContainers(config)
  if ('trouble' in host) {
    log.info({ engine: 'container' }, `Engine "container" is off: ${host.trouble}`)
    return undefined
  }
  const engine = engines.container({ host, folder: resolve(config.dataDir), journal })
  const left = await engine.sweep()
  if (left > 0) log.warn({ containers: left }, 'Removed what a runner that is gone had left')
  return engine
}

/** The program that would run images here, or why there is none. */
export async function probeContainers(
  config: Config,
): Promise<ContainerHost | { readonly trouble: string }> {
  const { mode, containers, engines: named } = config.runner.processes
  if (mode === 'off') return { trouble: 'WEFT_PROCESSES is off' }
  if (containers === 'off') return { trouble: 'WEFT_CONTAINERS is off' }
  if (!named.includes('local'))
    return { trouble: 'WEFT_ENGINES does not name local, so nothing runs on this host' }
  if (process.platform !== 'linux') return { trouble: 'it needs Linux' }
  return findContainerHost(containers === 'auto' ? ['podman', 'docker'] : [containers], process.env)
}
