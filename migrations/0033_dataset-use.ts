/**
 * What each training uses of data sets: whose labels, under which promise. And how much of it an owner allows.
 * @module
 */
import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('dataset').addColumn('max_epsilon', 'real').execute()
  await db.schema
    .createTable('dataset_use')
    .addColumn('job_id', 'text', (column) =>
      column.notNull().references('job.id').onDelete('cascade'),
    )
    .addColumn('match_id', 'text', (column) => column.notNull())
    .addColumn('party', 'text', (column) => column.notNull())
    .addColumn('dataset', 'text', (column) => column.notNull())
    // The column that is learnt, where it is of this data set.
    .addColumn('label', 'text')
    // What is promised of a single label; null where nothing is.
    .addColumn('epsilon', 'real')
    .addColumn('delta', 'real')
    .addPrimaryKeyConstraint('dataset_use_key', ['job_id', 'party', 'dataset'])
    .modifyEnd(sql`strict`)
    .execute()
  await db.schema
    .createIndex('dataset_use_of')
    .on('dataset_use')
    .columns(['party', 'dataset'])
    .execute()
  // Trainings that there were before count as well.
  await sql`insert or ignore into dataset_use (job_id, match_id, party, dataset, label, epsilon, delta)
    select id, match_id, party, dataset, label,
      case when label is null then null else epsilon end, case when label is null then null else delta end
    from (select job.id, json_extract(job.request, '$.matchId') as match_id,
        json_extract(client.value, '$.party') as party, json_extract(client.value, '$.dataset') as dataset,
        (select read.value from json_each(client.value, '$.columns') as read
          where read.value = json_extract(job.request, '$.label')) as label,
        json_extract(job.request, '$.privacy.epsilon') + 0.0 as epsilon,
        json_extract(job.request, '$.privacy.delta') + 0.0 as delta
      from job, json_each(job.request, '$.clients') as client
      where job.surface = 'fedlearn' and job.kind = 'train')
    where match_id is not null and party is not null and dataset is not null`.execute(db)
}
