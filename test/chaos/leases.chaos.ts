/**
 * Leases under chaos: runners and the app die at random, a clock is wrong, the database is locked, a disk is full.
 * No task is lost, none ends twice, every job ends.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { freePort, freshFolder, removeFolders, until } from '../process/cluster.ts'
import { type Actor, appActor, lockDatabase, runnerActor } from './cast.ts'
import { readJournals } from './fixtures/journal.ts'
import type { ChaosRunner } from './fixtures/runner.ts'
import { type JobKind, submitChaos, type Submitted } from './jobs.ts'
import { verify } from './verify.ts'

const SECONDS = Number(process.env['WEFT_CHAOS_SECONDS'] ?? 75)
const KILLS = Number(process.env['WEFT_CHAOS_KILLS'] ?? 40)
const SEED = Number(process.env['WEFT_CHAOS_SEED'] ?? 1)
const LEASE_MS = 3000
/** Runners that work through the gateway get the lease that the server gives. */
const GATEWAY_LEASE_MS = 15_000
const SWEEP_MS = 2000
const SLACK_MS = 2500
const OPEN_JOBS = 8
const DISK_BYTES = 256 * 1024

describe('leases under chaos', () => {
  const undo: (() => Promise<void> | void)[] = []
  after(async () => {
    for (const one of undo.toReversed()) await one()
  })

  it('no task is lost and none ends twice', { timeout: (SECONDS + 300) * 1000 }, async () => {
    const folder = await freshFolder('chaos')
    undo.push(() => removeFolders([folder]))
    const path = join(folder, 'weft.db')
    const db = openDatabase({ url: `file:${path}`, busyMs: 30_000 })
    undo.push(() => db.destroy())
    await migrate(db)
    const journalDir = join(folder, 'journal')
    mkdirSync(journalDir)
    const small = join(folder, 'full')
    const disk = smallDisk(small)
    undo.push(disk.remove)
    const port = await freePort()
    const deaths = new Map<string, { at: number; leaseMs: number }>()
    const common = {
      parties: null,
      database: `file:${path}`,
      server: null,
      journalDir,
      leaseMs: LEASE_MS,
      clockOffMs: 0,
      diskBytes: null,
    }
    const runner = (name: string, own: Partial<ChaosRunner> = {}): Actor => {
      const options = { ...common, name, dataDir: join(folder, name), ...own }
      return runnerActor(options, (id, at) => deaths.set(id, { at, leaseMs: options.leaseMs }))
    }
    const app = appActor({ database: `file:${path}`, dataDir: folder, port })
    const actors = [
      app,
      runner('plain'),
      runner('late', { clockOffMs: -7 * 60_000 }),
      runner('early', { clockOffMs: 5 * 60_000, parties: ['north'] }),
      runner('gateway', { server: `http://127.0.0.1:${port}`, leaseMs: GATEWAY_LEASE_MS }),
      runner('full', { dataDir: small, parties: ['full'], diskBytes: disk.limit }),
    ]
    undo.push(async () => {
      for (const actor of actors) await actor.kill()
    })
    for (const actor of actors) await actor.rise()

    const random = mulberry(SEED)
    const submitted: Submitted[] = []
    const locks: { from: number; to: number }[] = []
    const kills = new Map<string, number>()
    const began = Date.now()
    const total = () => [...kills.values()].reduce((sum, count) => sum + count, 0)
    const goesOn = () => Date.now() < began + SECONDS * 1000 || total() < KILLS
    const feeding = feed(db, { submitted, random, goesOn })
    const locking = lockNowAndThen(path, { locks, random, goesOn })
    while (goesOn()) {
      await pause(100 + random() * 700)
      const victim = actors[Math.floor(random() * actors.length)]
      if (!victim.alive) continue
      await victim.kill()
      kills.set(victim.name, (kills.get(victim.name) ?? 0) + 1)
      void pause(random() * 400).then(() => victim.rise())
    }
    await Promise.all([feeding, locking])
    await until('every process', async () => actors.every((actor) => actor.alive), 60)
    const full = disk.used()
    const left = async (): Promise<boolean> => (await openJobs(db)) === 0
    await until('the end of every job', left, 180)
    disk.empty()
    submitted.push(await submitChaos(db, 'full', random))
    await until('the end of the last job', left, 60)
    for (const actor of actors) await actor.kill()

    const seconds = (Date.now() - began) / 1000
    const journal = readJournals(journalDir)
    const verdict = await verify(db, {
      submitted,
      journal,
      deaths,
      locks,
      sweepMs: SWEEP_MS,
      slackMs: SLACK_MS,
    })
    const { lost, double, open, mixed, late, ...figures } = verdict
    const failedOnDisk = await db
      .selectFrom('job')
      .select(['id', 'reason'])
      .where('state', '=', 'failed')
      .execute()
    console.log(
      JSON.stringify(
        {
          seed: SEED,
          seconds: Math.round(seconds),
          jobs: submitted.length,
          ...figures,
          kills: { total: total(), ...Object.fromEntries(kills) },
          locks: {
            times: locks.length,
            ms: locks.reduce((sum, { from, to }) => sum + to - from, 0),
          },
          disk: { full, failedJobs: failedOnDisk.length, reason: failedOnDisk[0]?.reason ?? null },
          lost: lost.length,
          double: double.length,
          open: open.length,
          mixed: mixed.length,
          late: late.length,
        },
        null,
        2,
      ),
    )
    assert.deepEqual({ lost, double, open, mixed, late }, NOTHING)
    assert.ok(verdict.takeUps > 0, 'no lease was ever taken up again: the chaos was too tame')
    assert.ok(failedOnDisk.length > 0, 'the full disk failed no job')
    const recovered = await db
      .selectFrom('job')
      .select('state')
      .where('id', '=', submitted[submitted.length - 1].id)
      .executeTakeFirstOrThrow()
    assert.equal(recovered.state, 'succeeded', 'work goes on once the disk has room again')
  })
})

