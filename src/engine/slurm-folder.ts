/**
 * The folder of one Slurm job, on a file system that runner and nodes share: what to run, what it printed, and how
 * each member ended, so that an ending is known even when the controller has forgotten the job.
 * @module
 */
import { createReadStream } from 'node:fs'
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Ending, Meeting, OutputSinks, ProcessSpec } from './engine.ts'
import { createLineWriter } from './output.ts'
import { meetingLines, withAddresses } from './slurm-meeting.ts'
import { exited } from './slurm-port.ts'
import { quote } from './slurm-quote.ts'

/** What has to be known of a job to follow it after a restart. */
export interface SlurmRecord {
  readonly name: string
  readonly key: string
  readonly size: number
  readonly timeMs: number | undefined
  /** Where it learns the nodes of others; absent where it meets nobody. */
  readonly meeting?: { readonly folder: string; readonly names: readonly string[] }
  /** Once it is known; the script writes it down as well when it begins. */
  readonly jobId?: string
}

/** Makes the folder and answers the batch script. */
export async function prepareFolder(
  folder: string,
  spec: ProcessSpec,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await mkdir(spec.cwd, { recursive: true })
  const path = join(folder, 'command')
  const { command } = spec
  const text =
    'script' in command
      ? command.script.startsWith('#!')
        ? command.script
        : `#!/bin/sh\n${command.script}`
      : `#!/bin/sh\nexec ${command.argv.map(quote).join(' ')}\n`
  await writeFile(path, text, { mode: 0o700 })
  await chmod(path, 0o700)
  const { meeting } = spec
  if (meeting !== undefined) await mkdir(meeting.folder, { recursive: true, mode: 0o700 })
  return batchScript({ folder, path, cwd: spec.cwd, env, meeting })
}

/** Keeps what `readRecord` gives after a restart. */
export async function writeRecord(folder: string, record: SlurmRecord): Promise<void> {
  const path = join(folder, 'job.json')
  await writeFile(`${path}.draft`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${path}.draft`, path)
}

/** What is known of the job in `folder`; throws when there is none. */
export async function readRecord(folder: string): Promise<SlurmRecord> {
  const text = await readFile(join(folder, 'job.json'), 'utf8').catch((error: unknown) => {
    throw new Error(`There is no job in ${folder}: it was removed, or is on another host.`, {
      cause: error,
    })
  })
  return JSON.parse(text) as SlurmRecord
}

/** The job's number as its own script wrote it down; undefined when it has not begun. */
export async function readJobId(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'job.id'), 'utf8').catch(() => '')
  return /^\d+$/m.exec(text)?.[0]
}

/** How many milliseconds ago its script began, by the clocks of node and runner; 0 when that is not known. */
export async function begunAgo(folder: string): Promise<number> {
  const file = await stat(join(folder, 'job.id')).catch(() => undefined)
  return file === undefined ? 0 : Math.max(0, Date.now() - file.mtimeMs)
}

/** How a member ended as its own script wrote it down; undefined when it did not come to that. */
export async function readEnding(folder: string, member: number): Promise<Ending | undefined> {
  const text = await readFile(join(folder, `${member}.exit`), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const code = Number(text)
  return code > 128 ? exited(0, code - 128) : exited(code, 0)
}

/** Whether Slurm wrote into a member's output that it ended it for memory: not every plugin tells it by the state. */
export async function endedForMemory(folder: string, member: number): Promise<boolean> {
  const text = await readFile(join(folder, `${member}.err`), 'latin1').catch(() => '')
  return /^slurmstepd\S*: error: .*(exceeded memory limit|oom.kill)/im.test(text.slice(-8192))
}

/** Follows the output files of all members. */
export interface OutputFollower {
  /** Delivers what has come since the last time. */
  poll(): Promise<void>
  /** Delivers the rest, last lines without an end too. */
  end(): Promise<void>
}

/** Follows the files from their beginning. */
export function followOutput(
  folder: string,
  size: number,
  output: OutputSinks = {},
): OutputFollower {
  const files = Array.from({ length: size }, (_, member) =>
    (['stdout', 'stderr'] as const).map((name) => ({
      path: join(folder, `${member}.${name === 'stdout' ? 'out' : 'err'}`),
      writer: createLineWriter(output[name], output, member),
      wanted: output[name] !== undefined,
      position: 0,
    })),
  ).flat()
  const poll = async (): Promise<void> => {
    for (const file of files) {
      if (!file.wanted) continue
      try {
        for await (const chunk of createReadStream(file.path, { start: file.position })) {
          file.position += (chunk as Buffer).length
          await file.writer.write(chunk as Buffer)
        }
      } catch (error) {
        // Not there before the member has started.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  }
  return {
    poll,
    async end() {
      await poll()
      for (const { writer } of files) await writer.end()
    },
  }
}

function batchScript(job: {
  folder: string
  path: string
  cwd: string
  env: Readonly<Record<string, string>>
  meeting: Meeting | undefined
}): string {
  const { env, meeting } = job
  const exports = Object.entries(env).map(([name, value]) => ({
    name,
    late: meeting?.members.some(({ mark }) => value.includes(mark)) === true,
    line: `export ${name}=${withAddresses(value, meeting)}`,
  }))
  const ended = `ended=${quote(job.folder)}/"$WEFT_ARRAY_INDEX".exit`
  const lines = (late: boolean): string[] =>
    exports.filter((one) => one.late === late).map(({ line }) => line)
  return [
    '#!/bin/sh',
    ...lines(false),
    'export WEFT_ARRAY_INDEX="${SLURM_ARRAY_TASK_ID:-0}"',
    'me="${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}"',
    `begun=${quote(`${job.folder}/job.id`)}`,
    // A link appears with its text or not at all, and only once.
    'draft="$begun.$me.$WEFT_ARRAY_INDEX"',
    'echo "$me" > "$draft"',
    'ln "$draft" "$begun" 2> /dev/null || [ -e "$begun" ] || echo "$me" > "$begun"',
    'rm -f "$draft"',
    // Another submission of the same job has begun before: this one has nothing to do.
    '[ "$(cat "$begun")" = "$me" ] || exit 0',
    ended,
    ...(meeting === undefined ? [] : meetingLines(meeting, '"$ended"')),
    ...lines(true),
    `cd ${quote(job.cwd)} || exit 125`,
    'ulimit -c 0',
    // Were the script to end first, what does not listen would be left behind on the node.
    'trap : TERM',
    quote(job.path),
    'code=$?',
    'trap - TERM',
    // The environment may have a variable of that name.
    ended,
    'echo "$code" > "$ended.draft" && mv "$ended.draft" "$ended"',
    // Slurm then tells the signal as one, not as a code above 128.
    'if [ "$code" -gt 128 ]; then kill -"$((code - 128))" $$; fi',
    'exit "$code"',
    '',
  ].join('\n')
}
