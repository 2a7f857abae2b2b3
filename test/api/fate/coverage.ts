/**
 * What there is of FATE beside its endpoints: components.
 * @module
 */
import { readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

import { COMPONENTS } from '../../../src/component/registry.ts'
import { ROOT } from '../../helpers/place.ts'
import { type Evidence, placesOf, testFiles } from '../coverage/mention.ts'
import type { ApiPage, Row } from '../coverage/page.ts'

/** FATE-Flow. */
export const FATE: ApiPage = {
  api: 'fate',
  title: 'FATE-Flow',
  base: '/v1',
  tests: ['test/api/fate', 'test/process'],
  parameter: /^$/,
  lead: '`test/process/fate-confs.process.ts` runs everything that FATE published of a release beside these.',
  async sections() {
    return [
      {
        heading: 'Components',
        head: ['module', 'roles', 'takes', 'makes', 'file'],
        rows: await componentRows(),
      },
    ]
  },
}

const TUNING = 'src/component/search/auto-tuning.ts'

async function componentRows(): Promise<readonly Row[]> {
  const files = await componentFiles()
  return [...COMPONENTS.values()].map(({ name, roles, inputs, outputs }) => {
    const file = files.get(name) ?? ''
    const makes = [
      ...(outputs.data ? (outputs.tables ?? ['data']) : []),
      ...(outputs.model ? ['model'] : []),
    ]
    return {
      cells: [
        name,
        roles.join(', '),
        coded([...inputs.data, ...inputs.model]),
        coded(makes),
        `[${basename(file)}](${relative('src/api/fate', file)})`,
      ],
      found: componentTests(name, file),
    }
  })
}

/** The tests of a component: those of its file, those that import it, and those whose jobs have it. */
export function componentTests(name: string, file: string): readonly Evidence[] {
  const near = testFiles(['test/component'])
  const own = join('test', relative('src', file)).replace(/\.ts$/, '.test.ts')
  const imported = new RegExp(`/${basename(file).replace('.', '\\.')}'`, 'g')
  const named = new RegExp(`module: '${name}'`, 'g')
  return [
    ...near.filter(({ path }) => path === own).map(({ path }) => ({ path })),
    ...placesOf(near, imported),
    ...placesOf(testFiles(['test/api/fate', 'test/process']), named),
  ]
}

/** The file that each component stands in, by the imports of the registry. */
export async function componentFiles(): Promise<ReadonlyMap<string, string>> {
  const registry = readFileSync(join(ROOT, 'src/component/registry.ts'), 'utf8')
  const found = new Map<string, string>()
  for (const [, path] of registry.matchAll(/from '\.\/(.+\.ts)'/g)) {
    const file = join('src/component', path)
    const exported = (await import(pathToFileURL(join(ROOT, file)).href)) as Record<string, unknown>
    for (const component of COMPONENTS.values()) {
      if (Object.values(exported).includes(component)) found.set(component.name, file)
    }
  }
  // One file makes the tuning of every algorithm.
  for (const name of COMPONENTS.keys()) {
    if (!found.has(name) && name.startsWith('Auto')) found.set(name, TUNING)
  }
  return found
}

function coded(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(' ')
}
