/**
 * ModelBox's wire shapes.
 * @module
 */
import { z } from '@hono/zod-openapi'

export const ModelboxNewJob = z
  .object({
    job_id: z.string().openapi({ description: '2 to 64 of A–Z a–z 0–9 - + ~ _ . ; no dot first' }),
    job_graph: z
      .union([z.looseObject({}), z.string()])
      .openapi({ description: 'The flow: an object, or its text as TOML or JSON' }),
    job_graph_format: z.enum(['json', 'toml']).optional(),
  })
  .openapi('ModelboxNewJob')

export const ModelboxStatus = z.enum([
  'CREATEING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'PENDING',
  'DELETEING',
  'UNKNOWN',
  'NOTEXIST',
])

export const ModelboxJob = z
  .object({ job_error_msg: z.string(), job_id: z.string(), job_status: ModelboxStatus })
  .openapi('ModelboxJob')

export const ModelboxJobs = z.object({ job_list: z.array(ModelboxJob) }).openapi('ModelboxJobs')

export const ModelboxError = z
  .object({ error_code: z.string(), error_msg: z.string() })
  .openapi('ModelboxError')
