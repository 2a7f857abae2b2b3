/**
 * Tags of models: names that people give to versions in order to find them again.
 * @module
 */
import { sql } from 'kysely'

import { type Db, inTransaction } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { conflict, invalid, notFound } from './error.ts'

/** A version of a model. */
export interface ModelKey {
  readonly modelId: string
  readonly version: string
}

export interface Tag {
  readonly name: string
  readonly description: string | null
}

/** Makes a tag. Throws where its name is taken. */
export async function createTag(db: Db, { name, description }: Tag): Promise<void> {
  const created_at = await databaseTime(db)
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('tag')
    .values({ name, description, created_at })
    .onConflict((clash) => clash.column('name').doNothing())
    .executeTakeFirstOrThrow()
  if (!numInsertedOrUpdatedRows) throw taken(name)
}

/** Tags by name, with how many versions have each. */
export async function listTags(db: Db, limit: number): Promise<(Tag & { models: number })[]> {
  return db
    .selectFrom('tag')
    .leftJoin('model_tag', 'model_tag.tag_id', 'tag.id')
    .select(['tag.name', 'tag.description'])
    .select((over) => over.fn.count<number>('model_tag.tag_id').as('models'))
    .groupBy('tag.id')
    .orderBy('tag.name')
    .limit(limit)
    .execute()
}

/** Tags whose name has that text in it. */
export async function searchTags(
  db: Db,
  { text, limit }: { text: string; limit: number },
): Promise<Tag[]> {
  return db
    .selectFrom('tag')
    .select(['name', 'description'])
    .where(sql<number>`instr(name, ${text})`, '>', 0)
    .orderBy('name')
    .limit(limit)
    .execute()
}

/** Gives a tag another name or description; its models keep it. */
export async function changeTag(db: Db, name: string, change: Partial<Tag>): Promise<void> {
  await inTransaction(db, async (trx) => {
    const tag = await getTag(trx, name)
    const set = {
      name: change.name ?? tag.name,
      description: change.description === undefined ? tag.description : change.description,
    }
    if (set.name === tag.name && set.description === tag.description) {
      throw invalid(`Tag "${name}" is like that already: send new_tag_name or new_tag_desc`)
    }
    if (set.name !== tag.name && (await findTag(trx, set.name))) throw taken(set.name)
    await trx.updateTable('tag').set(set).where('id', '=', tag.id).execute()
  })
}

/** Deletes a tag; the models stay. */
export async function deleteTag(db: Db, name: string): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('tag')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  if (numDeletedRows === 0n) throw missing(name)
}

/** The versions that have a tag, newest first. */
export async function modelsOfTag(
  db: Db,
  { name, limit }: { name: string; limit: number },
): Promise<ModelKey[]> {
  const tag = await getTag(db, name)
  const rows = await db
    .selectFrom('model_tag')
    .innerJoin('model', (join) =>
      join
        .onRef('model.model_id', '=', 'model_tag.model_id')
        .onRef('model.version', '=', 'model_tag.version'),
    )
    .select(['model.model_id', 'model.version'])
    .where('model_tag.tag_id', '=', tag.id)
    .orderBy('model.created_at', 'desc')
    .orderBy('model.version', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ model_id: modelId, version }) => ({ modelId, version }))
}

/** The tags of a version, by name. */
export async function tagsOfModel(db: Db, { modelId, version }: ModelKey): Promise<Tag[]> {
  return db
    .selectFrom('model_tag')
    .innerJoin('tag', 'tag.id', 'model_tag.tag_id')
    .select(['tag.name', 'tag.description'])
    .where('model_tag.model_id', '=', modelId)
    .where('model_tag.version', '=', version)
    .orderBy('tag.name')
    .execute()
}

/** Puts a tag on a version, and makes it where there is none. Throws where the version has it. */
export async function tagModel(db: Db, model: ModelKey, name: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const now = await databaseTime(trx)
    await trx
      .insertInto('tag')
      .values({ name, description: null, created_at: now })
      .onConflict((clash) => clash.column('name').doNothing())
      .execute()
    const { id } = await getTag(trx, name)
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('model_tag')
      .values({ tag_id: id, model_id: model.modelId, version: model.version, created_at: now })
      .onConflict((clash) => clash.doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows) return
    throw conflict(`Model ${model.modelId} version ${model.version} has the tag "${name}" already`)
  })
}

/** Takes a tag off a version. Throws where it has not got it. */
export async function untagModel(db: Db, model: ModelKey, name: string): Promise<void> {
  const { id } = await getTag(db, name)
  const { numDeletedRows } = await db
    .deleteFrom('model_tag')
    .where('tag_id', '=', id)
    .where('model_id', '=', model.modelId)
    .where('version', '=', model.version)
    .executeTakeFirstOrThrow()
  if (numDeletedRows > 0n) return
  throw notFound(
    `Model ${model.modelId} version ${model.version} has no tag "${name}": model_tag/retrieve lists those it has`,
  )
}

async function findTag(db: Db, name: string) {
  return db.selectFrom('tag').selectAll().where('name', '=', name).executeTakeFirst()
}

async function getTag(db: Db, name: string) {
  const tag = await findTag(db, name)
  if (tag) return tag
  throw missing(name)
}

function missing(name: string) {
  return notFound(`There is no tag "${name}": tag/list has those there are`)
}

function taken(name: string) {
  return conflict(`There is a tag "${name}" already`)
}
