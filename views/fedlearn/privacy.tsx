/**
 * What a training or a search promises of labels by differential privacy.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { Facts } from '../ui/table.tsx'

/** As `train/status` says it. */
export interface Privacy {
  readonly epsilon: number
  readonly delta: number
  readonly trainings: number
  readonly each: { readonly epsilon: number; readonly delta: number }
  readonly limit: number | null
  /** Of a search, what its trials so far come to. */
  readonly spent: number | null
}

/** The section. */
export function PrivacySection({ privacy }: { privacy: Privacy }) {
  const { epsilon, delta, trainings, each, limit, spent } = privacy
  const search = spent !== null
  return (
    <Section
      id="privacy"
      title={t('Differential privacy')}
      note={
        search
          ? t('Every trial learns from the same labels, so that their epsilons add up.')
          : t('Another training of the same rows adds an epsilon of its own.')
      }
    >
      <Facts
        facts={[
          [search ? t('Epsilon of the whole search, at most') : t('Epsilon'), bound(epsilon)],
          ...(search
            ? [
                [t('Epsilon so far'), bound(spent)] as const,
                [t('Epsilon of each training'), bound(each.epsilon)] as const,
                [t('Trainings that use the label of a row'), formatNumber(trainings)] as const,
              ]
            : []),
          ...(limit === null ? [] : [[t('Epsilon that is allowed'), bound(limit)] as const]),
          [t('Delta'), delta === 0 ? '0' : delta.toExponential()],
        ]}
      />
    </Section>
  )
}

function bound(value: number): string {
  return formatNumber(value, 3)
}
