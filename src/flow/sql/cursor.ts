/**
 * A place in the tokens of a statement, and what parsers ask there.
 * @module
 */
import type { Expression, Query } from './ast.ts'
import type { Refuse, Token } from './lex.ts'

/** Queries have expressions, and the other way round: each parser is handed the others. */
export interface Parsers {
  query(cursor: Cursor): Query
  expression(cursor: Cursor, parsers: Parsers): Expression
  list(cursor: Cursor, parsers: Parsers): Expression[]
}

export interface Cursor {
  readonly refuse: Refuse
  /** The token that is `ahead` further on. */
  peek(ahead?: number): Token
  next(): Token
  /** Whether these words come next. */
  is(...words: string[]): boolean
  /** Takes these words if they come next. */
  accept(...words: string[]): boolean
  expect(...words: string[]): void
  isSign(sign: string, ahead?: number): boolean
  acceptSign(sign: string): boolean
  expectSign(sign: string): void
  /** A name, quoted or not. */
  name(what: string): string
  text(what: string): string
  /** Refuses what comes next. */
  unexpected(expected: string): Error
}

/** A cursor at the first token. */
export function cursor(tokens: readonly Token[], refuse: Refuse): Cursor {
  let at = 0
  const last = tokens.at(-1)
  if (last === undefined) throw new TypeError('There is no token')
  const end = last
  const peek = (ahead = 0): Token => tokens[at + ahead] ?? end

  const self: Cursor = {
    refuse,
    peek,
    next() {
      const token = peek()
      at += 1
      return token
    },
    is: (...words) =>
      words.every((word, index) => peek(index).kind === 'word' && peek(index).value === word),
    accept(...words) {
      if (!self.is(...words)) return false
      at += words.length
      return true
    },
    expect(...words) {
      if (!self.accept(...words)) throw self.unexpected(words.join(' '))
    },
    isSign: (sign, ahead = 0) => peek(ahead).kind === 'sign' && peek(ahead).value === sign,
    acceptSign(sign) {
      if (!self.isSign(sign)) return false
      at += 1
      return true
    },
    expectSign(sign) {
      if (!self.acceptSign(sign)) throw self.unexpected(`"${sign}"`)
    },
    name(what) {
      const token = peek()
      if (token.kind === 'name') return self.next().value
      if (token.kind !== 'word') throw self.unexpected(what)
      if (RESERVED.has(token.value))
        throw refuse(
          `${token.value} is a reserved word: write \`${token.raw}\` for a name`,
          token.at,
        )
      return self.next().raw
    },
    text(what) {
      if (peek().kind !== 'text') throw self.unexpected(`${what} in single quotes`)
      return self.next().value
    },
    unexpected(expected) {
      const { raw, value, at: place } = peek()
      return refuse(`expected ${expected}, found ${raw === '' ? value : raw}`, place)
    },
  }
  return self
}

/** Words that are no names without back-ticks: those of Flink that occur in what is supported. */
const RESERVED = new Set(
  `ALL AND ANY AS ASC BETWEEN BIGINT BOOLEAN BY CASE CAST CEIL CHAR CHARACTER CREATE CROSS CUBE
  CURRENT CURRENT_DATE DATE DECIMAL DEFAULT DELETE DESC DISTINCT DOUBLE DROP ELSE END ESCAPE EXCEPT
  EXISTS EXTRACT FALSE FETCH FILTER FLOAT FLOOR FOR FROM FULL GROUP GROUPING HAVING HOUR IF IN INNER
  INSERT INT INTEGER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT MINUTE MONTH NATURAL
  NOT NULL NUMERIC OFFSET ON OR ORDER OUTER OVER OVERWRITE PARTITION POSITION PRECISION RANGE RIGHT
  ROLLUP ROW ROWS SECOND SELECT SET SMALLINT SOME SYMMETRIC TABLE TABLESAMPLE THEN TIME TIMESTAMP
  TINYINT TO TRIM TRUE UNION UNNEST USING VALUES VALUE VARCHAR VIEW WHEN WHERE WINDOW WITH YEAR DAY USER
  COUNT SUM AVG MIN MAX RANK ROW_NUMBER UPPER LOWER SUBSTRING STRING MATCH_RECOGNIZE`.split(/\s+/),
)
