/**
 * Downloads in FATE-Flow's words.
 * @module
 */
import type { z } from '@hono/zod-openapi'

import { submitDownload } from '../../domain/download.ts'
import type { Job } from '../../domain/job.ts'
import type { AppDeps } from '../deps.ts'
import { toFateParty } from './mapping.ts'
import type { FateDownload } from './table-schema.ts'

/** Queues the download of a table into a file below the export folder. */
export async function downloadTable(
  deps: AppDeps,
  conf: z.output<typeof FateDownload>,
): Promise<Job> {
  const { namespace, table_name: name, output_path: path } = conf
  deps.files?.checkExport?.(path)
  const party = conf.local?.party_id ?? null
  const delimiter = conf.delimitor ?? ','
  const member = toFateParty(party ?? '0')
  return submitDownload(deps.db, {
    surface: 'fate',
    owner: deps.owner,
    party,
    namespace,
    name,
    path,
    delimiter,
    request: {
      job_dsl: { components: { download_0: { module: 'Download' } } },
      job_runtime_conf: {
        initiator: { role: 'local', party_id: member },
        job_parameters: { work_mode: Number(conf.work_mode ?? 0) },
        role: { local: [member] },
        role_parameters: {
          local: {
            download_0: {
              namespace: [namespace],
              table_name: [name],
              output_path: [path],
              delimitor: [delimiter],
            },
          },
        },
      },
    },
  })
}
