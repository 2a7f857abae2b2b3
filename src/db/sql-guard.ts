/**
 * What SQL from outside may do: read and write the tables of this one database, and nothing of the host.
 *
 * The native library brings functions and table-valued functions that open files (`readfile`, `writefile`, `fsdir`)
 * or run SQL given as a value (`sha3_query`), and its authorizer cannot let functions and transactions through. So
 * every statement is tokenized as SQLite does it: it must begin with a word from a list, name no function or
 * module of the library beyond those known to be harmless, and no pragma beyond those listed here.
 * @module
 */
import { HranaError } from './hrana-error.ts'
import type { SqlStatement, SqlToken } from './sql-text.ts'

/** What a statement needs: nothing, the write lock, to be run by itself, to change the connection, or a plan. */
export type SqlEffect = 'read' | 'write' | 'control' | 'session' | 'explain'

const CONTROL = new Set(['begin', 'commit', 'end', 'rollback', 'savepoint', 'release'])
const READ = new Set(['select', 'values'])
/** Statements that reach files beside the database. */
const FILES = new Set(['attach', 'detach', 'vacuum'])
const WRITE = new Set([
  'insert',
  'replace',
  'update',
  'delete',
  'create',
  'drop',
  'alter',
  'analyze',
  'reindex',
])

/** Pragmas that only tell; their argument, where they take one, is what they tell about. */
const TELLING_PRAGMAS = new Set([
  'collation_list',
  'foreign_key_check',
  'foreign_key_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'integrity_check',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
])
/** Pragmas that may be read but not set. */
const READABLE_PRAGMAS = new Set([
  'compile_options',
  'data_version',
  'encoding',
  'freelist_count',
  'journal_mode',
  'page_count',
  'page_size',
  'query_only',
  'recursive_triggers',
  'schema_version',
  'synchronous',
])
/** Pragmas that change this connection only. */
const SESSION_PRAGMAS = new Set(['foreign_keys', 'defer_foreign_keys'])
/** Pragmas that write a number into the database file. */
const STORED_PRAGMAS = new Set(['user_version', 'application_id'])

/** Functions without effects beyond their result, and table-valued functions that look into their argument only. */
const HARMLESS = new Set(
  `-> ->> abs acos acosh asin asinh atan atan2 atanh atn2 avg ceil ceiling changes char charindex coalesce concat
  concat_ws cos cosh cot coth count cume_dist current_date current_time current_timestamp date datetime degrees
  dense_rank difference exp first_value floor format glob group_concat hex ifnull iif instr json json_array
  json_array_length json_each json_error_position json_extract json_group_array json_group_object json_insert
  json_object json_patch json_quote json_remove json_replace json_set json_tree json_type json_valid jsonb
  jsonb_array jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove
  jsonb_replace jsonb_set julianday lag last_insert_rowid last_rows_affected last_value lead leftstr length like
  likelihood likely ln log log10 lower lower_quartile ltrim match max median min mod mode nth_value ntile nullif
  octet_length offsets optimize padc padl padr percent_rank pi power pow printf proper quote radians random
  randomblob rank replace reverse rightstr round row_number rtrim sha3 sign sin sinh snippet soundex
  sqlite_compileoption_get sqlite_compileoption_used sqlite_source_id sqlite_version sqrt square stdev strfilter
  strftime string_agg substr substring subtype sum tan tanh time timediff total total_changes trim trunc typeof
  unhex unicode unixepoch unlikely upper upper_quartile uuid uuid_blob uuid_str variance vector vector16 vector1bit
  vector32 vector64 vector8 vector_distance_cos vector_distance_l2 vector_extract vectorb16 zeroblob
  generate_series highlight matchinfo bm25`
    .split(/\s+/)
    .filter((name) => name !== ''),
)

/** Of the names of functions and modules that a library offers, those that SQL from outside may not use. */
export function refusedNames(offered: Iterable<string>): ReadonlySet<string> {
  return new Set(
    [...offered]
      .map((name) => name.toLowerCase())
      .filter((name) => !HARMLESS.has(name) && !name.startsWith('pragma_')),
  )
}

/** What a statement needs to run. Throws a HranaError for one that may not run at all. */
export function guardStatement(statement: SqlStatement, refused: ReadonlySet<string>): SqlEffect {
  for (const token of statement.tokens) refuseName(token, refused)
  // A semicolon inside a statement is one of a trigger's body; should SQLite see it otherwise, each part is checked.
  const [first = 'read', ...rest] = partsOf(statement.tokens).map((part) => effectOf(part))
  return rest.includes('session') ? 'session' : first
}

