/**
 * A script of SQL as its tokens, for reading and for laying out: nothing of it is left out, and nothing is refused.
 * @module
 */

export interface Token {
  readonly kind: 'keyword' | 'name' | 'string' | 'number' | 'comment' | 'symbol' | 'space'
  readonly text: string
}

const PATTERN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))`,
    String.raw`(?<string>'(?:[^']|'')*(?:'|$))`,
    '(?<quoted>`(?:[^`]|``)*(?:`|$)|"(?:[^"]|"")*(?:"|$))',
    String.raw`(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_$]*)`,
    String.raw`(?<symbol><>|<=|>=|!=|\|\||=>|[\s\S])`,
  ].join('|'),
  'uy',
)

/** Words that are shown and laid out as such. */
const KEYWORDS = new Set(
  `ADD ALL ALTER AND ARRAY AS ASC BEGIN BETWEEN BY CASE CAST CATALOG CREATE CROSS CUBE CURRENT DATABASE DAY DELETE DESC DESCRIBE
  DISTINCT DROP ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXPLAIN FALSE FETCH FIRST FOLLOWING FOR FROM FULL FUNCTION GROUP GROUPING
  HAVING HOUR IF IN INNER INSERT INTERSECT INTERVAL INTO IS JAR JOIN LAST LATERAL LEFT LIKE LIMIT LOAD MINUTE MODULE MONTH NATURAL
  NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER OVERWRITE PARTITION PARTITIONED PRECEDING PRIMARY KEY RANGE RESET RIGHT ROLLUP ROW ROWS
  SECOND SELECT SET SETS SHOW STATEMENT TABLE TABLES TEMPORARY THEN TRUE TRUNCATE UNBOUNDED UNION UPDATE USE USING VALUES VIEW
  WATERMARK WHEN WHERE WINDOW WITH YEAR`.split(/\s+/),
)

/** The tokens of a script; put together again they are the script. */
export function tokensOf(script: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < script.length) {
    PATTERN.lastIndex = at
    const match = PATTERN.exec(script)
    // Half of a surrogate pair is a symbol like any other.
    const text = match?.[0] ?? script.charAt(at)
    tokens.push({ kind: kindOf(match?.groups ?? {}), text })
    at += text.length
  }
  return tokens
}

function kindOf(groups: Partial<Record<string, string>>): Token['kind'] {
  const { word } = groups
  if (word !== undefined) return KEYWORDS.has(word.toUpperCase()) ? 'keyword' : 'name'
  if (groups['quoted'] !== undefined) return 'name'
  const kinds = ['space', 'comment', 'string', 'number'] as const
  return kinds.find((kind) => groups[kind] !== undefined) ?? 'symbol'
}
