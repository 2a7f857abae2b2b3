/**
 * Changes to the DOT text of a graph that leave everything else as its author wrote it, comments included.
 * @module
 */
import {
  type AttributeASTNode,
  type ClusterStatementASTNode,
  DotSyntaxError,
  type EdgeASTNode,
  type GraphASTNode,
  type NodeASTNode,
  type NodeRefASTNode,
  parse,
} from '@ts-graphviz/ast'

/** One end of an edge. */
export interface EdgeEnd {
  readonly node: string
  readonly port: string | null
}

/** An edge between two ports. */
export interface EdgeChange {
  readonly from: EdgeEnd
  readonly to: EdgeEnd
}

/** Adds a node behind everything else. */
export function addNode(
  text: string,
  { name, attributes }: { name: string; attributes: Readonly<Record<string, string>> },
): string {
  const list = Object.entries(attributes).map(([key, value]) => `${quote(key)}=${quote(value)}`)
  return append(text, `${quote(name)}${list.length === 0 ? '' : ` [${list.join(', ')}]`}`)
}

/** Sets attributes of a node; null takes one away, so that the default holds again. */
export function setAttributes(
  text: string,
  node: string,
  changes: Readonly<Record<string, string | null>>,
): string {
  return Object.entries(changes).reduce(
    (now, [key, value]) =>
      value === null ? removeAttribute(now, node, key) : setAttribute(now, node, { key, value }),
    text,
  )
}

/** Takes a node away with all of its edges. */
export function removeNode(text: string, node: string): string {
  const without = cutEdges(text, ({ from, to }) => from.node === node || to.node === node)
  return cut(
    without,
    nodesOf(without, node).map((statement) => whole(without, spanOf(statement))),
  )
}

/** Adds an edge. */
export function addEdge(text: string, { from, to }: EdgeChange): string {
  return append(text, `${endText(from)} -> ${endText(to)}`)
}

/** Takes an edge away; a chain keeps its other edges. */
export function removeEdge(text: string, { from, to }: EdgeChange): string {
  const same = (a: EdgeEnd, b: EdgeEnd) => a.node === b.node && a.port === b.port
  return cutEdges(text, (edge) => same(edge.from, from) && same(edge.to, to))
}

/** Whether the text can be changed here: one graph without faults of syntax. */
export function isEditable(text: string): boolean {
  try {
    graphOf(text)
    return true
  } catch (error) {
    if (error instanceof DotSyntaxError || error instanceof RangeError) return false
    throw error
  }
}

interface Span {
  readonly start: number
  readonly end: number
}

interface Cut extends Span {
  readonly text?: string
}

function graphOf(text: string): GraphASTNode {
  const graph = parse(text).children.find((child) => child.type === 'Graph')
  if (graph) return graph
  throw new RangeError('The text has no graph: begin with "digraph { }"')
}

function statementsOf(text: string): ClusterStatementASTNode[] {
  const inner = (list: readonly ClusterStatementASTNode[]): ClusterStatementASTNode[] =>
    list.flatMap((one) => (one.type === 'Subgraph' ? [one, ...inner(one.children)] : [one]))
  return inner(graphOf(text).children)
}

function nodesOf(text: string, name: string): NodeASTNode[] {
  return statementsOf(text).flatMap((one) =>
    one.type === 'Node' && one.id.value === name ? [one] : [],
  )
}

function attributesOf({ children }: NodeASTNode): AttributeASTNode[] {
  return children.flatMap((child) => (child.type === 'Attribute' ? [child] : []))
}

function append(text: string, statement: string): string {
  const { end } = spanOf(graphOf(text))
  const brace = text.lastIndexOf('}', end - 1)
  const before = text.slice(0, brace)
  // A comment may be what the last line ends with.
  const line = before.endsWith('\n') || before === '' ? '' : '\n'
  return `${before}${line}  ${statement}\n${text.slice(brace)}`
}

