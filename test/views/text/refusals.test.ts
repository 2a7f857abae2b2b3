import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { COMPONENTS } from '../../../src/component/registry.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { inLanguage, told } from '../../../views/text/say.tsx'
import { COMPONENT_TEXTS } from '../../../views/text/zh/components.ts'
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

/** Every sentence that is thrown with words of its own, each value as a number. */
function refusalsOf(text: string): string[] {
  const found: string[] = []
  const calls =
    /\b(?:invalid|notFound|conflict|forbidden|unavailable)\(\s*|new DomainError\(\s*'\w+',\s*/g
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
    for (const sentence of Object.keys({ ...REFUSALS, ...LEARNING_REFUSALS })) {
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

describe('what the documents of APIs say', () => {
  const texts = (folder: string, word: string, ending = '.ts') =>
    readdirSync(join(ROOT, 'src/api', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .flatMap((name) => [
        ...readFileSync(join(ROOT, 'src/api', folder, name), 'utf8').matchAll(
          new RegExp(String.raw`^ {2,6}${word}:\s+'((?:[^'\\]|\\.)*)'(?:\s*\+\s*'([^']*)')?`, 'gm'),
        ),
      ])
      .map(([, text, more = '']) => text + more)

  it('is Chinese for each API in a sentence, and for what FedLearn does', () => {
    const leads = ['fate', 'fedlearn', 'modelbox', 'openpai', 'runner', 'weft', 'works'].map(
      (folder) => texts(folder, 'description', 'index.ts').slice(0, 1),
    )
    for (const [at, found] of leads.entries()) assert.ok(found.length > 0, String(at))
    const all = [...leads.flat(), ...texts('fedlearn', 'summary')]
    assert.ok(all.length > 20, `only ${all.length} were found`)
    assert.deepEqual(
      all.filter((text) => !/\p{Script=Han}/u.test(chinese(text))),
      [],
    )
  })
})
