/**
 * A process in a closed room: the arguments of bubblewrap, and whether it works on this host.
 * @module
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'

import type { ProcessSpec, Sandbox } from './engine.ts'
import { mountArguments } from './sandbox-mounts.ts'

/** Why `bwrap` cannot be used here, or undefined when it can. */
export function sandboxTrouble(program = 'bwrap'): Promise<string | undefined> {
  const args = ['--ro-bind', '/', '/', '--unshare-pid', '--unshare-net', '--proc', '/proc', 'true']
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 5000 }, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined)
      else if (error.code === 'ENOENT')
        resolve('bubblewrap is not installed (Debian: the package bubblewrap)')
      else resolve(`bubblewrap does not work here: ${stderr.trim() || error.message}`)
    })
  })
}

/** Where bubblewrap reads `environmentArguments`. */
export const ARGUMENTS_FD = 3

/** The environment of the room as arguments, each ended by a NUL byte. */
export function environmentArguments(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `--setenv\0${name}\0${value}\0`)
    .join('')
}

/**
 * The command line that runs `argv` in the room; `files` stay visible to it. It expects `environmentArguments` at
 * `ARGUMENTS_FD`.
 */
export function sandboxed(
  argv: readonly string[],
  spec: ProcessSpec & { readonly sandbox: Sandbox },
  files: readonly string[],
): string[] {
  const { network, writable = [], readable = [], hidden = [], mounts = [] } = spec.sandbox
  const { root, inside } = mountArguments(mounts)
  const gpus = spec.resources?.gpus ?? []
  const devices = (typeof gpus === 'number' ? gpus > 0 : gpus.length > 0) ? gpuDevices() : []
  const isolation = 'die-with-parent new-session unshare-pid unshare-ipc unshare-uts'.split(' ')
  const visible = [...root, '--dev', '/dev', '--proc', '/proc']
  // Below /run are sockets of services; name resolution needs what systemd keeps there.
  const resolver = ['--ro-bind-try', '/run/systemd/resolve', '/run/systemd/resolve']
  return [
    'bwrap',
    '--args',
    String(ARGUMENTS_FD),
    ...isolation.map((option) => `--${option}`),
    ...(network ? [] : ['--unshare-net']),
    ...visible,
    ...['/tmp', '/var/tmp', '/run'].flatMap((path) => ['--tmpfs', path]),
    ...resolver,
    ...hidden.filter((path) => existsSync(path)).flatMap((path) => ['--tmpfs', path]),
    ...devices.flatMap((path) => ['--dev-bind', path, path]),
    ...[...files, ...readable].flatMap((path) => ['--ro-bind', path, path]),
    ...[spec.cwd, ...writable].flatMap((path) => ['--bind', path, path]),
    ...inside,
    '--cap-drop',
    'ALL',
    '--chdir',
    spec.cwd,
    '--',
    ...argv,
  ]
}

function gpuDevices(): string[] {
  return readdirSync('/dev')
    .filter((name) => name.startsWith('nvidia') || name === 'dri' || name === 'kfd')
    .map((name) => `/dev/${name}`)
}
