/**
 * Looks for units in folders: every TOML file with a `[base]` that names a unit.
 * @module
 */
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'

import type { FlowUnit } from '../../flow/stream/unit.ts'
import { inferenceUnit } from './inference.ts'
import { pythonUnit } from './python.ts'
import { scriptUnit } from './script.ts'
import { isPost, type UnitFile, unitFile } from './unit-file.ts'
import { wasmUnit } from './wasm.ts'
import { yoloUnit } from './yolo.ts'

/** What folders hold. */
export interface FoundUnits {
  readonly units: readonly FlowUnit[]
  /** A sentence for each file that describes a unit which cannot be. */
  readonly problems: readonly string[]
}

const MAKERS: Readonly<Record<string, (file: UnitFile) => FlowUnit>> = {
  python: pythonUnit,
  inference: inferenceUnit,
  javascript: scriptUnit,
  typescript: scriptUnit,
  wasm: wasmUnit,
  yolo_postprocess: yoloUnit,
  yolobox: yoloUnit,
}

/** Folders below which nothing is looked for. */
const SKIPPED = new Set(['node_modules', '__pycache__', '.git'])
const DEPTH = 6
const MOST_FILES = 10_000
const MOST_BYTES = 1 << 20

/** The units in folders and what is below them; the first of a name and device counts. */
export async function scanUnits(folders: readonly string[]): Promise<FoundUnits> {
  const units = new Map<string, FlowUnit>()
  const problems: string[] = []
  const seen = new Set<string>()
  for (const folder of folders) {
    const files: string[] = []
    await collect(await realpath(folder).catch(() => folder), files, DEPTH).catch(
      (error: unknown) => {
        // Most runners have no units of their own.
        if ((error as { code?: string }).code === 'ENOENT') return
        problems.push(`The folder of units ${folder} cannot be read: ${messageOf(error)}`)
      },
    )
    for (const path of files) {
      if (seen.has(path)) continue
      seen.add(path)
      try {
        const unit = await unitOf(path)
        if (!unit) continue
        const key = `${unit.descriptor.name}@${unit.descriptor.device}`
        if (units.has(key)) problems.push(`${path}: a unit ${key} is there already`)
        else units.set(key, unit)
      } catch (error) {
        problems.push(`${path}: ${messageOf(error)}`)
      }
    }
  }
  return { units: [...units.values()], problems }
}

/** What comes with the runner, and of what was found all that has another name or device. */
export function allUnits(
  builtIn: readonly FlowUnit[],
  found: readonly FlowUnit[],
): readonly FlowUnit[] {
  const key = ({ descriptor: { name, device } }: FlowUnit) => `${name}@${device}`
  const known = new Set(builtIn.map(key))
  return [...builtIn, ...found.filter((unit) => !known.has(key(unit)))]
}

async function unitOf(path: string): Promise<FlowUnit | undefined> {
  const text = await readFile(path, 'utf8')
  // Descriptions of flows and settings of tools lie there, too.
  if (text.length > MOST_BYTES || !/^\s*\[base\]/m.test(text)) return undefined
  const file = unitFile(text, path)
  const { type } = file
  if (Object.hasOwn(MAKERS, type)) return MAKERS[type](file)
  throw new Error(
    `current environment does not support units of the type "${type}": ${Object.keys(MAKERS)
      .filter((name) => name === 'yolo_postprocess' || !isPost(name))
      .join(', ')} are known`,
  )
}

async function collect(folder: string, files: string[], depth: number): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (files.length >= MOST_FILES) return
    const path = join(folder, entry.name)
    if (entry.isFile() && entry.name.endsWith('.toml')) files.push(path)
    else if (entry.isDirectory() && depth > 0 && !SKIPPED.has(entry.name))
      await collect(path, files, depth - 1)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