const NOTHING = { lost: [], double: [], open: [], mixed: [], late: [] }
const MIX: readonly JobKind[] = ['short', 'short', 'short', 'long', 'pair', 'pair', 'full']

/** Keeps a few jobs open as long as it goes on. */
async function feed(
  db: Db,
  work: { submitted: Submitted[]; random: () => number; goesOn(): boolean },
): Promise<void> {
  while (work.goesOn()) {
    if ((await openJobs(db)) < OPEN_JOBS) {
      const kind = MIX[Math.floor(work.random() * MIX.length)]
      work.submitted.push(await submitChaos(db, kind, work.random))
    } else {
      await pause(50)
    }
  }
}

async function lockNowAndThen(
  path: string,
  chaos: { locks: { from: number; to: number }[]; random: () => number; goesOn(): boolean },
): Promise<void> {
  while (chaos.goesOn()) {
    await pause(8000 + chaos.random() * 8000)
    if (chaos.goesOn()) chaos.locks.push(await lockDatabase(path, 500 + chaos.random() * 5500))
  }
}

async function openJobs(db: Db): Promise<number> {
  const { open } = await db
    .selectFrom('job')
    .select((expression) => expression.fn.countAll<number>().as('open'))
    .where('state', 'in', ['waiting', 'running'])
    .executeTakeFirstOrThrow()
  return open
}

interface SmallDisk {
  /** Null where the file system itself is small. */
  readonly limit: number | null
  used(): string
  empty(): void
  remove(): void
}

/** A file system with room for a few results. Only root can make one; others have a runner that counts bytes. */
function smallDisk(folder: string): SmallDisk {
  mkdirSync(folder)
  const empty = (): void => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  }
  try {
    const args = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]
    execFileSync('mount', args, { stdio: 'ignore' })
  } catch {
    return { limit: DISK_BYTES, used: () => 'counted', empty, remove: () => {} }
  }
  return {
    limit: null,
    used() {
      const { bavail, blocks } = statfsSync(folder)
      return `${blocks - bavail} of ${blocks} blocks`
    },
    empty,
    remove: () => void execFileSync('umount', ['-l', folder]),
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Random numbers from a seed (Mulberry32), for a run that can be repeated as far as processes allow it. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
