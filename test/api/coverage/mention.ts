/**
 * Where tests ask a server for something: the paths that they name, with the method beside it and the test it is in.
 * @module
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

import { ROOT } from '../../helpers/place.ts'

/** A file of tests. */
export interface TestFile {
  /** From the root of the project. */
  readonly path: string
  readonly text: string
}

/** A place in a test. */
export interface Evidence {
  readonly path: string
  /** The test in that file; undefined where it is found outside of one, in what several share. */
  readonly title?: string
}

/** What stands for a method and a path in a test. */
export interface Mention extends Evidence {
  /** As the test wrote it, `${…}` for what it puts in, without a query. */
  readonly asked: string
  /** Undefined where none is written beside the path. */
  readonly method?: string
}

const TEST = /\.(test|process|flink|pai|container|slurm|sql|broker|chaos|e2e)\.tsx?$/

/** The files of tests in folders, or that are named. */
export function testFiles(places: readonly string[]): readonly TestFile[] {
  return places.flatMap((place) => {
    const whole = join(ROOT, place)
    if (statSync(whole).isFile()) return [{ path: place, text: readFileSync(whole, 'utf8') }]
    return readdirSync(whole, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && TEST.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }))
  })
}

/** A text in quotes that has no space in it. */
const LITERAL = /(['"`])([^'"`\s]*)\1/g
/** A path that has a name, for several requests below it. */
const NAMED = /\bconst (\w+) =\s+(['"`])([^'"`\s]*\/[^'"`\s]*)\2/g
/** A name as an argument. */
const ARGUMENT = /([(,]\s*)([A-Za-z]\w*)(?=[,)])/g
const METHOD_BEFORE = /(['"`])(GET|POST|PUT|PATCH|DELETE)\1,\s*$/
const CALL_BEFORE = /\b(get|post|put|patch|delete)(?:<[^()]*>)?\(\s*$/i
const METHOD_AFTER = /^,\s*\{(?:(?!\n\s*\}|\}\)).)*?\bmethod: (['"`])(\w+)\1/s

/** Every path that a file names, in the order of the text. */
export function mentionsIn({ path, text: written }: TestFile): readonly Mention[] {
  const text = written.replaceAll(ARGUMENT, (whole, open: string, name: string) => {
    const known = [...written.matchAll(NAMED)].find((one) => one[1] === name)
    return known === undefined ? whole : `${open}'${known[3]}'`
  })
  const titleAt = titles(text)
  const named = [...text.matchAll(NAMED)]
  const spelt = (asked: string, at: number) =>
    asked.replaceAll(/\$\{(\w+)\}/g, (hole, name: string) => {
      const known = named.findLast((one) => one.index < at && one[1] === name)
      return known?.[3] ?? hole
    })
  return [...text.matchAll(LITERAL)].flatMap((found) => {
    const before = text.slice(Math.max(0, found.index - 80), found.index)
    const after = text.slice(found.index + found[0].length, found.index + found[0].length + 240)
    const method =
      METHOD_BEFORE.exec(before)?.[2] ??
      CALL_BEFORE.exec(before)?.[1] ??
      METHOD_AFTER.exec(after)?.[2]
    const [asked] = spelt(found[2], found.index).split('?')
    // Nothing is a path only where a method is asked for.
    if (asked === '' && !METHOD_BEFORE.test(before)) return []
    return [{ path, asked, method: method?.toUpperCase(), title: titleAt(found.index) }]
  })
}

/** Where a text stands in files, each test once. */
export function placesOf(files: readonly TestFile[], wanted: RegExp): readonly Evidence[] {
  return files.flatMap(({ path, text }) => {
    const titleAt = titles(text)
    return [...text.matchAll(wanted)].map(({ index }) => ({ path, title: titleAt(index) }))
  })
}

/** The tests of a file by their words. */
export function titlesIn(text: string): readonly string[] {
  return testsIn(text).map(({ title }) => title)
}

function titles(text: string): (at: number) => string | undefined {
  const tests = testsIn(text)
  return (at) => tests.findLast(({ from, to }) => from <= at && at < to)?.title
}

function testsIn(text: string): { title: string; from: number; to: number }[] {
  return [...text.matchAll(/^( *)it(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\2)[^\\])*)\2/gm)].map(
    (found) => {
      const [, indent, , title] = found
      // Up to the first line that is no further in than the test itself.
      const end = new RegExp(`\n${indent}\\S`, 'g')
      end.lastIndex = found.index + found[0].length
      return {
        title: title.replaceAll(/\\(.)/g, '$1'),
        from: found.index,
        to: end.exec(text)?.index ?? text.length,
      }
    },
  )
}

/** The files that say most about something first, and of each its first test. */
export function mostFirst(found: readonly Evidence[]): readonly Evidence[] {
  const files = Map.groupBy(found, ({ path }) => path)
  return [...files.values()]
    .toSorted((a, b) => b.length - a.length || a[0].path.localeCompare(b[0].path))
    .map((all) => all.find(({ title }) => title !== undefined) ?? all[0])
}
