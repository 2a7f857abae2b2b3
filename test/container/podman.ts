/**
 * A podman for the tests, with its store in a folder of its own.
 * @module
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { findContainerHost } from '../../src/engine/container-program.ts'
import { commandOf, type Machine } from './machine.ts'

/** Opens one, or says in one line why there can be none. */
export async function openPodman(): Promise<Machine | string> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-podman-'))
  const env = {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: folder,
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
  }
  // The usual limits are higher than a container of a container may set; runc also knows older control groups.
  const settings = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
${existsSync('/usr/sbin/runc') ? '[engine]\nruntime = "runc"\n' : ''}`
  await writeFile(env.CONTAINERS_CONF, settings)
  await writeFile(
    env.CONTAINERS_STORAGE_CONF,
    `[storage]
driver = "vfs"
runroot = "${join(folder, 'run')}"
graphroot = "${join(folder, 'root')}"
`,
  )
  // So that registries of the tests need no certificates.
  const registries = '[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n'
  await writeFile(env.CONTAINERS_REGISTRIES_CONF, registries)
  const host = await findContainerHost(['podman'], env)
  if ('trouble' in host) {
    await rm(folder, { recursive: true, force: true })
    return `${host.trouble}: apt-get install podman runc`
  }
  const command = commandOf('podman', env)
  return {
    folder,
    env,
    host,
    command,
    async close() {
      command('rm', '--all', '--force')
      command('rmi', '--all', '--force')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
