/**
 * Searches for parts of names and descriptions, by index and by looking: what a plain filter of all works answers.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'
import { sql } from 'kysely'

import { MIGRATIONS } from '../../migrations/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { listWorks, type WorkFilter } from '../../src/domain/works-list.ts'
import { changeWork, createWork, deleteWork, type Work } from '../../src/domain/works.ts'
import { freshDatabase } from '../helpers/database.ts'

/** Letters with two lengths in lower case, of other planes, and what index and SQL might take for their own. */
const LETTERS = [
  ...'aAbBxX "\'%_*:^(){}-+\\\n\0'.split(''),
  ...'ä Ä ß ẞ İ ς Σ é e\u0301 日 本 語 🐝 👩‍👩‍👧 AND NEAR('.split(' '),
]
const words = (longest: number) =>
  fc.array(fc.constantFrom(...LETTERS), { maxLength: longest }).map((letters) => letters.join(''))

const QUERY = { skip: 0, limit: 1000, order: 'name', descending: false } as const

function plainly(works: readonly Work[], { name, description, text }: WorkFilter): string[] {
  const has = (whole: string, part: string) => {
    // A zero is kept as what stands for letters that cannot be.
    const fold = (each: string) => each.toLowerCase().replaceAll('\0', '\u{fffd}')
    return fold(whole).includes(fold(part))
  }
  return works
    .filter(
      (work) =>
        work.deletedAt === null &&
        (name === undefined || has(work.name, name)) &&
        (description === undefined || has(work.description, description)) &&
        (text === undefined || has(work.name, text) || has(work.description, text)),
    )
    .map(({ id }) => id)
    .toSorted()
}

async function enter(db: Db, texts: { name: string; description: string }): Promise<Work> {
  return createWork(db, {
    ...texts,
    userId: 'u',
    type: 'BATCH',
    category: 'FLINK_SQL',
    state: 'created',
    frequency: null,
    settings: {},
    script: 'SELECT 1',
    workDirectory: null,
    mainClassName: null,
    extraParams: null,
    javaVersion: null,
    createdAt: 1,
    updatedAt: 1,
    deletedAt: null,
  })
}

async function found(db: Db, filter: WorkFilter): Promise<string[]> {
  const { works, total } = await listWorks(db, { ...QUERY, ...filter, search: true })
  assert.equal(total, works.length)
  return works.map(({ id }) => id).toSorted()
}

