/**
 * Parts of names and descriptions of works, found by index: every three characters in a row that one has.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // Numbers that stay, which those of rows need not.
  await db.schema
    .createTable('work_text')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('work_id', 'text', (column) =>
      column.notNull().unique().references('work.id').onDelete('cascade'),
    )
    .modifyEnd(sql`strict`)
    .execute()
  // Holds no texts, so an entry is taken out by telling what it was.
  await sql`create virtual table work_gram using fts5
    (name, description, content = '', tokenize = 'trigram case_sensitive 1')`.execute(db)
  await sql`insert into work_text (work_id) select id from work`.execute(db)
  await sql`insert into work_gram (rowid, name, description)
    select work_text.id, name_folded, description_folded
    from work_text join work on work.id = work_id where deleted_at is null`.execute(db)
  const enter = sql`insert into work_gram (rowid, name, description)
    select id, new.name_folded, new.description_folded
    from work_text where work_id = new.id and new.deleted_at is null`
  const takeOut = sql`insert into work_gram (work_gram, rowid, name, description)
    select 'delete', id, old.name_folded, old.description_folded
    from work_text where work_id = old.id and old.deleted_at is null`
  await sql`create trigger work_text_enters after insert on work
    begin
      insert into work_text (work_id) values (new.id);
      ${enter};
    end`.execute(db)
  await sql`create trigger work_text_follows
    after update of name_folded, description_folded, deleted_at on work
    when (old.name_folded, old.description_folded, old.deleted_at)
      is not (new.name_folded, new.description_folded, new.deleted_at)
    begin
      ${takeOut};
      ${enter};
    end`.execute(db)
  await sql`create trigger work_text_leaves before delete on work begin ${takeOut}; end`.execute(db)
  // All that a search asks of a work that is not deleted, that among it, so that no search reads the table.
  await sql`drop index work_by_text`.execute(db)
  await sql`create index work_by_text on work (created_at desc, id, updated_at, owner, user_id, state, frequency,
    deleted_at, name_folded, description_folded) where deleted_at is null`.execute(db)
}
