/**
 * What was asked for: the parameters of every component, and the request as it was sent.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import type { Task } from '../../src/domain/task.ts'
import { type Word, t } from '../text/say.tsx'
import { Json } from '../ui/json.tsx'
import { Section } from '../ui/page.tsx'
import { Facts, showValue } from '../ui/table.tsx'
import { partyOf } from './task-words.ts'

/** The section of the parameters by component. */
export function Parameters({ tasks }: { tasks: readonly Task[] }) {
  return (
    <Section id="parameters" title={t('Parameters')}>
      <div class="folds">
        {[...Map.groupBy(tasks, (task) => task.name)].map(([name, group]) => (
          <details class="fold" id={`parameters-${name}`}>
            <summary>
              <strong>{name}</strong>
              <span class="muted">{moduleOf(group[0])}</span>
            </summary>
            <ParameterSets tasks={group} />
          </details>
        ))}
      </div>
    </Section>
  )
}

/** The parameters of one component, once where all parties have the same. */
export function ParameterSets({ tasks }: { tasks: readonly Task[] }) {
  const sets = [...Map.groupBy(tasks, (task) => JSON.stringify(paramsOf(task))).values()]
  return (
    <>
      {sets.map((group) => (
        <div class="parameter-set">
          {sets.length > 1 ? <h3>{group.map(partyOf).join(' · ')}</h3> : null}
          <Facts facts={flatten(paramsOf(group[0]))} />
        </div>
      ))}
    </>
  )
}

/** The section of the request. */
export function Request({ job }: { job: Job }) {
  const parts = Object.entries(job.request)
  return (
    <Section id="request" title={t('Request')}>
      <div class="folds">
        {parts.map(([name, value]) => (
          <details class="fold" id={`request-${name}`}>
            <summary>
              <strong>{partName(name)}</strong>
            </summary>
            <Json value={value} label={partName(name)} />
          </details>
        ))}
      </div>
    </Section>
  )
}

function partName(name: string): string {
  const known = PART_NAMES[name]
  return known === undefined ? name : t(known)
}

const PART_NAMES: Readonly<Record<string, Word>> = {
  job_dsl: 'DSL',
  dsl: 'DSL',
  job_runtime_conf: 'Runtime configuration',
  conf: 'Runtime configuration',
  runtime_conf: 'Runtime configuration',
}

function moduleOf(task: Task): string {
  if (task.spec.type === 'component') return task.spec.module
  return {
    process: t('Process'),
    upload: t('Upload'),
    download: t('Download'),
    fetch: t('Download'),
    drop: t('Deletion'),
    answer: t('Download'),
    serving: t('Serving'),
    flow: t('Flow'),
    work: t('Work'),
  }[task.spec.type]
}

function paramsOf(task: Task): Record<string, unknown> {
  if (task.spec.type === 'component') return task.spec.params
  const { type: _, ...rest } = task.spec
  if (task.spec.type !== 'process') return rest
  // Values of variables and texts of files may be secrets of whoever submitted it.
  return { ...rest, env: Object.keys(task.spec.env), files: Object.keys(task.spec.files) }
}

function flatten(value: Record<string, unknown>, prefix = ''): (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const name = `${prefix}${key}`
    return typeof item === 'object' && item !== null && !Array.isArray(item)
      ? flatten(item as Record<string, unknown>, `${name}.`)
      : [[name, showValue(item)] as const]
  })
}
