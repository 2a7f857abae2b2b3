import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { COMPONENTS } from '../../../src/component/registry.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { inLanguage, told } from '../../../views/text/say.tsx'
import { COMPONENT_TEXTS } from '../../../views/text/zh/components.ts'
import { FAULTS } from '../../../views/text/zh/faults.ts'
import { OPTION_TEXTS } from '../../../views/text/zh/options.ts'
import { LEARNING_REFUSALS } from '../../../views/text/zh/refusals-learning.ts'
import { REFUSALS } from '../../../views/text/zh/refusals.ts'
import { ROOT } from '../../helpers/place.ts'

/** What the console's routes can throw, or be told by the surfaces that its forms ask. */
const ROOMS = [
  'src/console',
  'src/domain',
  'src/api/fedlearn',
  'src/api/works',
  'src/api/fate/submit.ts',
  'src/api/fate/job-tables.ts',
  'src/api/fate/place.ts',
]

/** What is said to runners and to those who move models between servers, never on a page. */
const MACHINES = [
  'briefing.ts',
  'clean.ts',
  'fact.ts',
  'handle.ts',
  'mailbox.ts',
  'model-import.ts',
  // The codes of invitations are used by runners.
  'invite.ts',
]

const LITERAL =
  /\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{(?:[^{}]|\{[^{}]*\})*\})*`)\s*(\+)?/y

/** What runners say of files, data sets and models: why a task of theirs has failed. */
const RUNNERS = [
  'answer.ts',
  'component.ts',
  'data/csv.ts',
  'data/export-path.ts',
  'data/ids-file.ts',
  'data/import-path.ts',
  'upload.ts',
]

const REFUSING =
  /\b(?:invalid|notFound|conflict|forbidden|unavailable)\(\s*|new DomainError\(\s*'\w+',\s*/g
const FAILING = /new Error\(\s*(?:[\w |!]+\?\s*|line === undefined \? what : )?/g

/** Every sentence that is thrown with words of its own, each value as a number, of two words the first. */
function refusalsOf(text: string, calls = REFUSING): string[] {
  const found: string[] = []
  for (const call of text.matchAll(calls)) {
    LITERAL.lastIndex = call.index + call[0].length
    let sentence = ''
    for (;;) {
      const part = LITERAL.exec(text)
      if (!part) break
      sentence += part[1].slice(1, -1)
      if (part[2] === undefined) {
        found.push(sentence)
        break
      }
    }
  }
  let value = 700
  return found.map((sentence) =>
    sentence
      .replaceAll(/\$\{[^{}?]+ \? '([^']*)' : '[^']*'\}/g, '$1')
      .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, () => String(value++))
      .replaceAll(String.raw`\'`, "'"),
  )
}

const files = ROOMS.flatMap((room) =>
  room.endsWith('.ts')
    ? [room]
    : readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.tsx?$/.test(name) && !MACHINES.includes(name))
        .map((name) => join(room, name)),
)
const chinese = (sentence: string) => inLanguage('zh', () => told(sentence))

describe('what a page refuses', () => {
  it('is Chinese on Chinese pages, wherever it was thrown', () => {
    const all = files.flatMap((file) => refusalsOf(readFileSync(join(ROOT, file), 'utf8')))
    assert.ok(all.length > 150, `only ${all.length} were found`)
    assert.deepEqual(
      all.filter((sentence) => !/\p{Script=Han}/u.test(chinese(sentence))),
      [],
    )
  })

  it('keeps every value that it names', () => {
    for (const sentence of Object.keys({ ...REFUSALS, ...LEARNING_REFUSALS, ...FAULTS })) {
      const places = [...new Set([...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))]
      const filled = places.reduce(
        (text, name, at) => text.replaceAll(`{${name}}`, `value${at}`),
        sentence,
      )
      const words = chinese(filled)
      for (const at of places.keys()) {
        assert.ok(words.includes(`value${at}`) || places[at] === 'same', `${sentence} → ${words}`)
      }
    }
  })

  it('says the state of a job in Chinese, too', () => {
    assert.equal(
      chinese('Training x has no model: it is running'),
      '训练 x 没有模型：其状态为 运行中',
    )
  })
})

describe('why a task has failed', () => {
  it('is Chinese on Chinese pages, where a file, a data set or a model is at fault', () => {
    const all = RUNNERS.flatMap((file) =>
      refusalsOf(readFileSync(join(ROOT, 'src/runner', file), 'utf8'), FAILING),
    )
    assert.ok(all.length > 25, `only ${all.length} were found`)
    assert.deepEqual(
      all.filter((sentence) => !/\p{Script=Han}/u.test(chinese(sentence))),
      [],
    )
  })

  it('is told whole: who failed, where, and of what', () => {
    assert.equal(
      chinese(
        'host b failed in rows: Line 3: expected 2 fields, found 1: every line has as many fields as the first',
      ),
      'host b 在 rows 中失败：第 3 行：应有 2 个字段，实际为 1 个：每行的字段数须与首行相同',
    )
  })
})

describe('what components and units say of themselves', () => {
  it('is Chinese on Chinese pages', () => {
    const all = [
      ...[...COMPONENTS.values()].map(({ summary }) => summary),
      ...UNITS.flatMap(({ descriptor }) => [descriptor.description, descriptor.group]),
    ]
    assert.deepEqual(
      all.filter((text) => !/\p{Script=Han}/u.test(chinese(text))),
      [],
    )
    const used = new Set(all)
    const idle = Object.keys(COMPONENT_TEXTS).filter(
      (text) => !used.has(text) && !text.includes('{'),
    )
    assert.deepEqual(idle, [])
  })
})

describe('what the options of units say of themselves', () => {
  it('is Chinese on Chinese pages', () => {
    const all = UNITS.flatMap(({ descriptor }) =>
      descriptor.options.map(({ description }) => description),
    )
    assert.deepEqual(
      all.filter((text) => !/\p{Script=Han}/u.test(chinese(text))),
      [],
    )
    const idle = Object.keys(OPTION_TEXTS).filter((text) => !all.includes(text))
    assert.deepEqual(idle, [])
  })
})
