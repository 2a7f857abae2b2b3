/**
 * A podman for the tests: its store in a folder of its own, and an image made of static programs, without a registry.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type ContainerHost, findContainerHost } from '../../src/engine/container-program.ts'

/** The image that `openPodman` makes. */
export const IMAGE = 'localhost/weft-test:1'

const APPLETS = 'sh cat sleep id env touch head tr grep df nproc dd kill mkdir stat httpd wget'

/** A podman with an image. */
export interface Podman {
  readonly folder: string
  /** For its own commands, and for runners. */
  readonly env: Record<string, string>
  readonly host: ContainerHost
  /** What one of its commands prints. */
  command(...args: string[]): string
  close(): Promise<void>
}

/** Opens one, or says in one line why there can be none. */
export async function openPodman(): Promise<Podman | string> {
  const absent = ['/bin/busybox', '/bin/bash-static'].filter((path) => !existsSync(path))
  if (absent.length > 0)
    return `${absent.join(', ')} not found: apt-get install podman runc busybox-static bash-static`
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
    return host.trouble
  }
  const command = (...args: string[]): string =>
    execFileSync('podman', args, {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  await makeImage(folder, command)
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

async function makeImage(folder: string, command: (...args: string[]) => string): Promise<void> {
  const root = join(folder, 'image')
  await mkdir(join(root, 'bin'), { recursive: true })
  await mkdir(join(root, 'tmp'))
  await writeFile(join(root, 'only-in-image'), 'from the image\n')
  await copyFile('/bin/busybox', join(root, 'bin/busybox'))
  await copyFile('/bin/bash-static', join(root, 'bin/bash'))
  for (const name of APPLETS.split(' ')) await symlink('busybox', join(root, 'bin', name))
  const tar = join(folder, 'image.tar')
  execFileSync('tar', ['-C', root, '-cf', tar, '.'])
  command('import', tar, IMAGE)
}
