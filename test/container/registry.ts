/**
 * A registry of images on loopback that asks for a name and a password: Debian's docker-registry.
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { pullArguments } from '../../src/engine/container-arguments.ts'
import { freePort, launch, until } from '../process/cluster.ts'
import type { Machine } from './machine.ts'

/** Whom it lets in. */
export const LOGIN = { username: 'me', password: 'never-shown' }

/** A registry. */
export interface Registry {
  /** Host and port, as names of images begin. */
  readonly at: string
  /** Puts an image of a machine into it under another name, which that machine does not keep. */
  push(machine: Machine, image: string, name: string): Promise<string>
  close(): Promise<void>
}

/** Starts one, or says in one line what is missing. */
export async function openRegistry(): Promise<Registry | string> {
  const absent = ['docker-registry', 'htpasswd'].filter(
    (program) => spawnSync(program, ['--version']).error !== undefined,
  )
  if (absent.length > 0)
    return `${absent.join(' and ')} not found: apt-get install docker-registry apache2-utils`
  const folder = await mkdtemp(join(tmpdir(), 'weft-registry-'))
  const { username, password } = LOGIN
  const people = execFileSync('htpasswd', ['-niB', username], { input: password })
  await writeFile(join(folder, 'people'), people)
  const at = `127.0.0.1:${await freePort()}`
  await writeFile(
    join(folder, 'config.yml'),
    `version: 0.1
storage: { filesystem: { rootdirectory: ${JSON.stringify(join(folder, 'store'))} } }
http: { addr: '${at}' }
auth: { htpasswd: { realm: test, path: ${JSON.stringify(join(folder, 'people'))} } }
`,
  )
  const registry = await launch({
    command: ['docker-registry', 'serve', join(folder, 'config.yml')],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    ready: /listening on/,
  })
  await until(
    'the registry asks who it is',
    async () => (await fetch(`http://${at}/v2/`)).status === 401,
  )
  return {
    at,
    async push({ command, folder: own, host }, image, name) {
      const full = `${at}/${name}`
      const auth = Buffer.from(`${username}:${password}`).toString('base64')
      await writeFile(join(own, 'config.json'), JSON.stringify({ auths: { [at]: { auth } } }))
      command('tag', image, full)
      // The words by which a login is given are those of a pull.
      const words = pullArguments(full, { program: host.program, folder: own })
      command(...words.map((word) => (word === 'pull' ? 'push' : word)))
      command('rmi', full)
      await rm(join(own, 'config.json'))
      return full
    },
    async close() {
      await registry.stop('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
