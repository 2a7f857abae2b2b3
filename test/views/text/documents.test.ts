import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Hono } from 'hono'

import { createApp } from '../../../src/app.ts'
import type { Db } from '../../../src/db/type.ts'
import { inWords } from '../../../views/docs/prose.tsx'
import { inLanguage } from '../../../views/text/say.tsx'
import { COMPONENT_TEXTS } from '../../../views/text/zh/components.ts'
import { DOCUMENTS } from '../../../views/text/zh/documents.ts'
import { ZH } from '../../../views/text/zh/index.ts'
import { MESSAGES } from '../../../views/text/zh/messages.ts'
import { LEARNING_REFUSALS } from '../../../views/text/zh/refusals-learning.ts'
import { REFUSALS } from '../../../views/text/zh/refusals.ts'
import { foreignTexts } from '../../console/foreign.ts'
import { freshDatabase } from '../../helpers/database.ts'
import { quietDeps } from '../../helpers/deps.ts'

/** Values that a document gives, not words that it says. */
const VALUES = new Set(['example', 'examples', 'default', 'enum', 'const'])

/** Every description and summary of an OpenAPI document; fields may have these names, too. */
function sentencesOf(value: unknown, areFields = false): string[] {
  if (Array.isArray(value)) return value.flatMap((part) => sentencesOf(part))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) => {
    if (areFields) return sentencesOf(part)
    if (VALUES.has(key)) return []
    if ((key === 'description' || key === 'summary') && typeof part === 'string')
      return part === '' ? [] : [part]
    return sentencesOf(part, key === 'properties')
  })
}

const chinese = (sentence: string) => inLanguage('zh', () => inWords(sentence))

describe('the documents of the APIs', () => {
  let db: Db
  let app: Hono
  let names: string[] = []
  const sentences = new Set<string>()
  /** What the list calls them, most by a name. */
  const titles = new Set<string>()
  before(async () => {
    db = await freshDatabase()
    app = createApp({
      ...quietDeps(db, {
        version: '1',
        auth: 'off',
        bodyLimit: 100_000,
        uploadLimit: 1000,
        flowWaitMs: 0,
      }),
      now: () => Date.now(),
    })
    const index = await (await app.request('/docs')).text()
    for (const [, title] of index.matchAll(/<a href="\/docs\/[a-z]+">([^<]+)<\/a>/g))
      titles.add(title)
    names = [...index.matchAll(/href="\/([a-z]+)\/openapi\.json"/g)].map(([, name]) => name)
    for (const name of names) {
      const document: unknown = await (await app.request(`/${name}/openapi.json`)).json()
      for (const sentence of sentencesOf(document)) sentences.add(sentence)
    }
  })
  after(() => db.destroy())

  it('are Chinese in every sentence on Chinese pages', () => {
    assert.ok(names.includes('fedlearn') && names.includes('weft'), names.join(', '))
    assert.ok(sentences.size > 400, `only ${sentences.size} were found`)
    assert.deepEqual(
      [...sentences].filter((sentence) => !/\p{Script=Han}/u.test(chinese(sentence))),
      [],
    )
  })

  it('have each sentence in one dictionary, and no dictionary has one that none of them says', () => {
    const all = DOCUMENTS.flatMap((words) => Object.keys(words))
    const others = { ...ZH, ...COMPONENT_TEXTS, ...LEARNING_REFUSALS, ...MESSAGES, ...REFUSALS }
    assert.deepEqual(
      all.filter((sentence, at) => all.indexOf(sentence) !== at),
      [],
    )
    assert.deepEqual(
      all.filter((sentence) => Object.hasOwn(others, sentence)),
      [],
    )
    assert.deepEqual(
      all.filter((sentence) => !sentences.has(sentence) && !titles.has(sentence)),
      [],
    )
  })

  it('keep what is code as it is', () => {
    const codeOf = (text: string) =>
      text
        .split('`')
        .filter((_, at) => at % 2 === 1)
        .toSorted()
    for (const sentence of sentences)
      assert.deepEqual(codeOf(chinese(sentence)), codeOf(sentence), sentence)
  })

  it('leave nothing English on their pages but names, types and patterns', async () => {
    for (const name of names) {
      const response = await app.request(`/docs/${name}`, {
        headers: { 'accept-language': 'zh-CN' },
      })
      assert.equal(response.status, 200)
      const html = await response.text()
      assert.ok(!html.includes('保留英文原文'), name)
      // Parts of a path stand between places where it may break.
      const words = html.replaceAll(/<span class="docs-path">.*?<\/span>/g, '')
      assert.deepEqual(foreignTexts(words, [/"npm run [^"]+"/g]), [], name)
    }
  })

  it('are shown as they are written where the page is English', () => {
    for (const sentence of sentences)
      assert.equal(
        inLanguage('en', () => inWords(sentence)),
        sentence,
      )
  })
})
