/**
 * What all trainings of the same labels come to by differential privacy: of a match, of a training, in a job's ledger.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { ListTable } from '../ui/table.tsx'

/** Trainings of the same labels, added up. */
interface Sum {
  readonly epsilon: number
  readonly delta: number
  /** Those under noise; one that was begun again counts again. */
  readonly trainings: number
  /** Those without. */
  readonly exact: number
}

/** A column of labels, as `match/detail` and `train/status` say it. */
export interface LabelUse {
  readonly party: string
  readonly dataset: string
  readonly label: string
  /** Of trainings over one match. */
  readonly match: Sum
  /** Of all. */
  readonly all: Sum
  /** What the owner allows; null for anything. */
  readonly limit: number | null
}

/** The table, with what it counts and what it does not; nothing where there is nothing to tell. */
export function LabelUses({ uses }: { uses: readonly LabelUse[] }) {
  if (uses.length === 0) return null
  return (
    <div class="label-uses">
      <ListTable
        caption={t('What trainings tell of a single label, together')}
        items={uses}
        columns={[
          {
            head: t('Label'),
            cell: ({ party, dataset, label }) => `${label} (${party}: ${dataset})`,
          },
          { head: t('Epsilon over this match'), kind: 'number', cell: ({ match }) => bound(match) },
          { head: t('Epsilon of all trainings'), kind: 'number', cell: ({ all }) => bound(all) },
          { head: t('Delta'), kind: 'number', cell: ({ all }) => small(all.delta) },
          {
            head: t('Trainings under noise'),
            kind: 'number',
            cell: ({ all }) => formatNumber(all.trainings),
          },
          {
            head: t('Trainings without noise'),
            kind: 'number',
            cell: ({ all }) => formatNumber(all.exact),
          },
          {
            head: t('Epsilon that the owner allows'),
            kind: 'number',
            cell: ({ limit }) => (limit === null ? t('no limit') : formatNumber(limit, 3)),
          },
        ]}
      />
      <p class="note">
        {t(
          'Trainings of one column of a data set add up, deleted ones and every attempt among them. Not counted: predictions and validations, exact metrics of rows to validate with, and the same labels in other data sets.',
        )}
      </p>
      {uses.some(({ all }) => all.exact > 0) ? (
        <p class="note">
          {t(
            'No epsilon says what trainings without noise tell: it comes on top, without a bound.',
          )}
        </p>
      ) : null}
    </div>
  )
}

function bound({ epsilon, trainings }: Sum): string {
  return trainings === 0 ? '–' : formatNumber(epsilon, 3)
}

function small(value: number): string {
  return value === 0 ? '0' : value.toExponential()
}
