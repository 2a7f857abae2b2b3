/**
 * Wire shapes of jobs of programs. Nothing that gets through is cut or changed later: what is too long, or could mean
 * something else on the runner's host, is refused here.
 * @module
 */
import { z } from '@hono/zod-openapi'

const Time = z.int().openapi({ description: 'Milliseconds since 1970' })

const KIB = 1024
/** Linux takes no longer single argument or variable. */
const LONGEST_WORD = 120 * KIB
const COMMAND_BYTES = 512 * KIB
const FILE_BYTES = 4 * KIB * KIB
const YEAR_SECONDS = 366 * 24 * 3600

const bytesOf = (text: string): number => new TextEncoder().encode(text).length
const total = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + bytesOf(text), 0)

const Text = z
  .string()
  .refine((text) => !text.includes('\0'), 'a NUL byte ends a text for programs')
const Word = Text.refine(
  (text) => bytesOf(text) <= LONGEST_WORD,
  `longer than ${LONGEST_WORD} bytes: put it into a file`,
)

/** Why the name of a variable is refused, or undefined. */
function nameTrouble(name: string): string | undefined {
  if (name.length > 256 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return 'expected a name of letters, digits and "_", with no digit first'
  return /^(WEFT_.*|PORT_\d+|CUDA_VISIBLE_DEVICES)$/.test(name)
    ? 'this variable says what a task was given and cannot be set: use "needs"'
    : undefined
}

/** Why the path of a file is refused, or undefined. */
function pathTrouble(path: string): string | undefined {
  const fits = path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && bytesOf(part) <= 255)
  return fits && bytesOf(path) <= 1024 && !/[\0\\]/.test(path)
    ? undefined
    : 'expected a path below the working directory, without "..", "//" and "\\"'
}

/** A record whose keys are checked with the sentence that belongs to them. */
function keyed<T extends z.ZodType>(value: T, trouble: (key: string) => string | undefined) {
  return z.record(z.string(), value).superRefine((record, context) => {
    for (const key of Object.keys(record)) {
      const message = trouble(key)
      if (message !== undefined) context.addIssue({ code: 'custom', path: [key], message })
    }
  })
}

const Needs = z
  .strictObject({
    cores: z.number().positive().max(65_536).optional(),
    memoryMb: z
      .int()
      .min(1)
      .max(2 ** 31)
      .optional(),
    gpus: z.int().min(0).max(256).optional(),
    labels: z.record(z.string().min(1).max(256), z.string().max(256)).optional(),
    ports: z.int().min(0).max(256).optional(),
  })
  .openapi('WeftNeeds', { description: 'The least that a task gets, and the most that it may use' })

const Task = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'up to 64 letters, digits, ".", "_" and "-"')
      .openapi({ description: 'Unique within the job' }),
    command: z
      .array(Word)
      .min(1)
      .max(4096)
      .refine(([program]) => program !== '', 'the program has no name')
      .optional()
      .openapi({ description: 'Program and arguments; no shell reads them' }),
    script: Text.min(1)
      .max(256 * KIB)
      .optional()
      .openapi({ description: 'Instead of a command: a text with "#!", else for /bin/sh' }),
    env: keyed(Word, nameTrouble).default({}),
    files: keyed(Text, pathTrouble).default({}).openapi({
      description: 'Texts by path below the working directory; at most 4 MiB of a job',
    }),
    needs: Needs.default({}),
    timeLimitSeconds: z.number().positive().max(YEAR_SECONDS).optional(),
    retries: z
      .int()
      .min(0)
      .max(100)
      .default(0)
      .openapi({ description: 'How often it is tried again when it fails; not after a limit' }),
    engine: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,63}$/)
      .default('local'),
    sandbox: z
      .boolean()
      .optional()
      .openapi({ description: 'As the runner does when it is not given' }),
    network: z
      .boolean()
      .default(false)
      .openapi({ description: 'Whether a sandbox lets it use the network' }),
    party: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .openapi({ description: 'Whose runner is to run it; any that serves all parties without' }),
  })
  .refine(({ command, script }) => (command === undefined) !== (script === undefined), {
    message: 'give either "command" or "script"',
  })
  .refine(
    ({ command = [], env }) =>
      total([...command, ...Object.keys(env), ...Object.values(env)]) <= COMMAND_BYTES,
    { message: `command and variables have more than ${COMMAND_BYTES} bytes`, path: ['command'] },
  )
  .refine(({ files }) => !clash(Object.keys(files)), {
    message: 'one of the files would be a folder of another',
    path: ['files'],
  })

/** One task as it was asked for. */
export type ProcessTask = z.output<typeof Task>

export const WeftNewJob = z
  .strictObject({
    name: z.string().max(256).default(''),
    description: z.string().max(4096).optional(),
    priority: z.int().min(-1000).max(1000).optional(),
    tasks: z.array(Task).min(1).max(1000),
  })
  .refine(({ tasks }) => new Set(tasks.map(({ name }) => name)).size === tasks.length, {
    message: 'two tasks have the same name',
    path: ['tasks'],
  })
  .refine(
    ({ tasks }) =>
      total(tasks.flatMap(({ files }) => [...Object.keys(files), ...Object.values(files)])) <=
      FILE_BYTES,
    { message: `the files have more than ${FILE_BYTES} bytes`, path: ['tasks'] },
  )
  .openapi('WeftNewJob')

export const WeftJobLogQuery = z.object({
  taskId: z.string().optional(),
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .openapi({ description: 'Only lines after this one' }),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
})

export const WeftJobLog = z
  .object({
    lines: z.array(
      z.object({
        id: z.int(),
        taskId: z.string(),
        at: Time,
        level: z.string().openapi({
          description: 'Of a process: info for what it printed, error for its standard error',
        }),
        text: z.string(),
      }),
    ),
  })
  .openapi('WeftJobLog')

function clash(paths: readonly string[]): boolean {
  const known = new Set(paths)
  return paths.some((path) => {
    const parts = path.split('/')
    return parts.some((_, length) => length > 0 && known.has(parts.slice(0, length).join('/')))
  })
}
