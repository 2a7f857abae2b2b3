/**
 * `npm run demo`: two organisations train a model together, from REST request to result, on this machine.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { EXAMPLE_TABLES, exampleJob } from '../console/example.ts'
import { pause } from '../domain/pause.ts'
import { PUBLIC_DIR } from './place.ts'
import { runMain } from './process.ts'

const START = fileURLToPath(new URL('./start.ts', import.meta.url))
const POLL_MS = 250
const DEADLINE_MS = 180_000

interface Answer {
  readonly retcode: number
  readonly retmsg: string
  readonly jobId: string | null
  readonly data: unknown
}

runMain(async () => {
  const began = performance.now()
  const dataDir = await mkdtemp(join(tmpdir(), 'weft-demo-'))
  console.log('Starting the server and a runner beside it …')
  const server = await startServer(dataDir)
  try {
    const client = createClient(server.url)
    for (const table of EXAMPLE_TABLES) {
      await uploadTable(client, table)
    }
    const { jobId } = await client.post('/v1/job/submit', {
      job_dsl: exampleJob().dsl,
      job_runtime_conf: exampleJob().conf,
    })
    if (jobId === null) throw new Error('The server gave no job id')
    console.log(`Submitted job ${jobId}: guest 9999 and host 10000 train a logistic regression`)
    await follow(client, jobId)
    await printResult(client, jobId)
    console.log(`  time            ${((performance.now() - began) / 1000).toFixed(1)} s`)
    console.log(`\nLook at it:  WEFT_DATA_DIR=${dataDir} npm start`)
    console.log(`then open    http://127.0.0.1:9380/jobs/${jobId}`)
  } finally {
    await server.stop()
  }
})

async function startServer(dataDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [...process.execArgv, START], {
    env: { ...process.env, WEFT_PORT: '0', WEFT_DATA_DIR: dataDir, WEFT_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const url = await new Promise<string>((found, fail) => {
    lines.on('line', (line) => {
      const match = /listening on (http:\S+)/.exec(line)
      if (match) found(match[1])
    })
    child.once('exit', (code) =>
      fail(new Error(`The server ended with ${code} before it was ready`)),
    )
  })
  return {
    url,
    async stop() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

interface Client {
  post(path: string, body: object): Promise<Answer>
  send(path: string, body: FormData): Promise<Answer>
}

function createClient(url: string): Client {
  const read = async (response: Response): Promise<Answer> => {
    const answer = (await response.json()) as Answer
    if (answer.retcode !== 0) throw new Error(`${new URL(response.url).pathname}: ${answer.retmsg}`)
    return answer
  }
  return {
    async post(path, body) {
      const headers = { 'content-type': 'application/json' }
      return read(await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) }))
    },
    async send(path, body) {
      return read(await fetch(url + path, { method: 'POST', body }))
    },
  }
}

async function uploadTable(client: Client, table: (typeof EXAMPLE_TABLES)[number]): Promise<void> {
  const form = new FormData()
  const csv = await readFile(join(PUBLIC_DIR, table.path))
  form.set('file', new Blob([csv], { type: 'text/csv' }), `${table.name}.csv`)
  const fields = {
    work_mode: '0',
    head: '1',
    partition: '1',
    namespace: table.namespace,
    table_name: table.name,
    local: JSON.stringify({ role: table.role, party_id: Number(table.party) }),
  }
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  await client.send('/v1/data/upload', form)
  const rows = await until(async () => {
    const { data } = await client.post('/v1/table/table_info', {
      namespace: table.namespace,
      table_name: table.name,
    })
    return (data as { count: number }).count
  })
  console.log(`Uploaded ${table.name}: ${rows} rows of ${table.role} ${table.party}`)
}

async function follow(client: Client, jobId: string): Promise<void> {
  const shown = process.stdout.isTTY
  let last = ''
  await until(async () => {
    const { data } = await client.post('/v1/job/query', { job_id: jobId })
    const [row] = data as { f_status: string; f_progress: number }[]
    const done = Math.round(row.f_progress / 5)
    const line = `  [${'█'.repeat(done)}${'·'.repeat(20 - done)}] ${row.f_progress} % ${row.f_status}`
    if (line !== last) process.stdout.write(shown ? `\r${line.padEnd(50)}` : `${line}\n`)
    last = line
    if (row.f_status === 'failed') {
      throw new Error(`Job ${jobId} failed: see the reason with npm start and /jobs/${jobId}`)
    }
    return row.f_status === 'success'
  })
  if (shown) process.stdout.write('\n')
}

async function printResult(client: Client, jobId: string): Promise<void> {
  const metric = async (component: string, namespace: string, name: string) => {
    const { data } = await client.post('/v1/tracking/component/metric_data', {
      job_id: jobId,
      role: 'guest',
      party_id: 9999,
      component_name: component,
      metric_name: name,
      metric_namespace: namespace,
    })
    return new Map(data as [string, number][])
  }
  const common = await metric('intersection_0', 'train', 'intersection')
  const scores = await metric('evaluation_0', 'train', 'hetero_lr_0')
  console.log('\nThe job succeeded')
  console.log(`  intersect count ${common.get('intersect_count')}`)
  console.log(`  train AUC       ${scores.get('auc')}`)
  console.log(`  train KS        ${scores.get('ks')}`)
}

/** Asks until the answer is truthy. */
async function until<T>(ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + DEADLINE_MS
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`Nothing came within ${DEADLINE_MS / 1000} s`)
    await pause(POLL_MS)
  }
}
