/**
 * Which components of a model can answer single rows online.
 * @module
 */
import type { CatalogEntry } from './catalog.ts'
import type { ComponentSpec, TaskSpec } from './work.ts'

/** Why a model with this step cannot go online; undefined where the step can. A step that hands its table on can. */
export function offlineReason(
  name: string,
  work: ComponentSpec,
  entry: Pick<CatalogEntry, 'online'>,
): string | undefined {
  if (!work.run || entry.online !== undefined) return undefined
  return (
    `${name} (${work.module}) cannot answer single rows: predict with a job, or leave the component out of the ` +
    'prediction pipeline (need_deploy, or deploy the model without it)'
  )
}

/** Whether a step asks the hosts of each row. */
export function asksHosts(work: TaskSpec, entry: Pick<CatalogEntry, 'online'>): boolean {
  return work.type === 'component' && work.run && entry.online === 'together'
}
