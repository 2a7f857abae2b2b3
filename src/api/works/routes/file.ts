/**
 * The files of a work: its script, its JAR, what it reads. They lie in the work's folder below the works folder of the
 * app's host; its runner sees them where that folder is its own or shared.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { unavailable } from '../../../domain/error.ts'
import { getWork } from '../../../domain/works.ts'
import type { AppDeps, WorkFile } from '../../deps.ts'
import { json } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { answer, WorksDone, WorksError, WorksWorkId } from '../schema.ts'
import { toTime } from '../wire.ts'

const WorksFile = z
  .object({ name: z.string(), bytes: z.int(), updated_at: z.string() })
  .openapi('WorksFile')

const FileId = z.object({ work_id: z.string(), name: z.string() })
const bad = json(WorksError, 'A name or a folder that cannot be')
const missing = json(WorksError, 'There is no such work or file')
const nowhere = json(WorksError, 'This server keeps no files of works')

/** Adds the routes of files. */
export function fileRoutes(api: Api, deps: AppDeps): void {
  /** The folder of a work: the one that it names, or one of its own. */
  async function placeOf(id: string) {
    const work = await getWork(deps.db, id)
    const store = deps.files?.works
    if (!store) {
      throw unavailable(
        'This server has no disk for files of works: send the text as "script", or put files into WEFT_WORKS_DIR of the runner',
      )
    }
    return { store, directory: work.workDirectory ?? work.id }
  }

  const list = createRoute({
    method: 'get',
    path: '/{work_id}/files',
    operationId: 'works.files',
    summary: 'The files of a work, by name',
    request: { params: WorksWorkId },
    responses: { 200: json(answer(z.array(WorksFile)), 'Its files'), 404: missing, 503: nowhere },
  })
  api.openapi(list, async (c) => {
    const { store, directory } = await placeOf(c.req.valid('param').work_id)
    return c.json(success((await store.list(directory)).map(wire)), 200)
  })

  const put = createRoute({
    method: 'put',
    path: '/{work_id}/files/{name}',
    operationId: 'works.file.put',
    summary: 'Keeps the body as a file of a work, in place of one of that name',
    request: { params: FileId },
    responses: {
      200: json(answer(WorksFile), 'The file'),
      400: bad,
      404: missing,
      413: json(WorksError, 'It is too large'),
      503: nowhere,
    },
  })
  api.openapi(put, async (c) => {
    const { work_id: id, name } = c.req.valid('param')
    const { store, directory } = await placeOf(id)
    const body = c.req.raw.body ?? new Blob([]).stream()
    return c.json(
      success(wire(await store.put({ directory, name }, body, deps.settings.uploadLimit))),
      200,
    )
  })

  const get = createRoute({
    method: 'get',
    path: '/{work_id}/files/{name}',
    operationId: 'works.file',
    summary: 'A file of a work',
    request: { params: FileId },
    responses: {
      200: {
        description: 'The file',
        content: { 'application/octet-stream': { schema: z.string() } },
      },
      400: bad,
      404: missing,
      503: nowhere,
    },
  })
  api.openapi(get, async (c) => {
    const { work_id: id, name } = c.req.valid('param')
    const { store, directory } = await placeOf(id)
    const { bytes, body } = await store.open({ directory, name })
    return c.body(body, 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(bytes),
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    })
  })

  const drop = createRoute({
    method: 'delete',
    path: '/{work_id}/files/{name}',
    operationId: 'works.file.delete',
    summary: 'Deletes a file of a work',
    request: { params: FileId },
    responses: { 200: json(WorksDone, 'Done'), 400: bad, 404: missing, 503: nowhere },
  })
  api.openapi(drop, async (c) => {
    const { work_id: id, name } = c.req.valid('param')
    const { store, directory } = await placeOf(id)
    await store.drop({ directory, name })
    return c.json(success(), 200)
  })
}

function wire({ name, bytes, updatedAt }: WorkFile) {
  return { name, bytes, updated_at: toTime(updatedAt) }
}
