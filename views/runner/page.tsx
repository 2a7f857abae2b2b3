/**
 * The pages of runners and of parties.
 * @module
 */
import type { Party } from '../../src/domain/party.ts'
import { NoRunner } from '../home.tsx'
import { poll } from '../hx.ts'
import { Empty } from '../ui/empty.tsx'
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { RunnerCards, type RunnerView } from './cards.tsx'

/** The page of all runners; `startCommands` start one beside the server and one elsewhere. */
export function RunnersPage(props: {
  views: readonly RunnerView[]
  startCommands: StartCommands
  now: number
}) {
  const { views, now } = props
  return (
    <div id="runners-page" {...poll('/runners/list')}>
      <PageHead
        title="Runners"
        lead="Runners lease tasks and work on them; one may serve every party, or only those of its own organisation. One that has been silent for 15 seconds counts as gone, and what it held is given to another."
      />
      {views.length === 0 ? (
        <section class="card" aria-label="Runners">
          <NoRunner />
        </section>
      ) : (
        <RunnerCards views={views} now={now} />
      )}
      <Section
        id="start"
        title="Start a runner"
        note="On the host of this server, for every party:"
      >
        <Code text={props.startCommands.here} label="Command for a runner on this host" />
        <p class="note">
          On the host of another organisation, with a one-time code, which the first command makes
          on this host, or <a href="/runners/invite">this page</a>:
        </p>
        <Code text={props.startCommands.elsewhere} label="Commands for a runner elsewhere" />
      </Section>
    </div>
  )
}

/** Commands that start a runner. */
export interface StartCommands {
  readonly here: string
  readonly elsewhere: string
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
