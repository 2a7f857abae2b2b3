/**
 * A surface with a database of its own, a file store in memory, and runners that do what the test says.
 * @module
 */
import { Hono } from 'hono'

import type { AppDeps, AppSettings, FileStore } from '../../src/api/deps.ts'
import { fateSurface } from '../../src/api/fate/index.ts'
import { loadServing } from '../../src/api/fate/serving.ts'
import { fedlearnSurface } from '../../src/api/fedlearn/index.ts'
import { modelboxSurface } from '../../src/api/modelbox/index.ts'
import { OPENPAI_BASES, openpaiSurface } from '../../src/api/openpai/index.ts'
import { weftSurface } from '../../src/api/weft/index.ts'
import { worksSurface } from '../../src/api/works/index.ts'
import type { Db } from '../../src/db/type.ts'
import { DomainError, notFound } from '../../src/domain/error.ts'
import type { OfferedDataset, OfferedUnit } from '../../src/domain/work.ts'
import { fakeCatalog } from './catalog.ts'
import { freshDatabase } from './database.ts'
import { type FakeRunner, fakeRunner } from './fake-runner.ts'

export type { FakeRunner }

/** One line of the server's log. */
export interface LogEntry {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

export interface TestApp {
  readonly app: Hono
  readonly db: Db
  readonly files: MemoryFiles
  readonly logged: LogEntry[]
  /** Posts JSON and answers the parsed body. */
  post<T = FateAnswer>(path: string, body?: unknown): Promise<T>
  close(): Promise<void>
}

/** The envelope of FATE-Flow; its data is for a schema to tell. */
export interface FateAnswer {
  readonly retcode: number
  readonly retmsg: string
  readonly data: unknown
  readonly jobId: string | null
  readonly meta: unknown
}

/** Builds the surfaces over a fresh database, without a runner. */
export async function testApp(
  options: { settings?: Partial<AppSettings>; deps?: Partial<AppDeps>; site?: string } = {},
): Promise<TestApp> {
  const db = await freshDatabase()
  const files = memoryFiles(options.site)
  const logged: LogEntry[] = []
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields: { ...fields }, message })
  const deps: AppDeps = {
    db,
    catalog: fakeCatalog(),
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    settings: {
      version: '0.0.0-test',
      publicUrl: 'http://weft.test:9380',
      hosts: null,
      auth: 'off',
      bodyLimit: 1024 * 1024,
      uploadLimit: 64 * 1024,
      flowWaitMs: 0,
      ...options.settings,
    },
    files,
    now: () => Date.now(),
    ...options.deps,
  }
  const app = new Hono()
  app.route('/v1/modelbox', modelboxSurface(deps))
  app.route('/v1', fateSurface(deps))
  app.route(
    '/api/weft',
    weftSurface(deps, (wanted) => loadServing(deps, wanted)),
  )
  app.route('/api/v1/works', worksSurface(deps))
  for (const base of OPENPAI_BASES) app.route(base, openpaiSurface(deps))
  app.route('/api', fedlearnSurface(deps))
  return {
    app,
    db,
    files,
    logged,
    async post<T>(path: string, body: unknown = {}): Promise<T> {
      const response = await app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await response.json()) as T
    },
    close: () => db.destroy(),
  }
}

/** A file store in memory. */
export interface MemoryFiles extends FileStore {
  /** Files that clients may name. */
  readonly imports: Set<string>
  readonly spooled: Map<string, Uint8Array>
}

function memoryFiles(site?: string): MemoryFiles {
  const imports = new Set<string>()
  const spooled = new Map<string, Uint8Array>()
  return {
    ...(site === undefined ? {} : { site }),
    imports,
    spooled,
    async checkImport(path) {
      if (imports.has(path)) return path
      throw notFound(`File "${path}" is not in the import folders of this server`)
    },
    async spool(body, limit) {
      const chunks: number[] = []
      for await (const chunk of body) {
        chunks.push(...chunk)
        if (chunks.length > limit) {
          throw new DomainError('limit', `The upload is larger than ${limit} bytes`)
        }
      }
      const id = crypto.randomUUID().replaceAll('-', '')
      spooled.set(id, Uint8Array.from(chunks))
      return { id, bytes: chunks.length }
    },
    async fillSpool(id, body) {
      spooled.set(id, new Uint8Array(await new Response(body).arrayBuffer()))
    },
    async openSpool(id) {
      const bytes = spooled.get(id)
      if (!bytes) throw notFound(`No spooled upload ${id}`)
      return new Blob([bytes.slice()]).stream()
    },
    async dropSpool(id) {
      spooled.delete(id)
    },
  }
}

/** A runner under the control of a test. */
/** Registers a runner; without parties it serves all. */
export function startRunner(
  db: Db,
  options: {
    parties?: readonly string[]
    site?: string
    url?: string
    datasets?: readonly OfferedDataset[]
    engines?: readonly string[]
    units?: readonly OfferedUnit[]
  } = {},
): Promise<FakeRunner> {
  const { site = 'site-1', url = null, datasets = [], units = [] } = options
  const parties = options.parties ?? null
  return fakeRunner(db, {
    site,
    url,
    parties,
    datasets,
    units,
    identities: Object.fromEntries((parties ?? ['*']).map((party) => [party, `key-${party}`])),
    capacity: {
      units: units.map(({ name, device }) => `${name}@${device}`),
      ...(options.engines ? { engines: options.engines } : {}),
    },
  })
}

/** Uploads a table through the surface and lets `runner` read it. */
export async function uploadTable(
  test: TestApp,
  runner: FakeRunner,
  table: { namespace: string; name: string; party?: string; rows?: number },
): Promise<void> {
  const path = `${table.name}.csv`
  test.files.imports.add(path)
  const answer = await test.post('/v1/data/upload', {
    file: path,
    head: 1,
    partition: 4,
    work_mode: 0,
    namespace: table.namespace,
    table_name: table.name,
    ...(table.party === undefined ? {} : { local: { role: 'guest', party_id: table.party } }),
  })
  if (answer.retcode !== 0) throw new Error(answer.retmsg)
  const [task] = (await runner.claim()).filter((one) => one.jobId === answer.jobId)
  if (!task) throw new Error(`The upload ${answer.jobId} was not handed out`)
  await runner.report(task, {
    type: 'table',
    location: `${table.namespace}/${table.name}.arrow`,
    columns: ['y', 'x0', 'x1'],
    idColumn: 'id',
    rows: table.rows ?? 569,
    partitions: 4,
    preview: null,
  })
  await runner.settle(task)
}
