import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { layOut } from '../../../src/flow/sql/layout.ts'
import { type Token, tokensOf } from '../../../src/flow/sql/tokens.ts'

const pieces = fc
  .array(
    fc.constantFrom(
      'select',
      'a.b',
      '`x y`',
      "'it''s'",
      '(',
      ')',
      ',',
      ';',
      'from',
      'left',
      'join',
      '1.5e3',
      '-- note\n',
      '/* b */',
      '||',
      '<>',
      '-',
      'count',
      '"q"',
      '中文',
      '[',
      ']',
    ),
    { maxLength: 30 },
  )
  .map((words) => words.join(' '))

/** What must stay: everything but space, keywords in any case, comments without space at their end. */
const core = (script: string) =>
  tokensOf(script)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, text }: Token) => [kind, kind === 'keyword' ? text.toUpperCase() : text.trim()])

describe('tokens of SQL', () => {
  it('are the script when they are put together, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (script) => {
        assert.equal(
          tokensOf(script)
            .map(({ text }) => text)
            .join(''),
          script,
        )
      }),
    )
  })

  it('know keywords, names, texts, numbers and comments', () => {
    assert.deepEqual(
      tokensOf("select `a` from t -- x\nwhere b = 'c' and 1.5")
        .filter(({ kind }) => kind !== 'space')
        .map(({ kind, text }) => `${kind} ${text}`),
      [
        'keyword select',
        'name `a`',
        'keyword from',
        'name t',
        'comment -- x',
        'keyword where',
        'name b',
        'symbol =',
        "string 'c'",
        'keyword and',
        'number 1.5',
      ],
    )
  })
})

describe('a script that is laid out', () => {
  it('has the same tokens, and is the same when it is laid out again', () => {
    fc.assert(
      fc.property(pieces, (script) => {
        const once = layOut(script)
        assert.deepEqual(core(once), core(script))
        assert.equal(layOut(once), once)
      }),
    )
  })

  it('has a clause a line, and queries within others indented', () => {
    assert.equal(
      layOut(
        "set 'a' = 'b'; insert into t select x, count(*) from (select distinct x from s) as q left join r on q.x=r.x where x > 1 group by x",
      ),
      `SET 'a' = 'b';

INSERT INTO t
SELECT x, count(*)
FROM (
  SELECT DISTINCT x
  FROM s
) AS q
LEFT JOIN r
ON q.x = r.x
WHERE x > 1
GROUP BY x
`,
    )
  })
})
