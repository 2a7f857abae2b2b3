/**
 * A real S3 server on the loopback, which checks signatures: built from crates.io once, by cargo, as its lock file says.
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { freePort, freshFolder, launch, until } from '../process/cluster.ts'
import { isKept, kept } from './keep.ts'

const exec = promisify(execFile)

const VERSION = '0.14.1'
const HOME = `s3s-fs-${VERSION}`
const KEYS = { ak: 'WEFTTESTKEY', sk: 'a-secret/with+signs=' }

export interface ObjectServer {
  readonly endpoint: string
  readonly ak: string
  readonly sk: string
  /** Where its objects are files, below the names of their buckets. */
  readonly folder: string
  close(): Promise<void>
}

/** What is missing to build the server where it is not there yet; undefined where nothing is. */
export async function lackOfObjectServer(): Promise<string | undefined> {
  if (isKept(HOME)) return undefined
  const said = await exec('cargo', ['--version']).catch(() => undefined)
  const [, minor] = /^cargo 1\.(\d+)/.exec(said?.stdout ?? '') ?? []
  if (Number(minor) >= 92) return undefined
  return 'needs cargo of Rust 1.92 or newer, which builds the S3 server'
}

/** Builds the server where it is not there, and starts it with these buckets. */
export async function startObjectServer(...buckets: readonly string[]): Promise<ObjectServer> {
  const home = await kept(HOME, build)
  const folder = await freshFolder('s3')
  for (const bucket of buckets) await mkdir(join(folder, bucket))
  const port = await freePort()
  const keys = ['--access-key', KEYS.ak, '--secret-key', KEYS.sk]
  const program = join(home, 'bin', 's3s-fs')
  const server = await launch({
    command: [program, '--host', '127.0.0.1', '--port', String(port), ...keys, folder],
    cwd: folder,
    env: { RUST_LOG: 'info' },
    ready: /server is running/,
  })
  await until('the object server takes connections', () => takes(port))
  return {
    endpoint: `http://127.0.0.1:${port}`,
    ...KEYS,
    folder,
    async close() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function build(draft: string): Promise<void> {
  console.log(`Building s3s-fs ${VERSION}, some minutes, once`)
  // Compiling it takes longer than all it will ever do.
  const quick = ['--config', 'profile.release.opt-level=0', '--config', 'profile.release.lto=false']
  const what = ['s3s-fs', '--version', VERSION, '--features', 'binary', '--locked']
  await exec('cargo', ['install', '--quiet', ...what, '--root', draft, ...quick], {
    maxBuffer: 1 << 26,
  })
}

function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
