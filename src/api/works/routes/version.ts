/**
 * The versions of what a work runs: list, compare, go back to one.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { DomainError } from '../../../domain/error.ts'
import { compareVersions } from '../../../domain/works-version.ts'
import { changeWork, getWork, listVersions } from '../../../domain/works.ts'
import type { AppDeps } from '../../deps.ts'
import { json } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { answer, WorksError, WorksWorkId } from '../schema.ts'
import { toTime } from '../wire.ts'

const missing = json(WorksError, 'There is no such work or version')

const Version = z.string().regex(/^\d{1,9}$/, 'expected the number of a version')
const VersionId = z.object({ work_id: z.string(), version: Version })

const WorksVersion = z
  .object({
    version: z.int(),
    created_at: z.string(),
    script: z.string().nullable(),
    work_directory: z.string().nullable(),
    main_class_name: z.string().nullable(),
    extra_params: z.array(z.string()).nullable(),
    java_version: z.string().nullable(),
  })
  .openapi('WorksVersion')

const WorksDiff = z
  .object({
    version: z.int(),
    against: z.int(),
    fields: z
      .array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() }))
      .openapi({ description: 'Those beside the script that differ' }),
    lines: z
      .array(
        z.object({
          kind: z.enum(['same', 'removed', 'added']),
          text: z.string(),
          before: z.int().nullable().openapi({ description: 'Its number in the script before' }),
          after: z.int().nullable(),
        }),
      )
      .openapi({ description: 'The lines of both scripts; empty where they are the same' }),
  })
  .openapi('WorksDiff')

/** Adds the routes of versions. */
export function versionRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps

  const versions = createRoute({
    method: 'get',
    path: '/{work_id}/versions',
    operationId: 'works.versions',
    summary: 'Every version of what a work runs, newest first',
    request: { params: WorksWorkId },
    responses: { 200: json(answer(z.array(WorksVersion)), 'Its versions'), 404: missing },
  })
  api.openapi(versions, async (c) => {
    const { id } = await getWork(db, c.req.valid('param').work_id)
    const all = await listVersions(db, id)
    return c.json(
      success(
        all.map(({ version, content, createdAt }) => ({
          version,
          created_at: toTime(createdAt),
          script: content.script,
          work_directory: content.workDirectory,
          main_class_name: content.mainClassName,
          extra_params: content.extraParams === null ? null : [...content.extraParams],
          java_version: content.javaVersion,
        })),
      ),
      200,
    )
  })

  const diff = createRoute({
    method: 'get',
    path: '/{work_id}/versions/{version}/diff',
    operationId: 'works.version.diff',
    summary: 'What a version changed, against the one before it or another',
    request: { params: VersionId, query: z.object({ against: Version.optional() }) },
    responses: { 200: json(answer(WorksDiff), 'What is different'), 404: missing },
  })
  api.openapi(diff, async (c) => {
    const { work_id: id, version } = c.req.valid('param')
    const { against = String(Math.max(Number(version) - 1, 1)) } = c.req.valid('query')
    await getWork(db, id)
    const versions = await listVersions(db, id)
    const [before, after] = [find(versions, id, against), find(versions, id, version)]
    return c.json(success({ version: after.version, ...compareVersions(before, after) }), 200)
  })

  const rollBack = createRoute({
    method: 'post',
    path: '/{work_id}/versions/{version}/restore',
    operationId: 'works.version.restore',
    summary: 'Has a work run what an earlier version ran; that is a new version',
    request: {
      params: VersionId,
    },
    responses: {
      200: json(answer(z.object({ version: z.int() })), 'The version that it now has'),
      404: missing,
    },
  })
  api.openapi(rollBack, async (c) => {
    const { work_id: id, version } = c.req.valid('param')
    await getWork(db, id)
    const found = find(await listVersions(db, id), id, version)
    const work = await changeWork(db, { id, change: found.content, at: deps.now() })
    return c.json(success({ version: work.version }), 200)
  })
}

type Versions = Awaited<ReturnType<typeof listVersions>>

function find(versions: Versions, id: string, version: string): Versions[number] {
  const found = versions.find((one) => one.version === Number(version))
  if (found) return found
  throw new DomainError('not_found', `Work ${id} has no version ${version}`, {
    subject: 'version',
  })
}
