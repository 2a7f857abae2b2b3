/**
 * The pages of runners and of parties.
 * @module
 */
import type { Party } from '../../src/domain/party.ts'
import { NoRunner } from '../home.tsx'
import { poll } from '../hx.ts'
import { Say, t } from '../text/say.tsx'
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
        title={t('Runners')}
        lead={t(
          'Runners lease tasks and work on them; one may serve every party, or only those of its own organisation. One that has been silent for 15 seconds counts as gone, and what it held is given to another.',
        )}
      />
      {views.length === 0 ? (
        <section class="card" aria-label={t('Runners')}>
          <NoRunner />
        </section>
      ) : (
        <RunnerCards views={views} now={now} />
      )}
      <Section
        id="start"
        title={t('Start a runner')}
        note={t('On the host of this server, for every party:')}
      >
        <Code text={props.startCommands.here} label={t('Command for a runner on this host')} />
        <p class="note">
          <Say
            text="On the host of another organisation, with a one-time code, which the first command makes on this host, or {link}:"
            link={<a href="/runners/invite">{t('this page')}</a>}
          />
        </p>
        <Code text={props.startCommands.elsewhere} label={t('Commands for a runner elsewhere')} />
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
        title={t('Parties')}
        lead={t(
          'A party is an organisation with data and keys of its own. Its identity key is pinned when its runner first registers, and another key for the same party is refused. Compare fingerprints by telephone before you trust a new party.',
        )}
      />
      <section class="card" aria-label={t('Parties')}>
        {parties.length === 0 ? (
          <Empty title={t('No party has registered yet.')}>
            <Say
              text="A runner that serves named parties registers them: start one with {code}. A runner that serves every party needs no registration."
              code={<code>WEFT_PARTIES=9999 npm run runner</code>}
            />
          </Empty>
        ) : (
          <ListTable
            caption={t('Parties')}
            items={parties}
            rowId={({ party }) => `party-${party.id}`}
            columns={[
              {
                head: t('Party'),
                cell: ({ party }) => (
                  <span>
                    <strong>{party.id}</strong> {party.name}
                  </span>
                ),
              },
              {
                head: t('Key fingerprint (SHA-256)'),
                cell: ({ fingerprint }) =>
                  fingerprint === null ? (
                    <span class="muted">
                      {t('none pinned: the next runner that names it pins one')}
                    </span>
                  ) : (
                    <code class="break">{fingerprint}</code>
                  ),
              },
              {
                head: t('Live runners'),
                cell: ({ runners }) =>
                  runners.length === 0 ? (
                    <span class="muted">{t('none')}</span>
                  ) : (
                    runners.join(', ')
                  ),
              },
              { head: t('Changed'), cell: ({ party }) => <Ago at={party.updatedAt} now={now} /> },
            ]}
          />
        )}
      </section>
    </>
  )
}
