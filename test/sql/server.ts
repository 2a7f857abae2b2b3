/**
 * Database servers of the tests' own: on a free port of this machine, in a temporary folder, as no privileged user.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

import { type DatasetEntry, readDatasetList } from '../../src/runner/data/dataset.ts'
import { freePort, freshFolder, launch, removeFolders } from '../process/cluster.ts'

/** A server with an administrator who may do anything. */
export interface Server {
  readonly port: number
  /** The file of its certificate, where it has one. */
  readonly cert?: string | undefined
  /** Runs statements in a database as the administrator; answers what the client prints. */
  run(this: void, database: string, ...statements: readonly string[]): string
  close(): Promise<void>
}

/** Password of the administrators, who live as long as a test. */
const ADMIN = 'admin-of-the-test'

/** What this host lacks of the servers, or undefined. */
export function missing(kind: 'postgres' | 'mysql'): string | undefined {
  const found = kind === 'postgres' ? postgresFolder() : program('mariadbd')
  if (found !== undefined) return undefined
  return kind === 'postgres'
    ? 'PostgreSQL is not installed (Debian: postgresql)'
    : 'MariaDB is not installed (Debian: mariadb-server)'
}

/** Starts PostgreSQL. */
export async function startPostgres(certified?: string): Promise<Server> {
  const bin = postgresFolder()
  assert.ok(bin !== undefined)
  const uid = plainUser('postgres')
  const folder = await freshFolder('postgres', uid)
  const port = await freePort()
  const secret = join(folder, 'secret')
  await writeFile(secret, ADMIN)
  const data = join(folder, 'data')
  const init = ['-D', data, '-U', 'admin', '-A', 'scram-sha-256', '--pwfile', secret, '-E', 'UTF8']
  command(join(bin, 'initdb'), [...init, '--no-sync'], { uid })
  const tls = certified === undefined ? undefined : makeCertificate(folder, certified, uid)
  const server = await launch({
    command: [
      join(bin, 'postgres'),
      '-D',
      data,
      '-p',
      String(port),
      '-k',
      folder,
      '-F',
      ...(tls
        ? ['ssl=on', `ssl_cert_file=${tls.cert}`, `ssl_key_file=${tls.key}`].flatMap((one) => [
            '-c',
            one,
          ])
        : []),
    ],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    ready: /ready to accept connections/,
    ...(uid === undefined ? {} : { uid }),
  })
  return {
    port,
    cert: tls?.cert,
    run(database, ...statements) {
      const address = `postgresql://admin@127.0.0.1:${port}/${database}`
      const each = statements.flatMap((sql) => ['-c', sql])
      const args = ['-X', '-v', 'ON_ERROR_STOP=1', '-q', address, ...each]
      return command(join(bin, 'psql'), args, { env: { PGPASSWORD: ADMIN } })
    },
    async close() {
      await server.stop('SIGINT')
      await removeFolders([folder])
    },
  }
}

/** Starts MariaDB. */
export async function startMysql(certified?: string): Promise<Server> {
  const uid = plainUser('mysql')
  const folder = await freshFolder('mysql', uid)
  const port = await freePort()
  const data = join(folder, 'data')
  const socket = join(folder, 'socket')
  const own = ['--no-defaults', `--datadir=${data}`]
  const install = ['--auth-root-authentication-method=normal', '--skip-test-db']
  command(program('mariadb-install-db') ?? '', [...own, ...install], { uid })
  const tls = certified === undefined ? undefined : makeCertificate(folder, certified, uid)
  const server = await launch({
    command: [
      program('mariadbd') ?? '',
      ...own,
      `--port=${port}`,
      `--socket=${socket}`,
      '--bind-address=127.0.0.1',
      `--pid-file=${join(folder, 'pid')}`,
      ...(tls ? [`--ssl-cert=${tls.cert}`, `--ssl-key=${tls.key}`] : []),
    ],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    ready: /ready for connections/,
    ...(uid === undefined ? {} : { uid }),
  })
  return {
    port,
    cert: tls?.cert,
    run(database, ...statements) {
      const client = ['--no-defaults', `--socket=${socket}`, '--user=root', database]
      return command(program('mariadb') ?? '', [...client, '-e', statements.join(';')], {})
    },
    async close() {
      await server.stop()
      await removeFolders([folder])
    },
  }
}

/** The entry of a list of data sets with one in a table `loans`. */
export async function entryOf(
  folder: string,
  source: Readonly<Record<string, unknown>>,
  options: { features?: '*' | readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<DatasetEntry> {
  const { features = '*', env = { LOANS_PASSWORD: READER } } = options
  const entry = { name: 'loans', index: 'uid', features, source: { ...READS, ...source } }
  const path = join(folder, 'datasets.json')
  await writeFile(path, JSON.stringify([entry]))
  const [found] = await readDatasetList(path, { parties: ['9999'], env })
  return found
}

/** Password of the user who reads. */
export const READER = 's3cret of the reader'
const READS = {
  database: 'bank',
  table: 'loans',
  user: 'reader',
  password: { env: 'LOANS_PASSWORD' },
}

/** A certificate for a name, signed by itself. */
function makeCertificate(folder: string, name: string, uid: number | undefined) {
  const cert = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
  command('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { uid })
  command('chmod', ['600', key], { uid })
  return { cert, key }
}

function postgresFolder(): string | undefined {
  const found = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1)
  return found !== undefined && existsSync(join(found, 'initdb')) ? found : undefined
}

function program(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** The id of a user without privileges, where this process has them: servers of databases refuse to run with any. */
function plainUser(name: string): number | undefined {
  if (process.getuid?.() !== 0) return undefined
  const { stdout } = spawnSync('id', ['-u', name], { encoding: 'utf8' })
  const uid = Number(stdout.trim())
  assert.ok(uid > 0, `There is no user ${name}, who comes with the server's package`)
  return uid
}

function command(
  file: string,
  args: readonly string[],
  { uid, env = {} }: { uid?: number | undefined; env?: Record<string, string> },
): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  assert.equal(status, 0, `${file}: ${stderr ?? String(error)}`)
  return stdout
}
