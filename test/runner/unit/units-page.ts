/**
 * `src/runner/unit/UNITS.md`: every flow unit with its ports, its options and the tests that use it, found in the code.
 * Run this file to write it anew.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { UnitDescriptor, UnitOption } from '../../../src/flow/stream/unit.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { ROOT } from '../../helpers/place.ts'

/** The page. */
export const PAGE = join(ROOT, 'src/runner/unit/UNITS.md')

const FOLDERS = ['test/runner/unit', 'test/process', 'test/broker']
const TEST = /\.(test|process|broker)\.ts$/

/** Units that a description in the operator's folder makes, by what runs them. */
const DRIVERS = {
  inference: 'inference',
  yolov3_postprocess: 'yolo',
  'JavaScript and TypeScript': 'script',
  WebAssembly: 'wasm',
  python: 'python',
}

/** The tests that use a unit: import it or name it in a graph; those with the most to say first. */
export function testsOf(name: string): readonly string[] {
  const used = new RegExp(`/unit/${name.replaceAll('_', '-')}\\.ts'|flowunit=${name}\\b`, 'g')
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => TEST.test(file))
      .map((file) => ({
        path: `${folder}/${file}`,
        text: readFileSync(join(ROOT, folder, file), 'utf8'),
      }))
      .map(({ path, text }) => ({ path, count: [...text.matchAll(used)].length }))
      .filter(({ count }) => count > 0)
      .toSorted((a, b) => b.count - a.count || a.path.localeCompare(b.path))
      .map(({ path }) => path),
  )
}

/** The page as it should be. */
export function unitsPage(): string {
  const rows = UNITS.map(({ descriptor }) => descriptor).toSorted((a, b) =>
    a.name.localeCompare(b.name),
  )
  const drivers = Object.entries(DRIVERS).map(
    ([name, file]) => `| ${name} | \`test/runner/driver/${file}.test.ts\` |`,
  )
  return `# Flow units

Written by \`test/runner/unit/units-page.ts\`; a test compares. Ports and defaults are held against the original's in
\`test/runner/unit/units-page.test.ts\`.

| unit | kind | in → out | options (\\* is required) | tests |
|---|---|---|---|---|
${rows.map(rowOf).join('\n')}

Made by a description in a folder of \`WEFT_UNIT_DIRS\`:

| units of | tests |
|---|---|
${drivers.join('\n')}
`
}

function rowOf({ name, kind, inputs, outputs, options }: UnitDescriptor): string {
  const ports = [inputs, outputs].map(
    (list) => list.map((port) => `\`${port.name}\``).join(', ') || '–',
  )
  const tests = testsOf(name).map((path) => `\`${path}\``)
  const cells = [
    `\`${name}\``,
    kind,
    ports.join(' → '),
    options.map(optionOf).join(', ') || '–',
    tests.join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

function optionOf({ name, required, default: value }: UnitOption): string {
  const given = value === undefined || value === '' ? '' : ` ${value}`
  return `\`${name}\`${required ? '\\*' : ''}${given}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(PAGE, unitsPage())
