/**
 * Every relative link and picture of every document leads to something.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import { ROOT } from './helpers/place.ts'

const FOLDERS = ['migrations', 'public', 'src', 'test', 'views']

describe('documents', () => {
  for (const path of documents()) {
    it(`${path} links to what is there`, () => {
      const dead = linksOf(proseOf(path)).filter((link) => !leads(path, link))
      assert.deepEqual(dead, [])
    })
  }

  it('would be found to have a dead link', () => {
    assert.equal(leads('README.md', 'src/README.md'), true)
    assert.equal(leads('README.md', 'src/README.md#which-room'), true)
    assert.equal(leads('src/README.md', '#which-room'), true)
    assert.equal(leads('src/README.md', '#no-such-room'), false)
    assert.equal(leads('README.md', 'src/NOTHING.md'), false)
    assert.deepEqual(linksOf('[a](b.md) ![c](d.png) [e](https://x.example)'), ['b.md', 'd.png'])
  })
})

function documents(): string[] {
  const below = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  )
  return [...readdirSync(ROOT).filter((name) => name.endsWith('.md')), ...below]
}

/** A document without its code, in which brackets mean something else. */
function proseOf(path: string): string {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, 'code')
}

/** The links that lead to a file or a heading. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^(https?:|mailto:)/.test(link))
}

function leads(from: string, link: string): boolean {
  const [path, heading] = link.split('#')
  const target = path === '' ? from : join(dirname(from), decodeURIComponent(path))
  if (!existsSync(join(ROOT, target))) return false
  if (heading === undefined || !target.endsWith('.md')) return true
  const text = readFileSync(join(ROOT, target), 'utf8')
  return [...text.matchAll(/^#{1,6} +(.+)$/gm)].some(([, title]) => anchorOf(title) === heading)
}

/** A heading as GitHub names it. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
