/**
 * How many `POST /v1/job/query` a second one server answers with 100,000 jobs in its database. The clients run in a
 * process of their own, so that the server has its core to itself.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { serve } from '@hono/node-server'
import { Hono } from 'hono'

import { fateSurface } from '../../src/api/fate/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { quietDeps } from '../helpers/deps.ts'
import { trainConf, trainDsl } from '../helpers/fate-jobs.ts'

const JOBS = 100_000
const CONNECTIONS = 8
const WARM_UP_MS = 2000
const MEASURED_MS = 5000

export const bench = { name: 'http-query', run }

async function* run(): AsyncGenerator<{ params: object; value: number; unit: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  const db = openDatabase({ url: `file:${join(folder, 'weft.db')}` })
  try {
    await migrate(db)
    const ids = await fill(db)
    const app = new Hono().route(
      '/v1',
      fateSurface({
        ...quietDeps(db, { auth: 'off', bodyLimit: 1024 * 1024, uploadLimit: 1024 * 1024 }),
        now: Date.now,
      }),
    )
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      const sample = ids.filter((_, index) => index % 100 === 0)
      const before = process.cpuUsage()
      const { completed, measured } = await drive({ port, ids: sample, folder })
      const { user, system } = process.cpuUsage(before)
      const params = { jobs: JOBS, connections: CONNECTIONS }
      yield { params, value: (measured * 1000) / MEASURED_MS, unit: 'requests/s' }
      // What one core could answer if it did nothing else: other work on the machine does not count.
      yield {
        params: { ...params, per: 'CPU second' },
        value: (completed * 1e6) / (user + system),
        unit: 'requests/s',
      }
    } finally {
      server.close()
    }
  } finally {
    await db.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Enters finished jobs of three parties as `submitJob` and the runners leave them. */
async function fill(db: Db): Promise<string[]> {
  const request = JSON.stringify({ job_dsl: trainDsl(), job_runtime_conf: trainConf() })
  const graph = JSON.stringify(
    Object.entries(trainDsl().components).map(([name, { module }], index, all) => ({
      name,
      module,
      needs: index === 0 ? [] : [{ node: all[index - 1][0], kind: 'data' }],
    })),
  )
  const members = { guest: ['9999'], host: ['10000'], arbiter: ['10000'] }
  const ids = Array.from(
    { length: JOBS },
    (_, index) => `20261122${String(index).padStart(14, '0')}`,
  )
  for (let start = 0; start < JOBS; start += 500) {
    const part = ids.slice(start, start + 500)
    await db.transaction().execute(async (trx) => {
      await trx
        .insertInto('job')
        .values(
          part.map((id, index) => ({
            id,
            surface: 'fate',
            kind: 'train',
            state: 'succeeded',
            name: '',
            description: '',
            tag: '',
            priority: 0,
            reason: null,
            progress: 100,
            initiator_role: 'guest',
            initiator_party: '9999',
            members: JSON.stringify(members),
            graph,
            request,
            model_id: 'arbiter-10000#guest-9999#host-10000#model',
            model_version: id,
            created_at: start + index,
            updated_at: start + index + 9000,
            started_at: start + index,
            ended_at: start + index + 9000,
          })),
        )
        .execute()
      await trx
        .insertInto('job_member')
        .values(
          part.flatMap((job_id) =>
            Object.entries(members).map(([role, [party]]) => ({
              job_id,
              role,
              party,
              position: 0,
            })),
          ),
        )
        .execute()
    })
  }
  return ids
}

/** Runs the clients and answers how many requests they completed in all, and in the measured time. */
async function drive(target: {
  port: number
  ids: readonly string[]
  folder: string
}): Promise<{ completed: number; measured: number }> {
  const script = join(target.folder, 'client.mjs')
  await writeFile(script, CLIENT)
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(
    JSON.stringify({
      port: target.port,
      ids: target.ids,
      connections: CONNECTIONS,
      warmUpMs: WARM_UP_MS,
      measuredMs: MEASURED_MS,
    }),
  )
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`The client ended with ${code}`)
  return JSON.parse(output) as { completed: number; measured: number }
}

/**
 * Keep-alive clients on raw sockets: `node:http` on the client's side would cost more than the server. It trusts the
 * Content-Length and checks that every answer tells of the job asked for.
 */
const CLIENT = `
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

const { port, ids, connections, warmUpMs, measuredMs } = JSON.parse(await text(process.stdin))
let asked = 0
let completed = 0
let over = false

function open() {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  let id = ''
  let got = Buffer.alloc(0)
  const ask = () => {
    id = ids[asked++ % ids.length]
    const body = JSON.stringify({ job_id: id })
    socket.write(
      'POST /v1/job/query HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Type: application/json\\r\\n' +
        'Content-Length: ' + body.length + '\\r\\n\\r\\n' + body,
    )
  }
  socket.on('data', (chunk) => {
    got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
    const head = got.indexOf('\\r\\n\\r\\n')
    if (head < 0) return
    const length = /content-length: (\\d+)/i.exec(got.latin1Slice(0, head))
    if (!length) throw new Error('No Content-Length: ' + got.latin1Slice(0, head))
    if (got.length < head + 4 + Number(length[1])) return
    if (!got.includes('"f_job_id":"' + id + '"')) throw new Error('Wrong answer: ' + got)
    got = Buffer.alloc(0)
    completed++
    if (over) socket.destroy()
    else ask()
  })
  socket.on('connect', ask)
  socket.on('error', (error) => { throw error })
}

for (let index = 0; index < connections; index++) open()
await new Promise((resolve) => setTimeout(resolve, warmUpMs))
const before = completed
await new Promise((resolve) => setTimeout(resolve, measuredMs))
process.stdout.write(JSON.stringify({ completed, measured: completed - before }))
over = true
`
