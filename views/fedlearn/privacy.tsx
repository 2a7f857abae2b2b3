/**
 * What a training or a search promises of labels by differential privacy.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { Facts } from '../ui/table.tsx'
import { type LabelUse, LabelUses } from './label-use.tsx'

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

/** The section: what this training promises, if anything, and what all of the same labels come to. */
export function PrivacySection(props: {
  privacy: Privacy | undefined
  labels: readonly LabelUse[]
}) {
  const { privacy, labels } = props
  const search = privacy !== undefined && privacy.spent !== null
  return (
    <Section
      id="privacy"
      title={t('Differential privacy')}
      note={
        privacy === undefined
          ? t('This training adds no noise to labels.')
          : search
            ? t('Every trial learns from the same labels, so that their epsilons add up.')
            : t('Another training of the same rows adds an epsilon of its own.')
      }
    >
      {privacy === undefined ? null : <Promised privacy={privacy} />}
      <LabelUses uses={labels} />
    </Section>
  )
}

function Promised({ privacy }: { privacy: Privacy }) {
  const { epsilon, delta, trainings, each, limit, spent } = privacy
  return (
    <Facts
      facts={[
        [spent === null ? t('Epsilon') : t('Epsilon of the whole search, at most'), bound(epsilon)],
        ...(spent === null
          ? []
          : [
              [t('Epsilon so far'), bound(spent)] as const,
              [t('Epsilon of each training'), bound(each.epsilon)] as const,
              [t('Trainings that use the label of a row'), formatNumber(trainings)] as const,
            ]),
        ...(limit === null ? [] : [[t('Epsilon that is allowed'), bound(limit)] as const]),
        [t('Delta'), delta === 0 ? '0' : delta.toExponential()],
      ]}
    />
  )
}

function bound(value: number): string {
  return formatNumber(value, 3)
}
