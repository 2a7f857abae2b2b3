/**
 * The pages of data tables.
 * @module
 */
import type { DataTable } from '../../src/domain/table.ts'
import { shown } from '../job/outputs.tsx'
import { tablePath } from '../job/task-words.ts'
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
        title="Tables"
        lead="Data that parties have uploaded. The rows stay in the data directory of the party’s runner; the server keeps names, shapes and, where the party allows it, a preview."
      />
      <section class="card" aria-label="Tables">
        {tables.length === 0 ? (
          <Empty title="No tables yet.">
            Upload one as shown below, or <a href="/">run the example</a>, which brings two.
          </Empty>
        ) : (
          <ListTable
            caption="Tables, newest first"
            items={tables}
            columns={[
              {
                head: 'Table',
                cell: (table) => <a href={tablePath(table)}>{table.name}</a>,
              },
              { head: 'Namespace', cell: (table) => table.namespace },
              {
                head: 'Owner',
                cell: (table) =>
                  table.party === null ? (
                    <span class="muted">every party</span>
                  ) : (
                    <span>party {table.party}</span>
                  ),
              },
              { head: 'Rows', kind: 'number', cell: (table) => formatNumber(table.rows) },
              {
                head: 'Columns',
                kind: 'number',
                cell: (table) => formatNumber(table.columns.length),
              },
              { head: 'Changed', cell: (table) => <Ago at={table.updatedAt} now={now} /> },
            ]}
          />
        )}
      </section>
      <Section
        id="upload"
        title="Upload a table"
        note="A CSV file with a heading line and an id in its first column, through the FATE-Flow API:"
      >
        <Code text={props.uploadCommand} label="Upload command" />
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
        lead={`in namespace ${table.namespace}`}
        trail={[['/tables', 'Tables']]}
      />
      <section class="card" aria-label="Facts">
        <Facts
          facts={[
            ['Owner', table.party === null ? 'every party' : `party ${table.party}`],
            ['Rows', formatNumber(table.rows)],
            ['Columns', formatNumber(table.columns.length)],
            ['Id column', table.idColumn ?? '–'],
            ['Partitions', formatNumber(table.partitions)],
            ['Uploaded', <Ago at={table.createdAt} now={now} />],
            ['Changed', <Ago at={table.updatedAt} now={now} />],
          ]}
        />
      </section>
      <Section id="columns" title="Columns" aside={countOf(table.columns.length, 'column')}>
        <ul class="names">
          {table.columns.map((name) => (
            <li>
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </Section>
      <Section id="preview" title="First rows">
        {table.preview === null ? (
          <Empty title="The party keeps its rows to itself: there is no preview." />
        ) : (
          <>
            <DataGrid
              label={`First rows of ${table.name}`}
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
