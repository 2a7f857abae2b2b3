/**
 * Pages of this project that are written in Markdown, read into blocks: headings, paragraphs, lists and tables, with code,
 * bold words and links inside. Nothing becomes HTML here, so that nothing can slip through.
 * @module
 */

/** A piece of a line. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong'; readonly parts: readonly Inline[] }
  | { readonly kind: 'link'; readonly href: string; readonly parts: readonly Inline[] }

/** A row of a table. */
export type Cells = readonly (readonly Inline[])[]

/** A block of a page. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly id: string; readonly text: string }
  | { readonly kind: 'paragraph'; readonly parts: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Inline[])[] }
  | {
      readonly kind: 'table'
      readonly head: readonly string[]
      readonly rows: readonly Cells[]
    }

/** The blocks of a page. Throws RangeError at a kind of block that is not known, rather than show it wrongly. */
export function readMarkdown(text: string): Block[] {
  const plain = text.replaceAll(/<!--.*?-->/gs, '')
  const groups = plain.split(/\n\s*\n/).map((group) => group.trim().split('\n'))
  const taken = new Map<string, number>()
  return groups
    .filter(([first]) => first !== '')
    .map((lines) => {
      const block = readBlock(lines)
      return block.kind === 'heading' ? { ...block, id: ownId(block.id, taken) } : block
    })
}

/** Headings of one text get addresses that are counted on. */
function ownId(id: string, taken: Map<string, number>): string {
  const count = (taken.get(id) ?? 0) + 1
  taken.set(id, count)
  return count === 1 ? id : `${id}-${count}`
}

/** The name of a heading as the end of an address. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
}

/** The pieces of a text. A mark that is never closed is a character like any other. */
export function readInline(text: string): Inline[] {
  const parts: Inline[] = []
  let rest = text
  while (rest !== '') {
    const found = MARK.exec(rest)
    const before = found === null ? rest : rest.slice(0, found.index)
    if (before !== '') parts.push({ kind: 'text', text: before })
    if (found === null) break
    const { code, strong, label, href } = found.groups ?? {}
    if (code !== undefined) parts.push({ kind: 'code', text: code })
    else if (strong !== undefined) parts.push({ kind: 'strong', parts: readInline(strong) })
    else parts.push({ kind: 'link', href, parts: readInline(label) })
    rest = rest.slice(found.index + found[0].length)
  }
  return parts
}

const MARK = /`(?<code>[^`]+)`|\*\*(?<strong>.+?)\*\*|\[(?<label>[^\]]+)\]\((?<href>[^()\s]+)\)/

function readBlock(lines: readonly string[]): Block {
  const [first] = lines
  const heading = /^(#+) (.+)$/.exec(first)
  if (heading && lines.length === 1) {
    const [, marks, text] = heading
    return { kind: 'heading', level: marks.length, id: anchorOf(text), text }
  }
  if (first.startsWith('|')) return readTable(lines)
  if (first.startsWith('- ')) return { kind: 'list', items: readItems(lines) }
  if (/^(#|>|```|~~~|\d+\. |[*+] | {4})/.test(first)) {
    throw new RangeError(`readMarkdown: "${first}" begins a block that is not known here`)
  }
  return { kind: 'paragraph', parts: readInline(lines.map((line) => line.trim()).join(' ')) }
}

/** A line that does not begin an item goes on with the one before. */
function readItems(lines: readonly string[]): Inline[][] {
  const items: string[] = []
  for (const line of lines) {
    if (line.startsWith('- ')) items.push(line.slice(2))
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  return items.map(readInline)
}

function readTable(lines: readonly string[]): Block {
  const [head, , ...rows] = lines.map(readRow)
  return { kind: 'table', head, rows: rows.map((row) => row.map(readInline)) }
}

/** The cells between bars; a bar with a backslash is part of a cell. */
function readRow(line: string): string[] {
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}
