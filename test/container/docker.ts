/**
 * A docker daemon for the tests: its store, socket and process numbers below a folder of its own, without a network
 * that it would have to change the host's rules for.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { findContainerHost } from '../../src/engine/container-program.ts'
import { launch } from '../process/cluster.ts'
import { commandOf, type Machine } from './machine.ts'

/** Starts one, or says in one line why there can be none. */
export async function openDocker(): Promise<Machine | string> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-docker-'))
  const socket = `unix://${join(folder, 'socket')}`
  const env = {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: folder,
    DOCKER_HOST: socket,
  }
  // Otherwise it reads that of the host.
  const settings = join(folder, 'daemon.json')
  await writeFile(settings, '{}')
  const forget = () => rm(folder, { recursive: true, force: true })
  const daemon = await launch({
    command: [
      'dockerd',
      `--host=${socket}`,
      `--config-file=${settings}`,
      `--data-root=${join(folder, 'store')}`,
      `--exec-root=${join(folder, 'exec')}`,
      `--pidfile=${join(folder, 'pid')}`,
      '--storage-driver=vfs',
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
    ],
    cwd: folder,
    env,
    ready: /API listen on/,
  }).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  if (typeof daemon === 'string') {
    await forget()
    return `dockerd does not start (${daemon.trim().split('\n').at(-1)}): apt-get install docker.io, as root`
  }
  const close = async (): Promise<void> => {
    await daemon.stop('SIGTERM')
    // It leaves the network of its containers mounted.
    spawnSync('umount', [join(folder, 'exec/netns/default')])
    await forget()
  }
  const host = await findContainerHost(['docker'], env)
  if ('trouble' in host) {
    await close()
    return host.trouble
  }
  return { folder, env, host, command: commandOf('docker', env), close }
}
