/**
 * A document of the OpenPAI job protocol as YAML: what was read, and on which line each part of it stands.
 * @module
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'

import { FlowError } from '../error.ts'

/** Keys and indices that lead to a part of a document. */
export type PaiPath = readonly (string | number)[]

export interface PaiYaml {
  readonly value: unknown
  /** The line on which that part begins, or its nearest part above that is there. */
  line(path: PaiPath): number
  /** Where in the text that part stands: the first character and the one after its last. */
  range(path: PaiPath): readonly [from: number, to: number] | undefined
  /** Where in the text that key of the document stands with its value: the first character and the one after. */
  section(key: string): readonly [from: number, to: number] | undefined
}

/** Longer texts are refused: a job is a page, not a book. */
const MOST_BYTES = 2 ** 20
/** Repeated parts by reference; more of them grow out of proportion to the text. */
const MOST_ALIASES = 100
/** Each reference is looked for in the whole document: most parts that are looked at for all of them. */
const MOST_LOOKS = 5_000_000

/** Reads one YAML document. Throws a FlowError that names the line. */
export function readPaiYaml(text: string): PaiYaml {
  if (text.length > MOST_BYTES)
    throw new FlowError(`The job has ${text.length} characters: at most ${MOST_BYTES} are taken`)
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // The parser would compare every key with every other one, which takes minutes where there are many.
    uniqueKeys: false,
  })
  const refuse = (at: number, message: string) => {
    const { line } = lines.linePos(at)
    return new FlowError(`The job is not one valid YAML document, line ${line}: ${message}`)
  }
  const [fault] = document.errors
  if (fault) throw refuse(fault.pos[0], fault.message)
  const { twice, looks } = survey(document)
  if (twice !== undefined) throw refuse(twice, 'Map keys must be unique')
  if (looks > MOST_LOOKS)
    throw new FlowError('The job repeats parts by reference too often: write them out')
  return {
    value: toValue(() => document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown),
    line(path) {
      for (let length = path.length; length >= 0; length -= 1) {
        const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
        const start = isNode(node) ? node.range?.[0] : undefined
        if (start !== undefined) return lines.linePos(start).line
      }
      return 1
    },
    range(path) {
      const node = document.getIn(path, true)
      return isNode(node) && node.range ? [node.range[0], node.range[1]] : undefined
    },
    section(key) {
      if (!isMap(document.contents)) return undefined
      const pair = document.contents.items.find(
        (item) => isScalar(item.key) && item.key.value === key,
      )
      if (!pair || !isNode(pair.key) || !pair.key.range) return undefined
      const [from, end] = pair.key.range
      return [from, isNode(pair.value) && pair.value.range ? pair.value.range[2] : end + 1]
    },
  }
}

/** Where a map has a key that it had before, and how many parts resolving all references would look at. */
function survey(document: Document): { twice?: number; looks: number } {
  let twice: number | undefined
  let nodes = 0
  let aliases = 0
  visit(document, {
    Node() {
      nodes += 1
    },
    Alias() {
      nodes += 1
      aliases += 1
    },
    Map(_, { items }) {
      nodes += 1
      const keys = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (keys.has(key.value)) {
          twice = key.range?.[0] ?? 0
          return visit.BREAK
        }
        keys.add(key.value)
      }
      return undefined
    },
  })
  return { looks: nodes * aliases, ...(twice === undefined ? {} : { twice }) }
}

function toValue(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof ReferenceError)
      throw new FlowError(`The job repeats parts by reference too often: ${error.message}`)
    throw error
  }
}
