/**
 * Hits and misses at a threshold, which a slider moves where scripts run; the table behind it has all thresholds.
 * @module
 */
import { Say, t, type Word } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { chartId, NumberTable } from './figure.tsx'

/** Counts of hits and misses at one threshold. */
export interface Cut {
  readonly threshold: number
  readonly tp: number
  readonly fp: number
  readonly fn: number
  readonly tn: number
}

export interface ConfusionProps {
  readonly id: string
  readonly title: string
  /** Lowest threshold first. */
  readonly cuts: readonly Cut[]
}

/** The matrix at the threshold nearest to one half. */
export function Confusion({ id, title, cuts }: ConfusionProps) {
  const at = nearestToHalf(cuts)
  const cut = cuts.at(at)
  if (!cut) return null
  const name = chartId(id)
  return (
    <figure
      class="chart"
      id={name}
      data-confusion={JSON.stringify(
        cuts.map(({ threshold, tp, fp, fn, tn }) => [threshold, tp, fp, fn, tn]),
      )}
    >
      <figcaption>{title}</figcaption>
      <div class="cut" hidden data-cut>
        <label htmlFor={`${name}-cut`}>{t('Threshold')}</label>
        <input
          id={`${name}-cut`}
          type="range"
          min={0}
          max={cuts.length - 1}
          value={at}
          autocomplete="off"
        />
      </div>
      <table class="grid confusion">
        <caption>
          <Say
            text="At threshold {output}"
            output={<output data-count="threshold">{formatNumber(cut.threshold, 4)}</output>}
          />
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">{t('Class')}</span>
            </th>
            <th scope="col">{t('Called positive')}</th>
            <th scope="col">{t('Called negative')}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t('Positive')}</th>
            <td class="cell-number hit" data-count="tp">
              {formatNumber(cut.tp)}
            </td>
            <td class="cell-number" data-count="fn">
              {formatNumber(cut.fn)}
            </td>
          </tr>
          <tr>
            <th scope="row">{t('Negative')}</th>
            <td class="cell-number" data-count="fp">
              {formatNumber(cut.fp)}
            </td>
            <td class="cell-number hit" data-count="tn">
              {formatNumber(cut.tn)}
            </td>
          </tr>
        </tbody>
      </table>
      <dl class="rates">
        {Object.entries(ratesOf(cut)).map(([rate, value]) => (
          <div>
            <dt>{rateWord(rate)}</dt>
            <dd data-rate={rate}>{formatNumber(value, 4)}</dd>
          </div>
        ))}
      </dl>
      <NumberTable
        title={title}
        header={[
          t('Threshold'),
          t('True pos.'),
          t('False pos.'),
          t('False neg.'),
          t('True neg.'),
          'F1',
        ]}
        rows={cuts.map((one) => [
          one.threshold,
          one.tp,
          one.fp,
          one.fn,
          one.tn,
          Number(ratesOf(one).F1.toFixed(6)),
        ])}
      />
    </figure>
  )
}

/** F1 is called so everywhere. */
const RATES: Readonly<Record<string, Word>> = {
  Precision: 'Precision',
  Recall: 'Recall',
  Accuracy: 'Accuracy',
}

function rateWord(rate: string): string {
  return Object.hasOwn(RATES, rate) ? t(RATES[rate]) : rate
}

/** Rates of a cut; 0 where nothing is divided. */
export function ratesOf({ tp, fp, fn, tn }: Omit<Cut, 'threshold'>) {
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
  return {
    Precision: share(tp, tp + fp),
    Recall: share(tp, tp + fn),
    F1: share(2 * tp, 2 * tp + fp + fn),
    Accuracy: share(tp + tn, tp + fp + fn + tn),
  }
}

function nearestToHalf(cuts: readonly Cut[]): number {
  let best = 0
  cuts.forEach(({ threshold }, index) => {
    if (Math.abs(threshold - 0.5) < Math.abs(cuts[best].threshold - 0.5)) best = index
  })
  return best
}
