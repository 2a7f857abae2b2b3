/**
 * The savepoints of a work, from which it may go on.
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'

import { listSavepoints } from '../../../domain/works-savepoint.ts'
import { getWork } from '../../../domain/works.ts'
import type { AppDeps } from '../../deps.ts'
import { json } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { success } from '../envelope.ts'
import { listAnswer, WorksError, WorksTaskQuery, WorksWorkId } from '../schema.ts'
import { toTime } from '../wire.ts'

const PAGE = 20

const WorksSavepoint = z
  .object({
    savepoint_path: z.string(),
    task_id: z.string().openapi({ description: 'The task that wrote it' }),
    job_id: z.string().nullable().openapi({ description: 'The job at the cluster' }),
    written_at: z.string(),
  })
  .openapi('WorksSavepoint')

/** Adds the route of savepoints. */
export function savepointRoutes(api: Api, { db }: AppDeps): void {
  const list = createRoute({
    method: 'get',
    path: '/{work_id}/savepoints',
    operationId: 'works.savepoints',
    summary: 'Every savepoint that the tasks of a work wrote, newest first',
    request: {
      params: WorksWorkId,
      query: WorksTaskQuery.extend({
        q: z.string().max(1024).optional().openapi({ description: 'Part of the path' }),
      }),
    },
    responses: {
      200: json(listAnswer(WorksSavepoint), 'A page of them, 20 unless more are asked for'),
      404: json(WorksError, 'There is no such work'),
    },
  })
  api.openapi(list, async (c) => {
    const { work_id: workId } = c.req.valid('param')
    const { limit = PAGE, offset = 1, q = '' } = c.req.valid('query')
    await getWork(db, workId)
    const skip = Math.max(0, offset - 1) * limit
    const { savepoints, total } = await listSavepoints(db, { workId, text: q, limit, skip })
    const data = savepoints.map(({ path, runId, jobId, at }) => ({
      savepoint_path: path,
      task_id: runId,
      job_id: jobId,
      written_at: toTime(at),
    }))
    c.header('X-Total-Count', String(total))
    return c.json({ ...success(data), total }, 200)
  })
}
