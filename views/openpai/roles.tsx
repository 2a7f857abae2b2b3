import type { ExitSpec } from '../../src/domain/exit-spec.ts'
import type { FrameworkPlan } from '../../src/domain/framework-plan.ts'
/**
 * The task roles of an attempt: every instance with where it runs, how it ended, and the way to its log.
 * @module
 */
import type { FrameworkMember } from '../../src/domain/framework-record.ts'
import type { Framework } from '../../src/domain/framework.ts'
import type { TaskState } from '../../src/domain/task-state.ts'
import { taskPath } from '../job/task-words.ts'
import { allocationWords } from '../runner/words.ts'
import { t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Span } from '../ui/time.tsx'
import { seatWords } from './words.tsx'

/** Instances of a role that the page shows; those that need a look come first. */
const MOST_SHOWN = 100

const ORDER: readonly string[] = ['failed', 'running', 'ready', 'waiting', 'succeeded', 'canceled']

/** An instance with what its exit means, where it has one. */
export interface ShownMember extends FrameworkMember {
  readonly exit: ExitSpec | null
}

export interface RolesProps {
  readonly framework: Framework
  readonly members: readonly ShownMember[]
  readonly now: number
}

/** All roles. */
export function Roles({ framework, members, now }: RolesProps) {
  const byRole = Map.groupBy(members, ({ role }) => role)
  return (
    <div id="batch-roles" class="roles">
      {framework.plan.roles.map((role) => (
        <Role framework={framework} role={role} members={byRole.get(role.name) ?? []} now={now} />
      ))}
    </div>
  )
}

function Role(props: {
  framework: Framework
  role: FrameworkPlan['roles'][number]
  members: readonly ShownMember[]
  now: number
}) {
  const { framework, role, members, now } = props
  const shown = members
    .toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.index - b.index)
    .slice(0, MOST_SHOWN)
  const done = members.filter(({ state }) => state === 'succeeded').length
  return (
    <Section
      id={`role-${role.name}`}
      title={t('Role {name}', { name: role.name })}
      aside={countOf(members.length, 'instance')}
      note={
        members.length > shown.length
          ? t('{done} of {count} succeeded; the {shown} that most need a look are shown.', {
              done: formatNumber(done),
              count: formatNumber(members.length),
              shown: formatNumber(shown.length),
            })
          : t('{done} of {count} succeeded.', {
              done: formatNumber(done),
              count: formatNumber(members.length),
            })
      }
    >
      <ListTable
        caption={t('Instances of {name}', { name: role.name })}
        items={shown}
        rowId={({ index }) => `task-${role.name}-${index}`}
        columns={[
          {
            head: t('Instance'),
            cell: (member) => (
              <a href={taskPath(framework.jobId, member.taskId)}>{seatWords(member)}</a>
            ),
          },
          { head: t('State'), cell: ({ state }) => <StateBadge state={state as TaskState} /> },
          {
            head: t('Runner'),
            cell: ({ tries }) => tries.at(-1)?.runner ?? <span class="muted">–</span>,
          },
          {
            head: t('Given'),
            cell: ({ tries }) => {
              const given = tries.at(-1)
              return given ? allocationWords(given.allocation) : <span class="muted">–</span>
            },
          },
          { head: t('Exit'), cell: (member) => exitWords(member) },
          {
            head: t('Attempts'),
            kind: 'number',
            cell: ({ tries }) => formatNumber(tries.length),
          },
          {
            head: t('Time'),
            kind: 'number',
            cell: ({ tries }) => (
              <Span
                from={tries.at(-1)?.startedAt ?? null}
                to={tries.at(-1)?.endedAt ?? null}
                now={now}
              />
            ),
          },
          {
            head: t('Log'),
            kind: 'action',
            cell: (member) => (
              <a href={`${taskPath(framework.jobId, member.taskId)}#log`}>
                {t('Log')}
                <span class="visually-hidden"> {seatWords(member)}</span>
              </a>
            ),
          },
        ]}
      />
    </Section>
  )
}

/** How an instance ended in words; why it waits, where it does. */
function exitWords({ exit, reason }: ShownMember) {
  if (exit === null)
    return reason === null ? <span class="muted">–</span> : <span class="why">{told(reason)}</span>
  if (exit.code === 0) return <code>0</code>
  return (
    <span class="why">
      <code>{String(exit.code)}</code> {told(exit.reason)}
    </span>
  )
}
