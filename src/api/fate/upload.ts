/**
 * Uploads in FATE-Flow's words: a path on the server, or the file itself.
 * @module
 */
import { z } from '@hono/zod-openapi'

import type { Db } from '../../db/type.ts'
import { DomainError, invalid, unavailable } from '../../domain/error.ts'
import { randomId } from '../../domain/id.ts'
import type { Job } from '../../domain/job.ts'
import { liveRunners, serves } from '../../domain/runner.ts'
import { sharesFiles, submitUpload } from '../../domain/upload.ts'
import type { UploadSpec } from '../../domain/work.ts'
import type { AppDeps, FileStore } from '../deps.ts'
import { describeProblems, toProblems } from '../issue.ts'
import { readMultipart, readText } from '../multipart.ts'
import { allParties, toFateParty } from './mapping.ts'
import { FateUpload } from './table-schema.ts'

type UploadConf = z.output<typeof FateUpload>

/** What an upload has come to. */
export interface Uploaded {
  readonly job: Job
  readonly namespace: string
  readonly name: string
}

const MOST_FIELD_BYTES = 64 * 1024

/**
 * Queues the upload of a file that is there already: on the server's disk, or on that of the party's own runner, which
 * then finds it under its own import folders.
 */
export async function uploadPath(deps: AppDeps, body: unknown): Promise<Uploaded> {
  const conf = parseConf(body)
  const files = filesOf(deps)
  const { site } = files
  const party = conf.local?.party_id ?? null
  if (site !== undefined && !(await sharesFiles(deps.db, { party, site }))) {
    return submit(deps, conf, { source: { type: 'path', path: conf.file } })
  }
  const path = await files.checkImport(conf.file)
  return submit(deps, conf, { source: { type: 'path', path }, ...(site ? { site } : {}) })
}

/**
 * Keeps a multipart body and queues its upload. The configuration stands in form fields or in the query string,
 * as keys and values or, as clients of version 1.5 send it, as one JSON document.
 */
export async function uploadForm(
  deps: AppDeps,
  request: { body: ReadableStream<Uint8Array>; contentType: string; query: URLSearchParams },
): Promise<Uploaded> {
  const files = filesOf(deps)
  const fields = new Map(Object.entries(fromQuery(request.query)))
  let spooled: { readonly id: string; readonly site?: string } | undefined
  try {
    for await (const part of readMultipart(request.body, request.contentType)) {
      if (part.name !== 'file') {
        fields.set(part.name, fromField(await readText(part, MOST_FIELD_BYTES)))
        continue
      }
      if (spooled !== undefined) throw invalid('The form has two parts "file": send one')
      spooled = await files.spool(part.body, deps.settings.uploadLimit)
      fields.set('file', part.filename ?? 'file')
    }
    if (spooled === undefined) throw invalid('The form has no part "file" with the table in it')
    const { id, site } = spooled
    const source = { type: 'spool', id, ...(site === undefined ? {} : { site }) } as const
    return await submit(deps, parseConf(Object.fromEntries(fields)), { source })
  } catch (error) {
    if (spooled !== undefined) await files.dropSpool(spooled.id)
    throw error
  }
}

/**
 * The namespace and name of a table. With `gen_table_info` a missing namespace is made of the parties and a
 * missing name is left undefined.
 */
export function tableName(
  conf: Pick<
    UploadConf,
    'namespace' | 'table_name' | 'gen_table_info' | 'local' | 'role' | 'data_type'
  >,
): { namespace: string; name: string | undefined } {
  const { namespace, table_name: name, local, role, data_type: dataType } = conf
  if (!conf.gen_table_info) {
    const missing = [...(namespace ? [] : ['namespace']), ...(name ? [] : ['table_name'])]
    if (missing.length > 0 || !namespace || !name) throw required(missing)
    return { namespace, name }
  }
  if (namespace) return { namespace, name: name ?? undefined }
  const missing = [
    ...(local?.role && local.party_id ? [] : ['local']),
    ...(role ? [] : ['role']),
    ...(dataType ? [] : ['data_type']),
  ]
  if (missing.length > 0 || !local || !role) throw required(missing)
  return {
    namespace: [local.role, local.party_id, allParties(role), dataType].join('#'),
    name: name ?? undefined,
  }
}

