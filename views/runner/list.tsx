/**
 * Runners: who they are, whom they serve, what their host offers.
 * @module
 */
import type { Runner } from '../../src/domain/runner.ts'
import { Tag } from '../ui/badge.tsx'
import { formatBytes, formatNumber } from '../ui/format.ts'
import { ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import { runnerPath } from './words.ts'

/** Runners as a table. */
export function RunnerList({ runners, now }: { runners: readonly Runner[]; now: number }) {
  return (
    <ListTable
      caption="Runners, live ones first"
      items={runners}
      rowId={(runner) => `runner-${runner.id}`}
      columns={[
        { head: 'Runner', cell: (runner) => <a href={runnerPath(runner.id)}>{runner.name}</a> },
        { head: 'State', cell: (runner) => <RunnerState runner={runner} /> },
        {
          head: 'Serves',
          cell: (runner) =>
            runner.parties === null ? (
              'every party'
            ) : (
              <span class="tags">
                {runner.parties.map((party) => (
                  <Tag>party {party}</Tag>
                ))}
              </span>
            ),
        },
        { head: 'Slots', kind: 'number', cell: (runner) => formatNumber(runner.slots) },
        {
          head: 'Cores',
          kind: 'number',
          cell: ({ facts }) => numberOf(facts['cores'], formatNumber),
        },
        {
          head: 'Memory',
          kind: 'number',
          cell: ({ facts }) => numberOf(facts['memoryMb'], (size) => formatBytes(size * 2 ** 20)),
        },
        { head: 'Heard of', cell: (runner) => <Ago at={runner.seenAt} now={now} /> },
        { head: 'Up since', cell: (runner) => <Ago at={runner.startedAt} now={now} /> },
      ]}
    />
  )
}

/** Whether a runner takes work, in a word. */
export function RunnerState({ runner }: { runner: Runner }) {
  if (runner.state === 'removed') return <Tag>removed</Tag>
  if (!runner.live) return <Tag tone="bad">gone</Tag>
  if (runner.state === 'draining') return <Tag tone="warn">draining</Tag>
  return <Tag tone="good">live</Tag>
}

function numberOf(fact: unknown, format: (value: number) => string): string {
  return typeof fact === 'number' ? format(fact) : '–'
}
