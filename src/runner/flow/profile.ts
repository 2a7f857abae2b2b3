/**
 * What a flow notes of itself in files, where its `[profile]` names a folder: a trace that Chrome and Perfetto open, and
 * how it used the runner. Files lie below the flow's own folder of the export folder.
 * @module
 */
import { mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import process from 'node:process'

import { traceCalls, traceNames, type TracePiece } from '../../domain/flow-trace.ts'
import type { FlowDocument } from '../../flow/stream/document.ts'
import { isBelow, isWithin } from '../data/below.ts'
import { writeAtomically } from '../data/file.ts'
import type { Flow } from './flow.ts'

/** Points of a file of figures: a day, with one a minute. */
const MOST_POINTS = 1440
/** Files of each kind that stay when a flow begins again and again. */
const KEPT_FILES = 16

export interface Profile {
  /** Keeps a piece of the trace in place of what had its key. */
  keep(key: string, piece: TracePiece): void
  /** Notes what the flow does now. */
  mark(flow: Pick<Flow, 'figures'>): void
  /** Writes all files anew; two calls do not overlap. */
  write(): Promise<void>
}

/** How a flow did at a moment, as its file has it. */
interface Point {
  /** Seconds since the flow began. */
  readonly at: number
  /** Of the whole runner: processor time in seconds since it began, memory in bytes. */
  readonly runner_cpu: number
  readonly runner_memory: number
  readonly nodes: readonly Readonly<Record<string, string | number>>[]
}

export interface ProfileOptions {
  readonly exportDir: string | undefined
  readonly jobId: string
  /** The task, which tells replicas apart. */
  readonly task: string
  readonly now?: () => number
}

/** Opens the folder that the document names; undefined where it names none. Throws where it is outside of the flow's. */
export async function openProfile(
  { profileDir, trace, performance, name }: FlowDocument,
  { exportDir, jobId, task, now = Date.now }: ProfileOptions,
): Promise<Profile | undefined> {
  if (profileDir === '') return undefined
  const folder = await ownFolder(profileDir, { exportDir, jobId })
  const began = now()
  const date = new Date(began)
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-')
  const fileOf = (kind: string) => join(folder, `${kind}_${date}_${task}.json`)
  for (const kind of ['trace', 'performance']) await prune(folder, { kind, task })
  const pieces = new Map<string, TracePiece>()
  const points: Point[] = []
  let writing: Promise<void> = Promise.resolve()

  async function writeTrace(): Promise<void> {
    const told = [...pieces.values()].toSorted((a, b) => a.sequence - b.sequence)
    const lanes = told.at(-1)?.lanes ?? []
    const [{ began: start } = { began }] = told
    await writeAtomically(fileOf('trace'), async (file) => {
      await file.write('{"displayTimeUnit":"ms","traceEvents":[')
      await file.write(JSON.stringify(traceNames({ name: task, lanes, pid: 1 })).slice(1, -1))
      // A piece at a time: the flow goes on between them.
      for (const piece of told) {
        const calls = traceCalls(piece, { lanes, pid: 1, began: start })
        if (calls.length > 0) await file.write(`,\n${JSON.stringify(calls).slice(1, -1)}`)
      }
      const otherData = { flow: name, began: new Date(start).toISOString() }
      await file.write(`],"otherData":${JSON.stringify(otherData)}}\n`)
    })
  }

  async function writePoints(): Promise<void> {
    const text = JSON.stringify({ flow: name, began: new Date(began).toISOString(), points })
    await writeAtomically(fileOf('performance'), async (file) => void (await file.write(text)))
  }

  return {
    keep(key, piece) {
      if (trace) pieces.set(key, piece)
    },
    mark(flow) {
      if (!performance) return
      const { user, system } = process.cpuUsage()
      points.push({
        at: Math.round((now() - began) / 100) / 10,
        runner_cpu: (user + system) / 1e6,
        runner_memory: process.memoryUsage.rss(),
        nodes: flow.figures().map((node) => ({
          node: node.node,
          unit: node.unit,
          calls: node.calls,
          taken: node.taken,
          given: node.given,
          errors: node.errors,
          busy_ms: node.busyMs,
          waiting: node.waiting,
        })),
      })
      if (points.length > MOST_POINTS) points.shift()
    },
    write() {
      const again = async () => {
        if (trace) await writeTrace()
        if (performance) await writePoints()
      }
      writing = writing.then(again, again)
      return writing
    },
  }
}

/** The folder, made where it is not there. A flow reaches no other flow's, and nothing else of the host. */
async function ownFolder(
  dir: string,
  { exportDir, jobId }: Pick<ProfileOptions, 'exportDir' | 'jobId'>,
): Promise<string> {
  if (exportDir === undefined)
    throw new Error(
      `profile.dir "${dir}": this runner writes no files: give it a folder with WEFT_EXPORT_DIR, or leave it empty`,
    )
  const own = resolve(exportDir, 'flows', jobId)
  const folder = resolve(own, dir)
  const refused = new Error(
    `profile.dir "${dir}" is not in the flow's own folder: name a folder without a way out of it, as "profile", or leave it empty`,
  )
  if (isAbsolute(dir) || dir.includes('\0') || !isWithin(own, folder)) throw refused
  await mkdir(folder, { recursive: true })
  const [base, real, home] = await Promise.all(
    [exportDir, folder, own].map((path) => realpath(path)),
  )
  if (!isBelow(base, home) || !isWithin(home, real)) throw refused
  return folder
}

async function prune(folder: string, of: { kind: string; task: string }): Promise<void> {
  const names = await readdir(folder)
  const own = names.filter(
    (each) => each.startsWith(`${of.kind}_`) && each.endsWith(`_${of.task}.json`),
  )
  // Their names are in the order of their dates.
  for (const old of own.toSorted().slice(0, Math.max(0, own.length - KEPT_FILES + 1)))
    await rm(join(folder, old), { force: true })
}
