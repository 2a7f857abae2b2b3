/**
 * The folder of a work on this host, which nothing that a work names leads out of.
 * @module
 */
import { mkdir, readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'

import { isWithin } from '../data/below.ts'

/** A folder below `root`, made where it is not there. Rejects for one that leads out of it, also by a link. */
export async function confined(root: string, directory: string | null): Promise<string> {
  const base = await realpath(root).catch(async () => {
    await mkdir(root, { recursive: true })
    return realpath(root)
  })
  const wanted = resolve(base, `.${sep}${directory ?? ''}`)
  if (!isWithin(base, wanted))
    throw new Error(`work_directory "${directory}" is not in the works folder`)
  // What is there of it already, so that no folder is made where a link leads.
  if (!isWithin(base, await nearest(wanted)))
    throw new Error(`work_directory "${directory}" is a link that leads out of the works folder`)
  await mkdir(wanted, { recursive: true })
  const real = await realpath(wanted)
  if (!isWithin(base, real))
    throw new Error(`work_directory "${directory}" is a link that leads out of the works folder`)
  return real
}

/** Where a path really is, or the closest part above it that there is. */
async function nearest(path: string): Promise<string> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return nearest(dirname(path))
  })
}

/** A file of a folder, never one that a link has elsewhere. */
export async function fileIn(folder: string, name: string): Promise<string> {
  const path = await realpath(join(folder, name))
  if (!isWithin(await realpath(folder), path))
    throw new Error(`"${name}" is not in the folder of the work`)
  return path
}

/** The script of a work: what it has itself, or `main.sql` of its folder, or the only `*.sql` there. */
export async function readScript(script: string | null, folder: string | null): Promise<string> {
  if (script !== null) return script
  if (folder === null)
    throw new Error(
      'The work has no script, and its runner no works folder: set "script", or WEFT_WORKS_DIR there',
    )
  return readFile(
    await fileIn(folder, await only(folder, { suffix: '.sql', main: 'main.sql' })),
    'utf8',
  )
}

/** The JAR of a work: the only `*.jar` of its folder. */
export async function findJar(folder: string | null): Promise<string> {
  if (folder === null)
    throw new Error('Its runner has no works folder to find the JAR in: set WEFT_WORKS_DIR there')
  return fileIn(folder, await only(folder, { suffix: '.jar', main: 'main.jar' }))
}

async function only(
  folder: string,
  { suffix, main }: { suffix: string; main: string },
): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(suffix)).toSorted()
  if (names.includes(main)) return main
  const [name, ...others] = names
  if (name === undefined)
    throw new Error(`The folder of the work has no *${suffix}: upload one as ${main}`)
  if (others.length > 0)
    throw new Error(`The folder of the work has ${names.join(', ')}: call the one to run ${main}`)
  return name
}
