/**
 * Binned features: information value of each, and of a chosen one weight of evidence and counts bin by bin.
 * @module
 */
import { BarChart } from '../chart/bars.tsx'
import { type Bin, BinChart } from '../chart/bins.tsx'
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { ListTable } from '../ui/table.tsx'
import { type ModelChoice, numberOf, numbersOf, type Param, recordOf } from './read.ts'

/** The keys that are shown here. */
export const BINNING_KEYS = ['binningResult', 'hostResults'] as const

interface Feature {
  readonly name: string
  readonly owner: string
  readonly iv: number | undefined
  readonly isMonotonic: boolean
  readonly splits: readonly number[]
  readonly bins: readonly Bin[]
  readonly count: number
}

/** Whether a model has bins. */
export function isBinning(param: Param): boolean {
  return 'binningResult' in recordOf(param['binningResult'])
}

/** All features, and one of them bin by bin. */
export function BinningModel(props: { id: string; param: Param; choice: ModelChoice }) {
  const { id, param, choice } = props
  const features = featuresOf(param)
  const known = features.filter(({ bins }) => bins.length > 0)
  const shown =
    known.find(({ name }) => name === choice.feature) ??
    known.toSorted((a, b) => (b.iv ?? 0) - (a.iv ?? 0)).at(0)
  return (
    <>
      {known.length > 0 ? (
        <div class="charts">
          <BarChart
            id={`${id}-iv`}
            title={t('Information values')}
            nameLabel={t('Feature')}
            valueLabel="IV"
            bars={known.map(({ name, iv, owner }) => ({
              name,
              value: iv ?? 0,
              series: owner === '' ? 1 : 3,
            }))}
          />
          {shown ? (
            <BinChart
              id={`${id}-bins-${shown.name}`}
              title={t('Bins of {name}', { name: shown.name })}
              bins={shown.bins}
            />
          ) : null}
        </div>
      ) : (
        <p class="note">
          {t(
            'This party has split points only: labels, and with them the information values, are at the guest.',
          )}
        </p>
      )}
      <ListTable
        caption={t('Binned features')}
        items={features}
        columns={[
          {
            head: t('Feature'),
            cell: ({ name, bins }) =>
              bins.length === 0 ? (
                name
              ) : (
                <a
                  href={choice.href({ feature: name })}
                  aria-current={name === shown?.name ? 'true' : undefined}
                >
                  {name}
                  {name === shown?.name ? <span class="muted">{t('· drawn above')}</span> : null}
                </a>
              ),
          },
          { head: t('Whose'), cell: ({ owner }) => (owner === '' ? t('own') : owner) },
          { head: t('Bins'), kind: 'number', cell: ({ count }) => count },
          {
            head: t('IV'),
            kind: 'number',
            cell: ({ iv, bins }) =>
              bins.length === 0 || iv === undefined ? '–' : formatNumber(iv, 5),
          },
          {
            head: t('WOE'),
            cell: ({ bins, isMonotonic }) =>
              bins.length === 0 ? '–' : isMonotonic ? t('monotonic') : t('not monotonic'),
          },
          {
            head: t('Split points'),
            cell: ({ splits }) => (
              <span class="muted">
                {splits.length === 0
                  ? t('kept by its owner')
                  : splits.map((value) => formatNumber(value, 4)).join('  ')}
              </span>
            ),
          },
        ]}
      />
    </>
  )
}

function featuresOf(param: Param): Feature[] {
  const own = recordOf(recordOf(param['binningResult'])['binningResult'])
  const hosts = Object.entries(recordOf(param['hostResults'])).map(([key, value]) => {
    const host = recordOf(value)
    const party = host['partyId']
    return [
      typeof party === 'string' ? t('host {party}', { party }) : key,
      recordOf(host['binningResult']),
    ] as const
  })
  return [['', own] as const, ...hosts].flatMap(([owner, results]) =>
    Object.entries(results).map(([name, value]) => featureOf(name, owner, recordOf(value))),
  )
}

function featureOf(name: string, owner: string, result: Param): Feature {
  const splits = numbersOf(result['splitPoints'])
  const woe = numbersOf(result['woeArray'])
  const iv = numbersOf(result['ivArray'])
  const events = numbersOf(result['eventCountArray'])
  const others = numbersOf(result['nonEventCountArray'])
  const isWhole = [iv, events, others].every((list) => list.length === woe.length)
  return {
    name,
    owner,
    iv: numberOf(result['iv']),
    isMonotonic: result['isWoeMonotonic'] === true,
    splits,
    count: isWhole && woe.length > 0 ? woe.length : splits.length,
    bins: isWhole
      ? woe.map((value, at) => ({
          range: rangeOf(splits, { at, count: woe.length }),
          woe: value,
          iv: iv[at],
          events: events[at],
          nonEvents: others[at],
        }))
      : [],
  }
}

/** The last bin also holds what is above its split point. */
function rangeOf(splits: readonly number[], { at, count }: { at: number; count: number }): string {
  if (splits.length === 0) return t('bin {at}', { at: at + 1 })
  const low = at === 0 ? undefined : splits[at - 1]
  const high = at === count - 1 ? undefined : splits[at]
  if (low === undefined) return high === undefined ? 'all' : `≤ ${formatNumber(high, 4)}`
  return high === undefined
    ? `> ${formatNumber(low, 4)}`
    : t('{low} to {high}', { low: formatNumber(low, 4), high: formatNumber(high, 4) })
}
