/**
 * Runners as cards: how each is, how busy, and what it works on.
 * @module
 */
import type { RunnerTask } from '../../src/domain/runner-control.ts'
import type { TimedSample } from '../../src/domain/runner-use.ts'
import type { Runner } from '../../src/domain/runner.ts'
import { partyOf, taskPath } from '../job/task-words.ts'
import { Say, t } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { PostButton } from '../ui/page.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { RunnerState } from './list.tsx'
import { formatMb, formatShare, gpuWords, holderOf, runnerPath, sizeOf } from './words.ts'

/** A runner with what it works on and how busy it was. */
export interface RunnerView {
  readonly runner: Runner
  readonly tasks: readonly RunnerTask[]
  /** Oldest first. */
  readonly samples: readonly TimedSample[]
}

/** How much of the past a card shows, and how far apart two samples of it may be. */
export const CARD_MS = 15 * 60_000
const CARD_BREAK_MS = 45_000
/** Tasks that a card names one by one. */
const NAMED = 5

/** All runners. */
export function RunnerCards({ views, now }: { views: readonly RunnerView[]; now: number }) {
  return (
    <ul class="runner-cards">
      {views.map((view) => (
        <li>
          <RunnerCard {...view} now={now} />
        </li>
      ))}
    </ul>
  )
}

function RunnerCard({ runner, tasks, samples, now }: RunnerView & { now: number }) {
  const gpus = runner.capacity.gpus ?? []
  return (
    <article class="card runner-card" id={`runner-${runner.id}`}>
      <div class="runner-head">
        <h2>
          <a href={runnerPath(runner.id)}>{runner.name}</a>
        </h2>
        <RunnerState runner={runner} />
        <span class="muted">
          <Say text="heard of {ago}" ago={<Ago at={runner.seenAt} now={now} />} />
        </span>
        <RunnerActions runner={runner} back="/runners" small />
      </div>
      <p class="tags">
        <Serves runner={runner} />
        {Object.entries(runner.capacity.labels ?? {}).map(([name, value]) => (
          <Tag>
            {name}={value}
          </Tag>
        ))}
      </p>
      <UseStrip {...{ runner, tasks, samples, now }} />
      {gpus.length === 0 ? null : (
        <ul class="runner-lines" aria-label={t('GPUs of {name}', { name: runner.name })}>
          {gpus.map((gpu) => {
            const holder = holderOf(gpu, tasks)
            return (
              <li>
                <span>
                  <strong>
                    <Say text="GPU {id}" id={gpu.id} />
                  </strong>{' '}
                  {gpuWords(gpu)}
                </span>
                {holder ? <TaskLink task={holder} /> : <span class="muted">{t('free')}</span>}
              </li>
            )
          })}
        </ul>
      )}
      {tasks.length === 0 ? (
        <p class="muted">
          {runner.live ? t('Runs nothing now.') : t('Ran nothing when it fell silent.')}
        </p>
      ) : (
        <ul class="runner-lines" aria-label={t('Tasks of {name}', { name: runner.name })}>
          {tasks.slice(0, NAMED).map((task) => (
            <li>
              <TaskLink task={task} />
              <Span from={task.startedAt} to={null} now={now} />
            </li>
          ))}
          {tasks.length > NAMED ? (
            <li>
              <a href={runnerPath(runner.id)}>
                <Say text="and {length} more" length={formatNumber(tasks.length - NAMED)} />
              </a>
            </li>
          ) : null}
        </ul>
      )}
    </article>
  )
}

/** The parties that a runner serves. */
export function Serves({ runner }: { runner: Runner }) {
  if (runner.parties === null) return <Tag>{t('every party')}</Tag>
  return (
    <>
      {runner.parties.map((party) => (
        <Tag>
          <Say
            text="party {link}"
            link={<a href={`/parties#party-${encodeURIComponent(party)}`}>{party}</a>}
          />
        </Tag>
      ))}
    </>
  )
}

/** Slots, processors and memory, with the last quarter of an hour. */
function UseStrip({ runner, tasks, samples, now }: RunnerView & { now: number }) {
  const { cores, memoryMb } = sizeOf(runner)
  const last = samples.at(-1)
  const span = [now - CARD_MS, now] as const
  const top = memoryMb ?? Math.max(1, ...samples.map((sample) => sample.memoryMb))
  const cpu = last ? formatShare(last.cpu) : '–'
  const memory = last ? formatMb(last.memoryMb) : '–'
  return (
    <div class="runner-use">
      <div class="runner-figure">
        <span class="muted">{t('Slots in use')}</span>
        <strong class="number">
          <Say
            text="{length} of {slots}"
            length={formatNumber(tasks.length)}
            slots={formatNumber(runner.slots)}
          />
        </strong>
        <progress
          max={runner.slots}
          value={Math.min(tasks.length, runner.slots)}
          aria-label={t('Slots of {name} in use', { name: runner.name })}
        ></progress>
      </div>
      <div class="runner-figure">
        <span class="muted">
          <Say text="CPU{what}" what={cores === null ? '' : `, ${countOf(cores, 'core')}`} />
        </span>
        <strong class="number">{cpu}</strong>
        {last ? (
          <Sparkline
            label={t('CPU of {name} over the last 15 minutes, now {cpu}', {
              name: runner.name,
              cpu,
            })}
            points={samples.map((sample) => [sample.at, sample.cpu] as const)}
            span={span}
            max={1}
            breakAt={CARD_BREAK_MS}
          />
        ) : null}
      </div>
      <div class="runner-figure">
        <span class="muted">
          <Say
            text="Memory{what}"
            what={memoryMb === null ? '' : t(' of {memoryMb}', { memoryMb: formatMb(memoryMb) })}
          />
        </span>
        <strong class="number">{memory}</strong>
        {last ? (
          <Sparkline
            label={t('Memory of {name} over the last 15 minutes, now {memory}', {
              name: runner.name,
              memory,
            })}
            points={samples.map((sample) => [sample.at, sample.memoryMb] as const)}
            span={span}
            max={top}
            breakAt={CARD_BREAK_MS}
          />
        ) : null}
      </div>
    </div>
  )
}

/** A task that a runner holds, as a link to its page. */
export function TaskLink({ task }: { task: RunnerTask }) {
  const who = task.party === null ? '' : ` · ${partyOf(task)}`
  return <a href={taskPath(task.jobId, task.taskId)}>{`${task.name}${who}`}</a>
}

/** What the operator can do with a runner in its state. */
export function RunnerActions(props: { runner: Runner; back: string; small?: boolean }) {
  const { runner, back, small } = props
  if (runner.state === 'removed') return null
  const path = runnerPath(runner.id)
  const fields = { back }
  const name = (
    <span class="visually-hidden">
      <Say text="runner {name}" name={runner.name} />
    </span>
  )
  const isActive = runner.live && runner.state === 'active'
  return (
    <div class="actions">
      {isActive ? (
        <PostButton action={`${path}/drain`} fields={fields} small={small}>
          <Say text="Drain{name}" name={name} />
        </PostButton>
      ) : null}
      {runner.live && !isActive ? (
        <PostButton action={`${path}/activate`} fields={fields} small={small}>
          <Say text="Activate{name}" name={name} />
        </PostButton>
      ) : null}
      {isActive ? null : (
        <PostButton
          action={`${path}/remove`}
          tone="danger"
          small={small}
          confirm={t(
            'Remove runner "{name}"? Its process ends when it next asks; its attempts stay.',
            { name: runner.name },
          )}
        >
          <Say text="Remove{name}" name={name} />
        </PostButton>
      )}
    </div>
  )
}
