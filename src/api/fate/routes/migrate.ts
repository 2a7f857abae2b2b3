/**
 * `/model/migrate`: the parts of a model under the ids of other parties.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { databaseTime } from '../../../domain/clock.ts'
import { DomainError, invalid } from '../../../domain/error.ts'
import { jobId } from '../../../domain/id.ts'
import { depsFor } from '../../access.ts'
import type { AppDeps } from '../../deps.ts'
import { json, jsonBody } from '../../json.ts'
import type { Api } from '../../surface.ts'
import { failure, RETCODE, success } from '../envelope.ts'
import { migratedId, migratePart, type Migration, requireMigration } from '../model-migrate.ts'
import { FateMigrate, FateMigrated } from '../model-schema.ts'

/** Adds the route. */
export function migrateRoutes(api: Api, deps: AppDeps): void {
  const migrate = createRoute({
    method: 'post',
    path: '/model/migrate',
    operationId: 'fate.model.migrate',
    summary: 'Take parts of a model over to other parties, as a model of theirs (1.5)',
    request: jsonBody(FateMigrate),
    responses: { 200: json(FateMigrated, 'What became of every part') },
  })
  api.openapi(migrate, async (c) => {
    const body = c.req.valid('json')
    const { role: initiator, party_id } = body.migrate_initiator
    const migration: Migration = {
      modelId: body.model_id,
      version: body.model_version,
      from: body.role,
      to: body.migrate_role,
      newVersion: body.unify_model_version ?? jobId(await databaseTime(deps.db)),
      initiator: { role: initiator, party: party_id },
    }
    requireMigration(migration)
    const parts = Object.entries(body.execute_party).flatMap(([role, parties]) =>
      parties.map((party) => ({ role, party })),
    )
    for (const { role, party } of parts) {
      if (migration.from[role]?.includes(party)) continue
      throw invalid(`execute_party: ${role} ${party} is not among the parties of role`)
    }
    const codes: Record<string, Record<string, number>> = {}
    const detail: Record<string, Record<string, { retcode: number; retmsg: string }>> = {}
    let trouble: string | undefined
    for (const { role, party } of parts) {
      const refusal = await refusalOf(depsFor(c, deps), migration, { role, party })
      const retcode = refusal === undefined ? RETCODE.success : RETCODE.exception
      ;(codes[role] ??= {})[party] = retcode
      ;(detail[role] ??= {})[party] = { retcode, retmsg: refusal ?? 'success' }
      trouble ??= refusal
    }
    const { newVersion } = migration
    const data = { model_id: migratedId(migration), model_version: newVersion, ...codes, detail }
    if (trouble === undefined) return c.json(success({ jobId: newVersion, data }), 200)
    return c.json({ ...failure(RETCODE.notFound, `failed: ${trouble}`), data }, 200)
  })
}

async function refusalOf(
  deps: AppDeps,
  migration: Migration,
  part: { role: string; party: string },
): Promise<string | undefined> {
  try {
    await migratePart(deps, migration, part)
    return undefined
  } catch (error) {
    if (error instanceof DomainError) return error.message
    throw error
  }
}
