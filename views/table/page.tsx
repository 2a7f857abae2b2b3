/**
 * The pages of data tables.
 * @module
 */
import type { DataTable } from '../../src/domain/table.ts'
import { shown } from '../job/outputs.tsx'
import { tablePath } from '../job/task-words.ts'
import { Say, t } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { DataGrid, Facts, ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'

/** The page of all tables. */
export function TablesPage(props: {
  tables: readonly DataTable[]
  now: number
  uploadCommand: string
}) {
  const { tables, now } = props
  return (
    <>
      <PageHead
        title={t('Tables')}
        lead={t(
          'Data that parties have uploaded. The rows stay in the data directory of the party’s runner; the server keeps names, shapes and, where the party allows it, a preview.',
        )}
      />
      <section class="card" aria-label={t('Tables')}>
        {tables.length === 0 ? (
          <Empty title={t('No tables yet.')}>
            <Say
              text="Upload one as shown below, or {link}, which brings two."
              link={<a href="/">{t('run the example')}</a>}
            />
          </Empty>
        ) : (
          <ListTable
            caption={t('Tables, newest first')}
            items={tables}
            columns={[
              {
                head: t('Table'),
                cell: (table) => <a href={tablePath(table)}>{table.name}</a>,
              },
              { head: t('Namespace'), cell: (table) => table.namespace },
              {
                head: t('Owner'),
                cell: (table) =>
                  table.party === null ? (
                    <span class="muted">{t('every party')}</span>
                  ) : (
                    <span>
                      <Say text="party {party}" party={table.party} />
                    </span>
                  ),
              },
              { head: t('Rows'), kind: 'number', cell: (table) => formatNumber(table.rows) },
              {
                head: t('Columns'),
                kind: 'number',
                cell: (table) => formatNumber(table.columns.length),
              },
              { head: t('Changed'), cell: (table) => <Ago at={table.updatedAt} now={now} /> },
            ]}
          />
        )}
      </section>
      <Section
        id="upload"
        title={t('Upload a table')}
        note={t(
          'A CSV file with a heading line and an id in its first column, through the FATE-Flow API:',
        )}
      >
        <Code text={props.uploadCommand} label={t('Upload command')} />
      </Section>
    </>
  )
}

/** The page of one table. */
export function TablePage({ table, now }: { table: DataTable; now: number }) {
  const header = [table.idColumn ?? 'id', ...table.columns]
  return (
    <>
      <PageHead
        title={table.name}
        lead={t('in namespace {namespace}', { namespace: table.namespace })}
        trail={[['/tables', t('Tables')]]}
      />
      <section class="card" aria-label={t('Facts')}>
        <Facts
          facts={[
            [
              t('Owner'),
              table.party === null ? t('every party') : t('party {party}', { party: table.party }),
            ],
            [t('Rows'), formatNumber(table.rows)],
            [t('Columns'), formatNumber(table.columns.length)],
            [t('Id column'), table.idColumn ?? '–'],
            [t('Partitions'), formatNumber(table.partitions)],
            [t('Uploaded'), <Ago at={table.createdAt} now={now} />],
            [t('Changed'), <Ago at={table.updatedAt} now={now} />],
          ]}
        />
      </section>
      <Section id="columns" title={t('Columns')} aside={countOf(table.columns.length, 'column')}>
        <ul class="names">
          {table.columns.map((name) => (
            <li>
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </Section>
      <Section id="preview" title={t('First rows')}>
        {table.preview === null ? (
          <Empty title={t('The party keeps its rows to itself: there is no preview.')} />
        ) : (
          <>
            <DataGrid
              label={t('First rows of {name}', { name: table.name })}
              header={fit(header, table.preview)}
              rows={table.preview}
            />
            <p class="note">{shown(table.preview.length, table.rows)}</p>
          </>
        )}
      </Section>
    </>
  )
}

/** As many headings as the rows are wide, whether or not the columns name the id. */
function fit(header: readonly string[], rows: readonly (readonly unknown[])[]): readonly string[] {
  const width = rows[0]?.length ?? header.length
  return header.length === width + 1 ? header.slice(1) : header
}
