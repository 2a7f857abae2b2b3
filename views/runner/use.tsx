/**
 * How busy a runner is: charts over time, and its GPUs.
 * @module
 */
import type { RunnerTask } from '../../src/domain/runner-control.ts'
import type { TimedSample } from '../../src/domain/runner-use.ts'
import type { Runner } from '../../src/domain/runner.ts'
import { t } from '../text/say.tsx'
import { LineChart, type Series } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { TaskLink } from './cards.tsx'
import { formatMb, formatShare, holderOf, runnerPath, sizeOf } from './words.ts'

/** The stretches of time that the charts can show. */
export const USE_SPANS = {
  quarter: {
    label: '15 minutes',
    ms: 15 * 60_000,
    unitMs: 60_000,
    unit: 'Minutes from now',
    breakMs: 20_000,
  },
  day: {
    label: '24 hours',
    ms: 24 * 3_600_000,
    unitMs: 3_600_000,
    unit: 'Hours from now',
    breakMs: 150_000,
  },
} as const
export type UseSpan = keyof typeof USE_SPANS

/** How busy a runner was within a stretch of time. */
export function Use(props: {
  readonly runner: Runner
  readonly samples: readonly TimedSample[]
  readonly span: UseSpan
  readonly now: number
}) {
  const { runner, samples, span, now } = props

  const { cores, memoryMb } = sizeOf(runner)
  const path = runnerPath(runner.id)
  const { ms, unitMs, unit, breakMs } = USE_SPANS[span]
  const series = (name: string, value: (sample: TimedSample) => number | null): Series => ({
    name,
    points: samples.flatMap((sample) => {
      const y = value(sample)
      return y === null ? [] : [[round((sample.at - now) / unitMs), y] as const]
    }),
  })
  const shared = {
    xLabel: t(unit),
    xDomain: [-ms / unitMs, 0] as const,
    breakAt: breakMs / unitMs,
  }
  const gpuIds = [...new Set(samples.flatMap((sample) => sample.gpus.map((gpu) => gpu.id)))]
  const gpus = gpuIds
    .map((id) =>
      series(t('GPU {id}', { id }), ({ gpus: all }) => {
        const use = all.find((gpu) => gpu.id === id)?.use ?? null
        return use === null ? null : round(use * 100)
      }),
    )
    .filter(({ points }) => points.length > 0)
  return (
    <Section id="use" title={t('How busy it is')}>
      <nav class="tabs" aria-label={t('Time shown')}>
        {(Object.keys(USE_SPANS) as UseSpan[]).map((name) => (
          <a href={`${path}?span=${name}#use`} aria-current={name === span ? 'true' : undefined}>
            {t(USE_SPANS[name].label)}
          </a>
        ))}
      </nav>
      {samples.length === 0 ? (
        <Empty title={t('It has not told how busy it is within that time.')} />
      ) : (
        <div class="charts">
          <LineChart
            id="chart-cpu"
            title={t('CPU{what}', {
              what: cores === null ? '' : t(' of {cores}', { cores: countOf(cores, 'core') }),
            })}
            description={t('Busy share of the processors of {name} over {label}.', {
              name: runner.name,
              label: t(USE_SPANS[span].label),
            })}
            yLabel={t('Percent')}
            yDomain={[0, 100]}
            series={[series('CPU', (sample) => round(sample.cpu * 100))]}
            {...shared}
          />
          <LineChart
            id="chart-memory"
            title={t('Memory{what}', {
              what: memoryMb === null ? '' : t(' of {memoryMb}', { memoryMb: formatMb(memoryMb) }),
            })}
            description={t('Memory in use on the host of {name} over {label}.', {
              name: runner.name,
              label: t(USE_SPANS[span].label),
            })}
            yLabel={t('GiB')}
            yDomain={[0, (memoryMb ?? Math.max(...samples.map((s) => s.memoryMb))) / 1024]}
            series={[series(t('Memory'), (sample) => round(sample.memoryMb / 1024))]}
            {...shared}
          />
          <LineChart
            id="chart-tasks"
            title={t('Tasks on {slots}', { slots: countOf(runner.slots, 'slot') })}
            description={t('Tasks that {name} ran at once over {label}.', {
              name: runner.name,
              label: t(USE_SPANS[span].label),
            })}
            yLabel={t('Tasks')}
            yDomain={[0, Math.max(runner.slots, ...samples.map((sample) => sample.tasks))]}
            wholeY
            series={[series(t('Tasks'), (sample) => sample.tasks)]}
            {...shared}
          />
          {gpus.length === 0 ? null : (
            <LineChart
              id="chart-gpus"
              title={t('GPUs')}
              description={t('Busy share of each GPU of {name} over {label}.', {
                name: runner.name,
                label: t(USE_SPANS[span].label),
              })}
              yLabel={t('Percent')}
              yDomain={[0, 100]}
              series={gpus}
              {...shared}
            />
          )}
        </div>
      )}
    </Section>
  )
}

/** The GPUs of a runner, and whose they are now. */
export function Gpus(props: {
  readonly runner: Runner
  readonly tasks: readonly RunnerTask[]
  readonly samples: readonly TimedSample[]
}) {
  const gpus = props.runner.capacity.gpus ?? []
  if (gpus.length === 0) return null
  const last = props.samples.at(-1)?.gpus ?? []
  return (
    <Section id="gpus" title={t('GPUs')} aside={countOf(gpus.length, 'device')}>
      <ListTable
        caption={t('GPUs of the runner')}
        items={gpus}
        columns={[
          { head: t('Device'), cell: (gpu) => t('GPU {id}', { id: gpu.id }) },
          { head: t('Name'), cell: (gpu) => gpu.name },
          { head: t('Kind'), cell: (gpu) => (gpu.kind === 'cuda' ? 'CUDA' : 'WebGPU') },
          {
            head: t('Memory'),
            kind: 'number',
            cell: (gpu) => {
              const used = last.find((one) => one.id === gpu.id)?.memoryMb ?? null
              const size = gpu.memoryMb === null ? '–' : formatMb(gpu.memoryMb)
              return used === null ? size : t('{used} of {size}', { used: formatMb(used), size })
            },
          },
          {
            head: t('Busy'),
            kind: 'number',
            cell: (gpu) => {
              const use = last.find((one) => one.id === gpu.id)?.use ?? null
              return use === null ? '–' : formatShare(use)
            },
          },
          { head: t('Driver'), cell: (gpu) => gpu.driver ?? '–' },
          {
            head: t('Given to'),
            cell: (gpu) => {
              const holder = holderOf(gpu, props.tasks)
              return holder ? <TaskLink task={holder} /> : <span class="muted">{t('nobody')}</span>
            },
          },
        ]}
      />
    </Section>
  )
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
