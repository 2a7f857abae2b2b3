/**
 * What a component learnt, as its file has it: from this host's own data directory, or from the runner that holds it.
 * @module
 */
import type { Artifact } from '../../domain/artifact.ts'
import { unavailable } from '../../domain/error.ts'
import type { AppDeps } from '../deps.ts'
import { fetchFile } from './remote-rows.ts'

/** The text of a model's file. Throws a sentence where it is out of reach. */
export async function readModelText(
  deps: AppDeps,
  of: {
    jobId: string
    name: { readonly role: string; readonly party: string }
    component: string
    artifact: Artifact
  },
): Promise<string> {
  const { role, party } = of.name
  const { site } = of.artifact
  const place = { site: site ?? '', jobId: of.jobId, role, party, node: of.component }
  const text = await deps.files?.readModel?.(place)
  if (text !== undefined) return text
  const far =
    site === null || site === deps.files?.site
      ? undefined
      : await fetchFile(deps, place, { what: 'model' })
  if (far && 'lines' in far) {
    const decoder = new TextDecoder()
    const parts: string[] = []
    try {
      for await (const chunk of far.lines()) parts.push(decoder.decode(chunk, { stream: true }))
    } finally {
      await far.drop()
    }
    return parts.join('') + decoder.decode()
  }
  const why = far === undefined ? '' : `: ${far.refusal}`
  throw unavailable(
    `The part of ${role} ${party} (${of.component}) is not in the data directory of this server: it is in that of the ` +
      `party's own runner, or lost${why}`,
  )
}
