/**
 * Runners: who they are, whom they serve, what their host offers.
 * @module
 */
import type { Runner } from '../../src/domain/runner.ts'
import { Say, t } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { formatBytes, formatNumber } from '../ui/format.ts'
import { ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { runnerPath } from './words.ts'

/** Runners as a table. */
export function RunnerList({ runners, now }: { runners: readonly Runner[]; now: number }) {
  return (
    <ListTable
      caption={t('Runners, live ones first')}
      items={runners}
      rowId={(runner) => `runner-${runner.id}`}
      columns={[
        { head: t('Runner'), cell: (runner) => <a href={runnerPath(runner.id)}>{runner.name}</a> },
        { head: t('State'), cell: (runner) => <RunnerState runner={runner} /> },
        {
          head: t('Serves'),
          cell: (runner) =>
            runner.parties === null ? (
              t('every party')
            ) : (
              <span class="tags">
                {runner.parties.map((party) => (
                  <Tag>
                    <Say text="party {party}" party={party} />
                  </Tag>
                ))}
              </span>
            ),
        },
        { head: t('Slots'), kind: 'number', cell: (runner) => formatNumber(runner.slots) },
        {
          head: t('Cores'),
          kind: 'number',
          cell: ({ facts }) => numberOf(facts['cores'], formatNumber),
        },
        {
          head: t('Memory'),
          kind: 'number',
          cell: ({ facts }) => numberOf(facts['memoryMb'], (size) => formatBytes(size * 2 ** 20)),
        },
        { head: t('Heard of'), cell: (runner) => <Ago at={runner.seenAt} now={now} /> },
        { head: t('Up since'), cell: (runner) => <Ago at={runner.startedAt} now={now} /> },
      ]}
    />
  )
}

/** Whether a runner takes work, in a word. */
export function RunnerState({ runner }: { runner: Runner }) {
  if (runner.state === 'removed') return <Tag>{t('removed')}</Tag>
  if (!runner.live) return <Tag tone="bad">{t('gone')}</Tag>
  if (runner.state === 'draining') return <Tag tone="warn">{t('draining')}</Tag>
  return <Tag tone="good">{t('live')}</Tag>
}

function numberOf(fact: unknown, format: (value: number) => string): string {
  return typeof fact === 'number' ? format(fact) : '–'
}