async function submit(
  deps: AppDeps,
  conf: UploadConf,
  file: { readonly source: UploadSpec['source']; readonly site?: string },
): Promise<Uploaded> {
  const { namespace, name = randomId() } = tableName(conf)
  const party = conf.local?.party_id ?? null
  if (party === null) await requireNobody(deps.db)
  const head = conf.head ?? 1
  const job = await submitUpload(deps.db, {
    surface: 'fate',
    owner: deps.owner,
    party,
    namespace,
    name,
    ...file,
    head: head === true || Number(head) === 1,
    delimiter: conf.id_delimiter ?? ',',
    partitions: conf.partition ?? 1,
    request: toRequest(conf, { namespace, name, party: party ?? '0' }),
  })
  return { job, namespace, name }
}

/** An upload is a job like any other, with one component at its owner. */
function toRequest(
  conf: UploadConf,
  table: { namespace: string; name: string; party: string },
): Record<string, unknown> {
  const party = toFateParty(table.party)
  return {
    job_dsl: { components: { upload_0: { module: 'Upload' } } },
    job_runtime_conf: {
      initiator: { role: 'local', party_id: party },
      job_parameters: { work_mode: Number(conf.work_mode ?? 0) },
      role: { local: [party] },
      role_parameters: {
        local: {
          upload_0: {
            file: [conf.file],
            namespace: [table.namespace],
            table_name: [table.name],
            head: [Number(conf.head ?? 1)],
            partition: [conf.partition ?? 1],
          },
        },
      },
    },
  }
}

function parseConf(given: unknown): UploadConf {
  const value = withLocal(given)
  const parsed = FateUpload.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = toProblems(parsed.error, value)
  const missing = problems.filter((problem) => problem.missing)
  if (missing.length === problems.length) throw required(missing.map(({ path }) => path))
  throw invalid(describeProblems(problems))
}

/** Clients that flatten their configuration into a query string leave of `local` only the party beside it. */
function withLocal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { local, ...rest } = value as Record<string, unknown>
  if (typeof local === 'object' && local !== null) return value
  const { party_id: party, role } = rest
  if (party === undefined) return rest
  return { ...rest, local: { party_id: party, role: typeof role === 'string' ? role : undefined } }
}

function filesOf(deps: AppDeps): FileStore {
  if (deps.files) return deps.files
  throw unavailable(
    'This server has no disk and takes no files: send the upload to one that runs on Node or Deno',
  )
}

/** Data that belongs to nobody in particular needs a runner that serves everybody. */
async function requireNobody(db: Db): Promise<void> {
  const live = await liveRunners(db)
  if (live.length === 0 || live.some((runner) => serves(runner, null))) return
  const parties = [...new Set(live.flatMap((runner) => runner.parties ?? []))].toSorted()
  throw new DomainError(
    'invalid',
    `Whose data is it? The live runners serve parties ${parties.join(', ')}: say which with "local": {"party_id": …}`,
  )
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const [first] = query.keys()
  if (first?.trimStart().startsWith('{')) {
    try {
      return JSON.parse(first) as Record<string, unknown>
    } catch (cause) {
      throw new DomainError('invalid', 'The query string starts like JSON and is none', { cause })
    }
  }
  return Object.fromEntries(
    [...query].map(([key, value]): [string, unknown] => [key, fromField(value)]),
  )
}

/** Objects travel as JSON in a form or a query string. */
function fromField(text: string): unknown {
  if (!/^\s*\{/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    // The schema says what was expected in this field.
    return text
  }
}

function required(names: readonly string[]): DomainError {
  return invalid(`the following arguments are required: ${names.join(',')} `)
}