function setAttribute(
  text: string,
  node: string,
  { key, value }: { key: string; value: string },
): string {
  const statements = nodesOf(text, node)
  const known = statements
    .flatMap((statement) => attributesOf(statement))
    .findLast((attribute) => attribute.key.value === key)
  if (known) return cut(text, [{ ...spanOf(known.value), text: quote(value) }])
  const last = statements.at(-1)
  if (!last) return addNode(text, { name: node, attributes: { [key]: value } })
  const entry = `${quote(key)}=${quote(value)}`
  const other = attributesOf(last).at(-1)
  if (other) return insert(text, spanOf(other.value).end, `, ${entry}`)
  const { end } = spanOf(last.id)
  const bracket = /^\s*\[/.exec(text.slice(end))
  return bracket ? insert(text, end + bracket[0].length, entry) : insert(text, end, ` [${entry}]`)
}

function removeAttribute(text: string, node: string, key: string): string {
  const cuts = nodesOf(text, node).flatMap((statement) => {
    const all = attributesOf(statement)
    return all.flatMap((attribute, index) => {
      if (attribute.key.value !== key) return []
      const start = spanOf(attribute).start
      // With what divides it from its neighbour.
      if (index + 1 < all.length) return [{ start, end: spanOf(all[index + 1]).start }]
      const { end } = spanOf(attribute.value)
      return [{ start: index > 0 ? spanOf(all[index - 1].value).end : start, end }]
    })
  })
  return cut(text, cuts)
}

function cutEdges(text: string, isGone: (edge: EdgeChange) => boolean): string {
  const cuts = statementsOf(text).flatMap((statement): Cut[] => {
    if (statement.type !== 'Edge') return []
    const pairs = pairsOf(statement)
    const kept = pairs.filter((pair) => !isGone(pair))
    if (kept.length === pairs.length) return []
    const span = spanOf(statement)
    if (kept.length === 0) return [whole(text, span)]
    const [last] = statement.targets.slice(-1)
    const attributes = text.slice(spanOf(last).end, span.end).replace(/;\s*$/, '').trimEnd()
    const lines = kept.map(({ from, to }) => `${endText(from)} -> ${endText(to)}${attributes}`)
    const ends = text.slice(span.start, span.end).trimEnd().endsWith(';') ? ';' : ''
    return [{ ...span, text: lines.join('\n  ') + ends }]
  })
  return cut(text, cuts)
}

function pairsOf({ targets }: EdgeASTNode): EdgeChange[] {
  const groups = targets.map((target): EdgeEnd[] => {
    const refs = target.type === 'NodeRef' ? [target] : (target.children as NodeRefASTNode[])
    return refs.map((ref) => ({ node: ref.id.value, port: ref.port?.value ?? null }))
  })
  return groups
    .slice(1)
    .flatMap((to, index) => groups[index].flatMap((from) => to.map((one) => ({ from, to: one }))))
}

/** A statement with the line it fills, or with the semicolon behind it. */
function whole(text: string, { start, end }: Span): Span {
  const tail = /^[ \t]*;?[ \t]*/.exec(text.slice(end))?.[0].length ?? 0
  const after = end + tail
  const begin = text.lastIndexOf('\n', start - 1) + 1
  const isAlone = text.slice(begin, start).trim() === '' && /^\r?\n/.test(text.slice(after))
  return isAlone ? { start: begin, end: text.indexOf('\n', after) + 1 } : { start, end: after }
}

function cut(text: string, cuts: readonly Cut[]): string {
  return cuts
    .toSorted((a, b) => b.start - a.start)
    .reduce((now, { start, end, text: by = '' }) => now.slice(0, start) + by + now.slice(end), text)
}

function insert(text: string, at: number, more: string): string {
  return text.slice(0, at) + more + text.slice(at)
}

function spanOf({
  location,
}: {
  location?: { start: { offset: number }; end: { offset: number } } | undefined
}): Span {
  if (!location) throw new TypeError('The parser tells no places')
  return { start: location.start.offset, end: location.end.offset }
}

function endText({ node, port }: EdgeEnd): string {
  return port === null ? quote(node) : `${quote(node)}:${quote(port)}`
}

/** As DOT has it: a plain word, a number, or in quotes. */
function quote(text: string): string {
  const isPlain = /^[A-Za-z_]\w*$/.test(text) && !KEYWORD.test(text)
  if (isPlain || /^(0|[1-9]\d{0,14})$/.test(text)) return text
  return `"${text.replaceAll('"', String.raw`\"`)}"`
}

const KEYWORD = /^(strict|graph|digraph|node|edge|subgraph)$/i
