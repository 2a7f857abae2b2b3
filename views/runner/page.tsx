/**
 * The pages of runners and of parties.
 * @module
 */
import type { Party } from '../../src/domain/party.ts'
import type { Runner } from '../../src/domain/runner.ts'
import { NoRunner } from '../home.tsx'
import { poll } from '../hx.ts'
import { Empty } from '../ui/empty.tsx'
import { PageHead } from '../ui/page.tsx'
import { Facts, ListTable, showValue } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { otherFacts, RunnerList } from './list.tsx'

/** The page of all runners. */
export function RunnersPage({ runners, now }: { runners: readonly Runner[]; now: number }) {
  return (
    <div id="runners-page" {...poll('/runners/list')}>
      <PageHead
        title="Runners"
        lead="Runners lease tasks and work on them; one may serve every party, or only those of its own organisation. One that has been silent for 15 seconds counts as gone, and what it held is given to another."
      />
      <section class="card" aria-label="Runners">
        {runners.length === 0 ? <NoRunner /> : <RunnerList runners={runners} now={now} />}
      </section>
      {runners.length === 0 ? null : (
        <div class="folds">
          {runners.map((runner) => (
            <details class="fold" id={`facts-${runner.id}`}>
              <summary>
                <strong>{runner.name}</strong>
                <span class="muted">what its host offers</span>
              </summary>
              <Facts
                facts={[
                  ['Id', <code class="break">{runner.id}</code>],
                  ['Data directory', <code class="break">{runner.site}</code>],
                  ['Reached at', runner.url ?? 'not directly; messages go through the app'],
                  ...otherFacts(runner.facts).map(
                    ([name, value]) => [name, showValue(value)] as const,
                  ),
                ]}
              />
            </details>
          ))}
        </div>
      )}
    </div>
  )
}

/** A party with the fingerprint of its key. */
export interface ListedParty {
  readonly party: Party
  readonly fingerprint: string | null
  readonly runners: readonly string[]
}

/** The page of all parties. */
export function PartiesPage({ parties, now }: { parties: readonly ListedParty[]; now: number }) {
  return (
    <>
      <PageHead
        title="Parties"
        lead="A party is an organisation with data and keys of its own. Its identity key is pinned when its runner first registers, and another key for the same party is refused. Compare fingerprints by telephone before you trust a new party."
      />
      <section class="card" aria-label="Parties">
        {parties.length === 0 ? (
          <Empty title="No party has registered yet.">
            A runner that serves named parties registers them: start one with{' '}
            <code>WEFT_PARTIES=9999 npm run runner</code>. A runner that serves every party needs no
            registration.
          </Empty>
        ) : (
          <ListTable
            caption="Parties"
            items={parties}
            rowId={({ party }) => `party-${party.id}`}
            columns={[
              {
                head: 'Party',
                cell: ({ party }) => (
                  <span>
                    <strong>{party.id}</strong> {party.name}
                  </span>
                ),
              },
              {
                head: 'Key fingerprint (SHA-256)',
                cell: ({ fingerprint }) =>
                  fingerprint === null ? (
                    <span class="muted">none pinned: the next runner that names it pins one</span>
                  ) : (
                    <code class="break">{fingerprint}</code>
                  ),
              },
              {
                head: 'Live runners',
                cell: ({ runners }) =>
                  runners.length === 0 ? <span class="muted">none</span> : runners.join(', '),
              },
              { head: 'Changed', cell: ({ party }) => <Ago at={party.updatedAt} now={now} /> },
            ]}
          />
        )}
      </section>
    </>
  )
}