function effectOf(tokens: readonly SqlToken[]): SqlEffect {
  const head = wordAt(tokens, 0)
  if (head === 'explain') {
    const plan = wordAt(tokens, 1) === 'query' && wordAt(tokens, 2) === 'plan'
    // Some pragmas act while they are prepared, so that an explained statement is checked like any other.
    if (effectOf(tokens.slice(plan ? 3 : 1)) === 'session') refuse('EXPLAIN PRAGMA')
    return 'explain'
  }
  if (READ.has(head)) return 'read'
  if (CONTROL.has(head)) return 'control'
  if (head === 'with') return withEffect(tokens)
  if (head === 'pragma') return pragmaEffect(tokens)
  if (FILES.has(head)) refuse(head.toUpperCase())
  // A list of what is known is safe with whatever a later library adds.
  if (!WRITE.has(head)) {
    const near = tokens[0]?.value.toUpperCase()
    throw new HranaError('SQL_PARSE_ERROR', `near "${near}": no statement begins so`)
  }
  const virtual = head === 'create' && wordAt(tokens, 1) === 'virtual'
  if (virtual && !isIndexOfTexts(tokens)) refuse('CREATE VIRTUAL TABLE')
  return 'write'
}

/** An index of texts that holds none: FTS5 could be told to read them from any table that a module offers. */
function isIndexOfTexts(tokens: readonly SqlToken[]): boolean {
  const text = tokens
    .map(({ kind, value }) => (kind === 'text' ? `'${value}'` : kind === 'name' ? '"' : value))
    .join(' ')
  return /^create virtual table \w+ using fts5 \((?: \w+ ,)+ content = ''(?: , tokenize = '[\w ]+')? \)$/.test(
    text,
  )
}

/** What follows the names and parentheses of WITH decides. */
function withEffect(tokens: readonly SqlToken[]): SqlEffect {
  let depth = 0
  for (const { kind, value } of tokens) {
    if (kind === 'sign' && value === '(') depth++
    if (kind === 'sign' && value === ')') depth--
    if (depth > 0 || kind !== 'word') continue
    if (READ.has(value)) return 'read'
    if (WRITE.has(value)) return 'write'
  }
  return 'read'
}

function pragmaEffect(tokens: readonly SqlToken[]): SqlEffect {
  const qualified = tokens[2]?.value === '.'
  const name = (tokens[qualified ? 3 : 1]?.value ?? '').toLowerCase()
  const given = tokens.length > (qualified ? 4 : 2)
  if (TELLING_PRAGMAS.has(name) || (READABLE_PRAGMAS.has(name) && !given)) return 'read'
  if (SESSION_PRAGMAS.has(name)) return given ? 'session' : 'read'
  if (STORED_PRAGMAS.has(name)) return given ? 'write' : 'read'
  return refuse(`PRAGMA ${name}${given ? ' with a value' : ''}`)
}

function refuseName({ kind, value }: SqlToken, refused: ReadonlySet<string>): void {
  // SQLite takes a text for a name where only a name can stand, so texts are looked at as well.
  const name = value.toLowerCase()
  if (kind === 'variable' || kind === 'sign') return
  if (refused.has(name)) refuse(`The name "${name}"`)
  const pragma = name.startsWith('pragma_') ? name.slice('pragma_'.length) : undefined
  if (pragma === undefined || TELLING_PRAGMAS.has(pragma) || READABLE_PRAGMAS.has(pragma)) return
  if (SESSION_PRAGMAS.has(pragma) || STORED_PRAGMAS.has(pragma)) return
  refuse(`The name "${name}"`)
}

function partsOf(tokens: readonly SqlToken[]): SqlToken[][] {
  const parts: SqlToken[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'sign' && token.value === ';') parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

function wordAt(tokens: readonly SqlToken[], index: number): string {
  const token = tokens[index]
  return token?.kind === 'word' ? token.value : ''
}

function refuse(what: string): never {
  throw new HranaError(
    'SQL_REFUSED',
    `${what} is refused here: this endpoint reads and writes the tables of its database and nothing else; ` +
      'send texts and other values as arguments',
  )
}
