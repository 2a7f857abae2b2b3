/**
 * Works: list and search of 100,000 of them, whole requests to the surface without a network, after each other; and 500
 * schedules that are due at once.
 * @module
 */
import { sql } from 'kysely'

import type { Bench } from '../../src/cli/bench.ts'
import { beatRunner } from '../../src/domain/runner.ts'
import { tickWorks } from '../../src/domain/works-tick.ts'
import { startRunner, testApp } from '../helpers/app.ts'

const WORKS = 100_000
const CALLS = Number(process.env['WEFT_BENCH_CALLS'] ?? 200)
const DUE = 500
const ROUNDS = 5

const QUERIES = [
  '?limit=10&offset=1',
  '?limit=10&offset=9000',
  '?limit=10&user_id=user7&status=1,7',
  '/search?limit=10&name=WORK-123',
  '/search?limit=10&q=nowhere',
  '/search?limit=10&q=work',
  '/search?limit=10&q=no',
  '/search?limit=10&q=da&order_by=updated_at',
]

export const list: Bench = {
  name: 'works-list',
  async *run() {
    const test = await testApp()
    await sql`
      with recursive n(i) as (select 0 union all select i + 1 from n where i < ${WORKS - 1})
      insert into work (id, lambda_id, user_id, name, description, name_folded, description_folded, type, category, state,
        version, settings, created_at, updated_at)
      select 'w' || i, 'l' || i, 'user' || (i % 20), 'Work-' || i, 'Sums of day ' || i, 'work-' || i, 'sums of day ' || i,
        'BATCH', 'FLINK_SQL', iif(i % 9 = 0, 'failed', 'created'), 1, '{}', i, i from n`.execute(
      test.db,
    )
    await sql`
      insert into work_version (work_id, version, content, created_at)
      select id, 1, '{"script":"SELECT 1","workDirectory":null,"mainClassName":null,"extraParams":null,"javaVersion":null}', 1
      from work`.execute(test.db)
    for (const query of QUERIES) {
      const times: number[] = []
      const cpu = process.cpuUsage()
      for (let call = 0; call < CALLS; call += 1) {
        const start = performance.now()
        const response = await test.app.request(`/api/v1/works${query}`)
        await response.arrayBuffer()
        if (!response.ok) throw new Error(`${query} answered ${response.status}`)
        times.push(performance.now() - start)
      }
      const sorted = times.toSorted((a, b) => a - b)
      const at = (share: number) => sorted[Math.floor((CALLS - 1) * share)] ?? 0
      const params = { works: WORKS, query }
      yield { params: { ...params, figure: 'p50' }, value: at(0.5), unit: 'ms' }
      yield { params: { ...params, figure: 'p99' }, value: at(0.99), unit: 'ms' }
      const used = process.cpuUsage(cpu)
      const value = (used.user + used.system) / 1000 / CALLS
      yield { params: { ...params, figure: 'cpu of a call' }, value, unit: 'ms' }
    }
    await test.close()
  },
}

export const fire: Bench = {
  name: 'works-fire',
  async *run() {
    const test = await testApp()
    const runner = await startRunner(test.db, { engines: ['duckdb'] })
    for (let index = 0; index < DUE; index += 1) {
      const made = await test.post<{ data: { work_id: string } }>('/api/v1/works', {
        user_id: 'bench',
        name: `due ${index}`,
        description: '',
        type: 'BATCH',
        category: 'FLINK_SQL',
        run_frequency: 'hourly',
        script: 'SELECT 1',
      })
      await test.post(`/api/v1/works/${made.data.work_id}/resume`)
    }
    const times = { wall: [] as number[], cpu: [] as number[] }
    for (let round = 1; round <= ROUNDS; round += 1) {
      await beatRunner(test.db, { id: runner.id, state: 'active' })
      const start = performance.now()
      const cpu = process.cpuUsage()
      const fired = await tickWorks(test.db, Date.now() + round * 3_600_000)
      times.wall.push(performance.now() - start)
      const { user, system } = process.cpuUsage(cpu)
      times.cpu.push((user + system) / 1000)
      if (fired !== DUE) throw new Error(`${fired} of ${DUE} were fired`)
      // The next round finds every work free.
      for (let tasks = await runner.claim(); tasks.length > 0; tasks = await runner.claim())
        for (const task of tasks) await runner.settle(task)
    }
    for (const [figure, values] of Object.entries(times)) {
      const sorted = values.toSorted((a, b) => a - b)
      const at = (share: number) => sorted[Math.round((ROUNDS - 1) * share)] ?? 0
      yield { params: { due: DUE, figure: `${figure} p50` }, value: at(0.5), unit: 'ms' }
      yield { params: { due: DUE, figure: `${figure} p99` }, value: at(0.99), unit: 'ms' }
    }
    await test.close()
  },
}