describe('a search of works', () => {
  it('finds what a plain filter finds, whatever the texts, after changes and removals', async () => {
    const db = await freshDatabase()
    const texts = fc.record({ name: words(10), description: words(30) })
    const step = fc.oneof(
      { weight: 4, arbitrary: texts.map((to) => ({ does: 'enter' as const, to, at: 0 })) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(texts, fc.nat())
          .map(([to, at]) => ({ does: 'change' as const, to, at })),
      },
      fc.nat().map((at) => ({ does: 'remove' as const, to: null, at })),
    )
    /** A part of what is there as often as anything. */
    const filter = (works: readonly Work[]) => {
      const part = fc.oneof(
        words(6),
        fc.tuple(fc.nat(), fc.nat(40), fc.nat(8)).map(([at, from, length]) => {
          const work = works[at % Math.max(works.length, 1)]
          return `${work?.name}${work?.description}`.slice(from, from + length).toWellFormed()
        }),
      )
      return fc.record({ name: part, description: part, text: part }, { requiredKeys: [] })
    }
    let sought = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 25 }),
        fc.gen(),
        async (steps, gen) => {
          await db.deleteFrom('work_version').execute()
          await db.deleteFrom('work').execute()
          const works: Work[] = []
          for (const { does, to, at } of steps) {
            if (does === 'enter') works.push({ ...(await enter(db, to)), ...to })
            const alive = works.filter(({ deletedAt }) => deletedAt === null)
            const work = alive[at % Math.max(alive.length, 1)]
            if (!work || does === 'enter') continue
            const place = works.indexOf(work)
            if (does === 'remove') {
              await deleteWork(db, { id: work.id, at: 2 })
              works[place] = { ...work, deletedAt: 2 }
            } else {
              await changeWork(db, { id: work.id, change: to, at: 2 })
              works[place] = { ...work, ...to }
            }
          }
          for (let round = 0; round < 8; round += 1) {
            const wanted = gen(filter, works)
            const answer = plainly(works, wanted)
            sought += answer.length
            assert.deepEqual(await found(db, wanted), answer, JSON.stringify(wanted))
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    )
    // Some 220 as a rule: answers that are always empty would agree, too.
    assert.ok(sought > 60, `${sought} works were found`)
    await db.destroy()
  })

  it('takes no part for a question to the index', async () => {
    const db = await freshDatabase()
    const { id } = await enter(db, { name: 'sums OR "totals" 100%', description: 'of_a day*' })
    for (const text of ['OR "totals"', '100%', 'of_a', 'day*', '"totals" 1'])
      assert.deepEqual(await found(db, { text }), [id], text)
    for (const text of [
      'sums OR day',
      '"',
      'name:sums',
      '{name}',
      '%%%',
      'o_a',
      'day *',
      'sums"',
      'NEAR(a b)',
      "' OR 1=1 --",
    ])
      assert.deepEqual(await found(db, { text }), text === '"' ? [id] : [], text)
    await db.destroy()
  })

  it('of more works than are looked up each gives pages and counts like a filter', async () => {
    const db = await freshDatabase()
    const all: Work[] = []
    await db.transaction().execute(async (trx) => {
      for (let index = 0; index < 2100; index += 1) {
        const name = `Work ${index} ${index % 3 ? 'Umlaut Ä' : ''}`
        all.push(await enter(trx, { name, description: '' }))
      }
    })
    for (const text of ['work', 'ORK ', 'laut ä', 'ä', '99', 'zz', '日本'])
      for (const skip of [0, 5, 1390, 2090]) {
        const { works, total } = await listWorks(db, { ...QUERY, text, skip, limit: 10 })
        const wanted = new Set(plainly(all, { text }))
        assert.equal(total, wanted.size)
        const page = all
          .filter(({ id }) => wanted.has(id))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .slice(skip, skip + 10)
        assert.deepEqual(
          works.map(({ id }) => id),
          page.map(({ id }) => id),
          `${text} ${skip}`,
        )
      }
    await db.destroy()
  })

  it('finds works that were there before the index, and not those that were deleted', async () => {
    const db = openDatabase({ url: ':memory:' })
    const later = Object.entries(MIGRATIONS).filter(([name]) => name >= '0030_work-text')
    assert.ok(later.length > 0)
    for (const [name] of later) delete MIGRATIONS[name]
    try {
      await migrate(db)
    } finally {
      Object.assign(MIGRATIONS, Object.fromEntries(later))
    }
    const old = await enter(db, { name: 'Alt und ÄLTER', description: '' })
    const gone = await enter(db, { name: 'Alt und fort', description: '' })
    await deleteWork(db, { id: gone.id, at: 2 })
    await migrate(db)
    assert.deepEqual(await found(db, { text: 'alt und' }), [old.id])
    assert.deepEqual(await found(db, { name: 'und älter' }), [old.id])
    await changeWork(db, { id: old.id, change: { name: 'Neu' }, at: 3 })
    assert.deepEqual(await found(db, { text: 'alt und' }), [])
    assert.deepEqual(await found(db, { text: 'neu' }), [old.id])
    await sql`delete from work_version where work_id = ${old.id}`.execute(db)
    await db.deleteFrom('work').where('id', '=', old.id).execute()
    const left = await sql`select rowid from work_gram where work_gram match '"neu"'`.execute(db)
    assert.deepEqual(left.rows, [])
    await db.destroy()
  })
})
