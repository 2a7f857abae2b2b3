/**
 * Runners: who they are, whom they serve, what their host offers.
 * @module
 */
import type { Runner } from '../../src/domain/runner.ts'
import { Tag } from '../ui/badge.tsx'
import { formatBytes, formatNumber } from '../ui/format.ts'
import { ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'

/** Runners as a table. */
export function RunnerList({ runners, now }: { runners: readonly Runner[]; now: number }) {
  return (
    <ListTable
      caption="Runners, live ones first"
      items={runners}
      rowId={(runner) => `runner-${runner.id}`}
      columns={[
        { head: 'Runner', cell: (runner) => <strong>{runner.name}</strong> },
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

/** What is known of a runner's host beyond the columns of the list. */
export function otherFacts(facts: Record<string, unknown>): [string, unknown][] {
  const shown = ['cores', 'memoryMb', 'identities']
  return Object.entries(facts).filter(([name]) => !shown.includes(name))
}

function RunnerState({ runner }: { runner: Runner }) {
  if (!runner.live) return <Tag tone="bad">gone</Tag>
  if (runner.state === 'draining') return <Tag tone="warn">finishing its tasks</Tag>
  return <Tag tone="good">live</Tag>
}

function numberOf(fact: unknown, format: (value: number) => string): string {
  return typeof fact === 'number' ? format(fact) : '–'
}
