/**
 * Versions of models that requests name by the job that trained them alone.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { invalid, notFound } from '../../domain/error.ts'
import { type ModelVersion, searchModels } from '../../domain/model.ts'

/** The model of a version. Several may have one of the same name, where they were imported. */
export async function modelOfVersion(
  db: Db,
  { version, modelId }: { version: string; modelId?: string | null | undefined },
): Promise<ModelVersion> {
  const found = await searchModels(db, { version, ...(modelId ? { modelId } : {}), limit: 2 })
  const [model] = found
  if (!model) {
    throw notFound(`There is no model of version ${version}: model/query has those there are`)
  }
  if (found.length === 1) return model
  throw invalid(`Several models have a version ${version}: name the one you mean by model_id`)
}
