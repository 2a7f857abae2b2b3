/**
 * What somebody asked a component's page for, and the addresses that ask for something else.
 * @module
 */
import type { Task } from '../../src/domain/task.ts'
import { t } from '../text/say.tsx'
import { type LogFilter, logQuery } from './log.tsx'
import { partyOf } from './task-words.ts'

/** What the page can show, in the order of its tabs. */
export const COMPONENT_TABS = [
  ['results', 'Results'],
  ['model', 'Model'],
  ['data', 'Data'],
  ['parameters', 'Parameters'],
  ['log', 'Log'],
  ['messages', 'Messages'],
  ['attempts', 'Attempts'],
] as const

export type ComponentTab = (typeof COMPONENT_TABS)[number][0]

/** What somebody asked the page for. */
export interface ComponentChoice {
  readonly tab: ComponentTab
  /** `guest:9999`: whose model or rows. */
  readonly at: string
  /** The name of a table beside others. */
  readonly output: string
  readonly feature: string
  readonly tree: number
  readonly filter: LogFilter
}

/** Nothing in particular. */
export const NO_CHOICE: ComponentChoice = {
  tab: 'results',
  at: '',
  output: '',
  feature: '',
  tree: 0,
  filter: { task: '', level: 'debug', text: '', before: undefined },
}

/** The query string of a choice. */
export function choiceQuery(choice: ComponentChoice): URLSearchParams {
  const { tab, at, output, feature, tree, filter } = choice
  const query = new URLSearchParams({ tab })
  if (at !== '') query.set('at', at)
  if (output !== '') query.set('output', output)
  if (feature !== '') query.set('feature', feature)
  if (tree > 0) query.set('tree', String(tree))
  for (const [key, value] of logQuery(filter)) query.set(key, value)
  return query
}

/** How an address names a task among those of its component. */
export function seatOf({ role, party, position }: Task): string {
  return `${role ?? ''}:${party ?? position}`
}

/** The ways to the other parties' part of the same. */
export function SeatSteps(props: {
  seats: readonly Task[]
  current: string
  path: string
  tab: ComponentTab
}) {
  const { seats, current, path, tab } = props
  return (
    <nav class="steps" aria-label={t('Parties')}>
      {seats.map((task) => (
        <a
          class="step"
          href={`${path}?${new URLSearchParams({ tab, at: seatOf(task) })}`}
          aria-current={seatOf(task) === current ? 'true' : undefined}
        >
          {partyOf(task)}
        </a>
      ))}
    </nav>
  )
}
