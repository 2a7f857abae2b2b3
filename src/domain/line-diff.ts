/**
 * What is different between two texts, line by line: a longest common subsequence (Wagner and Fischer, 1974).
 * @module
 */

export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
  /** The number of the line in each text, from 1; null where it is not in that one. */
  readonly before: number | null
  readonly after: number | null
}

/** Cells of the table that is filled; texts that differ in more than that are shown as one replaced by the other. */
const MOST_CELLS = 4_000_000

/** The lines of both texts in order, removed ones before those that were added in their place. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  ) {
    end += 1
  }
  const same = (at: number, other: number): DiffLine => ({
    kind: 'same',
    text: a[at] ?? '',
    before: at + 1,
    after: other + 1,
  })
  return [
    ...Array.from({ length: start }, (_, at) => same(at, at)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end), start),
    ...Array.from({ length: end }, (_, at) => same(a.length - end + at, b.length - end + at)),
  ]
}

function middle(a: readonly string[], b: readonly string[], start: number): DiffLine[] {
  const removed = (at: number): DiffLine => ({
    kind: 'removed',
    text: a[at] ?? '',
    before: start + at + 1,
    after: null,
  })
  const added = (at: number): DiffLine => ({
    kind: 'added',
    text: b[at] ?? '',
    before: null,
    after: start + at + 1,
  })
  const width = b.length + 1
  if ((a.length + 1) * width > MOST_CELLS)
    return [...a.map((_, at) => removed(at)), ...b.map((_, at) => added(at))]
  /** How many lines the rests from here on have in common. */
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({
        kind: 'same',
        text: a[i] ?? '',
        before: start + i + 1,
        after: start + j + 1,
      })
      i += 1
      j += 1
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(i))
      i += 1
    } else {
      lines.push(added(j))
      j += 1
    }
  }
  return lines
}

/** Without the end of the last line, which is no line of its own. */
function linesOf(text: string): string[] {
  if (text === '') return []
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
