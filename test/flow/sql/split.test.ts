import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { splitStatements } from '../../../src/flow/sql/split.ts'

const texts = (script: string) => splitStatements(script).map(({ text }) => text)

describe('splitStatements', () => {
  const CASES: readonly [what: string, script: string, statements: string[]][] = [
    ['two statements', 'SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ['nothing', ' ;; -- only this\n ; /* and; that */ ', []],
    [
      'a semicolon in a text',
      "SELECT ';''; ' AS a; SELECT 2;",
      ["SELECT ';''; ' AS a", 'SELECT 2'],
    ],
    ['a semicolon in a name', 'SELECT `a;``b` FROM t;', ['SELECT `a;``b` FROM t']],
    ['a semicolon in a comment', 'SELECT 1 -- not; here\n + 1;', ['SELECT 1 -- not; here\n + 1']],
    [
      'a statement set',
      'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT CASE x WHEN 1 THEN 2 END FROM c; END; SELECT 1',
      [
        'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT CASE x WHEN 1 THEN 2 END FROM c; END',
        'SELECT 1',
      ],
    ],
    [
      'a statement set with comments before its END',
      'begin statement set; insert into a select 1; -- END\n end /* so */ ;',
      ['begin statement set; insert into a select 1; -- END\n end /* so */'],
    ],
    ['a comment before a statement', '/* x */ SELECT 1', ['SELECT 1']],
    ['numbers and brackets first', '(SELECT 1); 1', ['(SELECT 1)', '1']],
  ]
  for (const [what, script, expected] of CASES) {
    it(`splits ${what}`, () => assert.deepEqual(texts(script), expected))
  }

  it('says where a statement begins', () => {
    const [, second] = splitStatements('SELECT 1;\n  -- two\n  SELECT 2;')
    assert.deepEqual([second?.line, second?.column, second?.offset], [3, 3, 21])
  })

  const FAULTS: readonly [script: string, message: RegExp][] = [
    ["SELECT 1;\nSELECT 'a", /^Line 2, column 8: the quote ' is not closed/],
    ['SELECT `a', /column 8: the quote ` is not closed/],
    ['SELECT 1 /* a', /column 10: the comment is not closed/],
    ['BEGIN STATEMENT SET; INSERT INTO a SELECT 1;', /column 1: the statement set is not closed/],
  ]
  for (const [script, message] of FAULTS) {
    it(`refuses ${JSON.stringify(script)}`, () =>
      assert.throws(() => splitStatements(script), { name: 'FlowError', message }))
  }

  it('gives back every statement that was put together', () => {
    const piece = fc.constantFrom(
      'SELECT',
      '1',
      "'a;b'",
      '`x;y`',
      '/* ; */',
      '(',
      ')',
      'é',
      '\n',
      ' ',
    )
    const statement = fc
      .array(piece, { minLength: 1, maxLength: 8 })
      .map((pieces) => `X ${pieces.join(' ')} Y`)
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), (statements) => {
        assert.deepEqual(texts(statements.join(';')), statements)
      }),
    )
  })
})
