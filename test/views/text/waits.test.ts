import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import type { Needs } from '../../../src/db/table/job.ts'
import { noUnits, type Room } from '../../../src/domain/fit.ts'
import { noRunner, onlyDrained } from '../../../src/domain/runner.ts'
import { whyNot } from '../../../src/domain/shortage.ts'
import { NO_SPOOL_READER } from '../../../src/domain/spool.ts'
import { inLanguage, told } from '../../../views/text/say.tsx'
import { ROOT } from '../../helpers/place.ts'

/** Two English words in a row. */
const ENGLISH = /[a-z]+ [a-z]{2,}/i

const chinese = (sentence: string) => inLanguage('zh', () => told(sentence))
const isWhole = (sentence: string) => {
  const words = chinese(sentence)
  return /\p{Script=Han}/u.test(words) && !ENGLISH.test(words.replace('npm run runner', ''))
}

const room = fc
  .record({
    parties: fc.constantFrom<string[] | null>(null, ['p']),
    host: fc.constantFrom('x', 'y'),
    labels: fc.constantFrom<Readonly<Record<string, string>>>({}, { zone: 'a', disk: 'big' }),
    engines: fc.constantFrom<string[]>([], ['slurm', 'host']),
    units: fc.constantFrom<string[]>([], ['resize@cpu']),
    slots: fc.integer({ min: 1, max: 3 }),
    cores: fc.constantFrom(0, 1, 4),
    memoryMb: fc.constantFrom(0, 1024),
    gpus: fc.constantFrom<string[]>([], ['0'], ['0', '1']),
    drained: fc.boolean(),
    busy: fc.boolean(),
  })
  .map(({ drained, busy, ...one }) => ({
    drained,
    busy,
    ...one,
    fetches: true,
    idle: !busy,
    ports: { first: 100, last: 100, used: new Set<number>() },
    apart: new Set<string>(),
  }))
const needs: fc.Arbitrary<Needs | null> = fc.option(
  fc.record(
    {
      cores: fc.constantFrom(0.5, 1, 4),
      memoryMb: fc.constantFrom(512, 2048),
      gpus: fc.integer({ min: 0, max: 3 }),
      ports: fc.integer({ min: 0, max: 2 }),
      labels: fc.constantFrom<Readonly<Record<string, string>>>(
        { zone: 'a' },
        { zone: 'b', disk: 'big', rack: 'c' },
      ),
      engine: fc.constantFrom('slurm', 'container'),
      units: fc.constantFrom<string[]>(['resize@cpu'], ['resize@cpu', 'crop@cuda']),
    },
    { requiredKeys: [] },
  ),
)

describe('why a task waits', () => {
  it('is Chinese to the last word, whatever is short', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(
        fc.array(room, { maxLength: 4 }),
        fc.array(fc.record({ role: fc.constantFrom(null, 'guest'), needs }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.record({
          party: fc.constantFrom(null, 'p', 'q'),
          ahead: fc.integer({ min: 0, max: 2 }),
        }),
        (hosts, members, { party, ahead }) => {
          const rooms = hosts.map((host, at): [string, Room] => [
            `r${at}`,
            { ...host, runnerId: `r${at}`, name: `r${at}`, site: 's' },
          ])
          const taking = rooms.filter((_, at) => !hosts[at].drained)
          const hall = {
            whole: new Map(taking),
            rooms: new Map(
              taking.map(([id, one]) => [
                id,
                one.idle ? one : { ...one, cores: 0, gpus: [], memoryMb: 0, slots: 0 },
              ]),
            ),
            drained: new Map(rooms.filter((_, at) => hosts[at].drained)),
          }
          const group = members.map((member, at) => ({
            ...member,
            id: `t${at}`,
            party,
            site: null,
            source: null,
          }))
          const sentence = whyNot(group[0], { group, hall, ahead })
          seen.add(sentence.replaceAll(/\d+/g, ''))
          assert.ok(isWhole(sentence), `${sentence} → ${chinese(sentence)}`)
        },
      ),
      { numRuns: 3000 },
    )
    assert.ok(seen.size > 40, `only ${seen.size} kinds of sentences`)
  })

  it('is so where no runner can take it, and where what it works on is elsewhere', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const all = [
      noRunner(null, null),
      noRunner(null, '9'),
      noRunner('guest', '9'),
      ...[1, 2, 5].map((count) => onlyDrained(names.slice(0, count))),
      ...[['x'], ['x', 'y']].map((units) => noUnits({ units }, [{ units: [] }]) ?? ''),
      NO_SPOOL_READER,
      'Next in line: 5 jobs run at once',
      'Waits for a_0 and b_0 and c_0',
      'Needs 1 GPU; 0 of 2 runners have one free; 3 tasks ahead of it (train_0 waited 30 s)',
    ]
    assert.deepEqual(
      all.filter((sentence) => !isWhole(sentence)),
      [],
    )
    assert.equal(
      chinese(
        'Needs 2 GPUs, 4 cores and 100 MB of memory; 0 of 3 runners have all of that free; 1 task ahead of it',
      ),
      '需要 2 个 GPU、4 核、100 MB 内存；3 个运行器都没有足够的空闲；前面还有 1 个任务',
    )
  })
})

describe('what happens to jobs', () => {
  it('is Chinese to the last word, with every reason that the domain itself gives', () => {
    const folder = join(ROOT, 'src/domain')
    const told = readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !ELSEWHERE.includes(name))
      .flatMap((name) => [
        ...readFileSync(join(folder, name), 'utf8').matchAll(
          /\b(?:reason|message)(?::| =)\s+(?:[\w ]+ \?\? )?(?:'([^']*)'|`((?:[^`\\$]|\$\{(?:[^{}]|\{[^{}]*\})*\})*)`)/g,
        ),
      ])
      .map(([, plain, made]) => sentenceOf(plain ?? made))
      .filter((sentence) => / [a-z]{2,}/.test(sentence))
    assert.ok(told.length > 20, `only ${told.length} were found`)
    assert.deepEqual(
      [...new Set(told)].filter((sentence) => !isWhole(sentence)),
      [],
    )
  })
})

/** What is told to runners, and the owners of imported models. */
const ELSEWHERE = ['briefing.ts', 'model-import.ts']

/** A template as a sentence: of two words the first, what only follows left out, every other value a number. */
function sentenceOf(template: string): string {
  let value = 700
  return template
    .replaceAll(/\$\{[^{}?]+ \? '([^']*)' : '[^']*'\}/g, '$1')
    .replaceAll(/(?<=[a-z])\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '')
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, () => String(value++))
}
