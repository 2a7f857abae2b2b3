/**
 * Markdown of this project's pages, read into blocks.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { anchorOf, readInline, readMarkdown } from '../../../views/docs/markdown.ts'
import { SECURITY } from '../../../views/docs/security-text.ts'

const text = (words: string) => ({ kind: 'text', text: words }) as const

describe('Markdown', () => {
  it('is headings, paragraphs, lists and tables; comments are left out', () => {
    const page = `# A page

<!-- not
shown -->

Two lines
of words.

## Part *one*: 1 & 2

- first
  goes on
- second

| a | b |
|---|---|
| \`x \\| y\` | **bold** |`
    assert.deepEqual(readMarkdown(page), [
      { kind: 'heading', level: 1, id: 'a-page', text: 'A page' },
      { kind: 'paragraph', parts: [text('Two lines of words.')] },
      { kind: 'heading', level: 2, id: 'part-one-1-2', text: 'Part *one*: 1 & 2' },
      { kind: 'list', items: [[text('first goes on')], [text('second')]] },
      {
        kind: 'table',
        head: ['a', 'b'],
        rows: [[[{ kind: 'code', text: 'x | y' }], [{ kind: 'strong', parts: [text('bold')] }]]],
      },
    ])
  })

  it('has code, bold words and links inside, one in the other', () => {
    assert.deepEqual(readInline('see **the [`x.ts`](a/x.ts) there** or `**`, 2 * 3'), [
      text('see '),
      {
        kind: 'strong',
        parts: [
          text('the '),
          { kind: 'link', href: 'a/x.ts', parts: [{ kind: 'code', text: 'x.ts' }] },
          text(' there'),
        ],
      },
      text(' or '),
      { kind: 'code', text: '**' },
      text(', 2 * 3'),
    ])
    assert.deepEqual(readInline('an `open mark and [half a link]('), [
      text('an `open mark and [half a link]('),
    ])
  })

  it('refuses what it does not know instead of showing it wrongly', () => {
    for (const block of ['> quoted', '```sh\nls\n```', '1. one', '#no space']) {
      assert.throws(() => readMarkdown(`# Page\n\n${block}`), /begins a block that is not known/)
    }
  })

  it('of the page on security is all known, and every heading has an address of its own', () => {
    const headings = readMarkdown(SECURITY).filter((block) => block.kind === 'heading')
    assert.ok(headings.length > 20)
    assert.equal(new Set(headings.map(({ id }) => id)).size, headings.length)
    assert.equal(anchorOf('Sums and shares'), 'sums-and-shares')
  })
})
