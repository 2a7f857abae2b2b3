/**
 * A model for reading: in the form that suits it, the rest as names and values.
 * @module
 */
import type { Artifact } from '../../src/domain/artifact.ts'
import { chartId } from '../chart/figure.tsx'
import { viewOf } from '../param/index.tsx'
import { type ModelChoice, numbersOf } from '../param/read.ts'
import { t } from '../text/say.tsx'
import { LineChart } from '../ui/chart.tsx'
import { formatNumber } from '../ui/format.ts'
import { Json } from '../ui/json.tsx'
import { Facts, showValue } from '../ui/table.tsx'

/** A model's parameters as the component published them to its own party. */
export function Model({ artifact, choice }: { artifact: Artifact; choice: ModelChoice }) {
  const { param, meta } = parts(artifact.preview)
  if (param === undefined) {
    return <p class="note">{t('The party keeps this model to itself: it hands out no preview.')}</p>
  }
  const view = viewOf(param)
  const rest = Object.entries(param).filter(
    ([key]) => !view?.keys.includes(key) && !LOSSES.includes(key),
  )
  return (
    <div class="model">
      {view ? (
        <view.View id={`${artifact.taskId}-${artifact.name}`} param={param} choice={choice} />
      ) : null}
      {LOSSES.map((key) => (
        <Losses id={`${artifact.taskId}-${key}`} values={numbersOf(param[key])} />
      ))}
      <Facts facts={rest.filter(([, value]) => isShort(value)).map(fact)} />
      {rest
        .filter(([, value]) => !isShort(value))
        .map(([key, value]) => (
          <details class="numbers">
            <summary>{key}</summary>
            <Json value={value} label={key} />
          </details>
        ))}
      {meta && Object.keys(meta).length > 0 ? (
        <details class="numbers">
          <summary>{t('Settings of the training')}</summary>
          <Json value={meta} label={t('Settings of the training')} />
        </details>
      ) : null}
    </div>
  )
}

const LOSSES: readonly string[] = ['losses', 'lossHistory']

function Losses({ id, values }: { id: string; values: readonly number[] }) {
  if (values.length < 2) return null
  return (
    <div class="charts">
      <LineChart
        id={chartId(id)}
        title={t('Loss')}
        description={t('The loss goes from {values} to {last} in {length} rounds.', {
          values: formatNumber(values[0]),
          last: formatNumber(values[values.length - 1]),
          length: values.length,
        })}
        xLabel={t('Round')}
        yLabel={t('Loss')}
        wholeX
        series={[{ name: 'loss', points: values.map((value, at) => [at, value]) }]}
      />
    </div>
  )
}

function parts(preview: unknown): {
  param: Record<string, unknown> | undefined
  meta: Record<string, unknown> | undefined
} {
  const whole = asRecord(preview)
  return { param: asRecord(whole?.['param']), meta: asRecord(whole?.['meta']) }
}

function fact([name, value]: readonly [string, unknown]): readonly [string, string] {
  return [name, showValue(value)]
}

function isShort(value: unknown): boolean {
  return typeof value !== 'object' || value === null || JSON.stringify(value).length <= 60
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
