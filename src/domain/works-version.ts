/**
 * What is different between two versions of a work.
 * @module
 */
import { type DiffLine, lineDiff } from './line-diff.ts'
import type { WorkContent } from './works.ts'

/** The fields of a version beside its script, as the API calls them. */
const FIELDS = {
  workDirectory: 'work_directory',
  mainClassName: 'main_class_name',
  extraParams: 'extra_params',
  javaVersion: 'java_version',
} as const satisfies Partial<Record<keyof WorkContent, string>>

export interface VersionDiff {
  readonly against: number
  readonly fields: { field: string; before: unknown; after: unknown }[]
  readonly lines: DiffLine[]
}

/** What `after` has that `before` had not, and the other way round; no lines where the scripts are the same. */
export function compareVersions(
  before: { readonly version: number; readonly content: WorkContent },
  after: { readonly content: WorkContent },
): VersionDiff {
  const fields = (Object.keys(FIELDS) as (keyof typeof FIELDS)[])
    .map((key) => ({
      field: FIELDS[key],
      before: before.content[key],
      after: after.content[key],
    }))
    .filter((field) => JSON.stringify(field.before) !== JSON.stringify(field.after))
  const [old, now] = [before.content.script ?? '', after.content.script ?? '']
  return { against: before.version, fields, lines: old === now ? [] : lineDiff(old, now) }
}
