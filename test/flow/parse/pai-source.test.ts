/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  type PaiSource,
  paiSourceNames,
  readPaiSource,
} from '../../../src/flow/parse/pai-source.ts'

const storages = new Set(['data'])
const SHA = 'ab'.repeat(32)
const COMMIT = '84820935288cab696c9c2ac409cbd46a1f24723d'

const read: [uri: string, source: PaiSource, name: string, version?: unknown][] = [
  [
    'https://a.example/x/y.tar.gz?k=1',
    { kind: 'http', url: 'https://a.example/x/y.tar.gz?k=1' },
    'y.tar.gz',
  ],
  [
    `http://a.example/y#sha256=${SHA.toUpperCase()}`,
    { kind: 'http', url: 'http://a.example/y', sha256: SHA },
    'y',
  ],
  ['https://a.example', { kind: 'http', url: 'https://a.example/' }, 'file'],
  [
    'https://a.example/%2e%2e%2fetc',
    { kind: 'http', url: 'https://a.example/%2e%2e%2fetc' },
    '___etc',
  ],
  [
    'github.com/MaggieQi/benchmarks',
    { kind: 'git', url: 'https://github.com/MaggieQi/benchmarks', ref: COMMIT },
    'benchmarks',
    COMMIT,
  ],
  ['github.com/a/b', { kind: 'git', url: 'https://github.com/a/b' }, 'b', 'latest'],
  [
    'https://github.com/a/b.c#v1.0',
    { kind: 'git', url: 'https://github.com/a/b.c', ref: 'v1.0' },
    'b.c',
  ],
  ['https://git.example/a/b.git', { kind: 'git', url: 'https://git.example/a/b.git' }, 'b'],
  [
    'git+http://git.example:8080/deep/one/b',
    { kind: 'git', url: 'http://git.example:8080/deep/one/b' },
    'b',
  ],
  [
    'https://github.com/a/b/releases/download/v1/f.zip',
    { kind: 'http', url: 'https://github.com/a/b/releases/download/v1/f.zip' },
    'f.zip',
  ],
  ['data', { kind: 'storage', storage: 'data', path: '' }, 'data'],
  ['data/sets/cifar/', { kind: 'storage', storage: 'data', path: 'sets/cifar' }, 'cifar'],
  ['storage://other/x', { kind: 'storage', storage: 'other', path: 'x' }, 'x'],
  ['/srv/import/rows.csv', { kind: 'path', path: '/srv/import/rows.csv' }, 'rows.csv'],
  ['file:///srv/import', { kind: 'path', path: '/srv/import' }, 'import'],
]

describe('readPaiSource', () => {
  for (const [uri, source, name, version] of read)
    it(`reads ${uri}`, () => {
      assert.deepEqual(readPaiSource(uri, { storages, version }), source)
      assert.deepEqual(paiSourceNames([source]), [name])
    })

  it('knows nothing of other schemes, of ways out, of options and of half a sum', () => {
    for (const uri of [
      '',
      'x',
      'other/x',
      'hdfs://h:9000/x',
      's3://b/k',
      'git+ssh://git@h/x',
      'git+file:///x',
      'ssh://h/x',
      'git@h:a/b',
      'file://host/x',
      'ext::sh -c id',
      'data/../x',
      'data/./x',
      'data//x',
      '/srv/../etc',
      '/',
      'storage://data/../x',
      'storage://',
      'github.com/a',
      'github.com/a/b#--upload-pack=x',
      'github.com/a/b#a..b',
      'git+https://h',
      'https://h/x#sha256=12',
      'https://',
      'https://h/a b',
      '<% $parameters.x %>',
      `https://h/${'x'.repeat(5000)}`,
    ])
      assert.equal(readPaiSource(uri, { storages }), undefined, uri)
  })

  it('gives every source of one folder a name of its own', () => {
    const at = (url: string): PaiSource => ({ kind: 'http', url })
    const names = paiSourceNames([
      at('http://a/x'),
      at('http://b/x'),
      at('http://c/..%2f'),
      at('http://c/y'),
    ])
    assert.deepEqual(names, ['x', '1_x', '.._', 'y'])
  })
})
