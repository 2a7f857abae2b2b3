/**
 * Descriptions of flows in all their forms.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { readDocument } from '../../../src/flow/stream/document.ts'

const LINES = ['digraph demo {', '  a -> b', '}']
const OBJECT = {
  graph: { format: 'graphviz', graphconf: LINES },
  driver: { dir: '', 'skip-default': 'false' },
  flow: { name: 'Demo' },
}

describe('the description of a flow', () => {
  it('is the same as an object, as JSON and as TOML', () => {
    const toml = `[graph]\nformat = "graphviz"\ngraphconf = '''\n${LINES.join('\n')}'''\n[driver]\ndir = ""\n[flow]\nname = "Demo"\n`
    const wanted = readDocument(OBJECT)
    assert.ok('document' in wanted)
    assert.equal(wanted.document.graphconf, LINES.join('\n'))
    assert.deepEqual(readDocument(JSON.stringify(OBJECT)), wanted)
    assert.deepEqual(readDocument(toml), wanted)
    assert.deepEqual(readDocument(toml, 'toml'), wanted)
  })

  it('may name a file instead of the text, and folders of units', () => {
    const read = readDocument({
      graph: { format: 'graphviz', graphconffilepath: 'a/b.dot', strict: 'false' },
      driver: { dir: ['one', 'two'] },
      args: { speed: { default: 3 } },
    })
    assert.ok('document' in read)
    const { graphFile, graphconf, strict, driverDirs, args } = read.document
    assert.deepEqual([graphFile, graphconf, strict], ['a/b.dot', null, false])
    assert.deepEqual([driverDirs, args], [['one', 'two'], { speed: '3' }])
  })

  const cases: [name: string, source: unknown, status: string, message: RegExp][] = [
    ['nothing', {}, 'STATUS_FAULT', /Flow not initialized/],
    ['no object', 7, 'STATUS_FAULT', /Flow not initialized/],
    ['no format', { graph: { graphconf: 'x' } }, 'STATUS_BADCONF', /graph\.format is empty/],
    [
      'another format',
      { graph: { format: 'mermaid', graphconf: 'x' } },
      'STATUS_NOTSUPPORT',
      /support type:graphviz/,
    ],
    ['no graph', { graph: { format: 'graphviz' } }, 'STATUS_NOTFOUND', /graph config path is null/],
    ['switched off', { ...OBJECT, flow: { enable: false } }, 'STATUS_PERMIT', /flow is disabled/],
    ['no TOML', 'xxxxx', 'STATUS_BADCONF', /Load config file failed, detail: /],
    ['no JSON', '{"graph":', 'STATUS_BADCONF', /Load config file failed, detail: /],
  ]
  for (const [name, source, status, message] of cases)
    it(`refuses ${name}`, () => {
      const read = readDocument(source)
      assert.ok('problems' in read)
      assert.equal(read.problems[0].status, status)
      assert.match(read.problems[0].message, message)
    })

  it('a fault in TOML has its line', () => {
    const read = readDocument('[graph]\nformat = [', 'toml')
    assert.ok('problems' in read)
    assert.equal(read.problems[0].place?.line, 2)
  })
})
