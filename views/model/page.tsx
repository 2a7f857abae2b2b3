/**
 * The page of models that are online, with a form to try one.
 * @module
 */
import type { Service } from '../../src/domain/serving.ts'
import { Say, t, told } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { AreaField, TextField } from '../ui/field.tsx'
import { Code, Json } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'

/** What was asked of a service, and what came of it. */
export interface Trial {
  readonly service: string
  readonly id: string
  readonly features: string
  readonly answer?: unknown
  readonly problem?: string
  readonly tookMs?: number
}

/** The models under their names; `trial` is the one that was tried last. */
export function ModelsPage(props: {
  services: readonly Service[]
  trial?: Trial
  bindCommand: string
}) {
  const { services, trial, bindCommand } = props
  return (
    <>
      <PageHead
        title={t('Models online')}
        lead={t(
          'Trained models that answer single rows under a name. The features of hosts are looked up by their own runners; only their parts of the answer leave them.',
        )}
      />
      <section class="card" aria-label={t('Services')}>
        {services.length === 0 ? (
          <Empty title={t('No model is online.')}>{t('Put one online as shown below.')}</Empty>
        ) : (
          <ListTable
            caption={t('Services by name')}
            items={services}
            columns={[
              { head: t('Service'), cell: ({ name }) => <strong>{name}</strong> },
              {
                head: t('State'),
                cell: ({ trouble }) =>
                  trouble === undefined ? (
                    <Tag tone="good">{t('online')}</Tag>
                  ) : (
                    <span>
                      <Tag tone="bad">{t('offline')}</Tag> {told(trouble)}
                    </span>
                  ),
              },
              {
                head: t('Version'),
                cell: ({ job }) => <a href={`/jobs/${job.modelVersion}`}>{job.modelVersion}</a>,
              },
              {
                head: t('Parties'),
                cell: ({ tasks }) => tasks.map(({ role, party }) => `${role} ${party}`).join(', '),
              },
              {
                head: t('What crosses'),
                cell: ({ job }) => <a href={`/jobs/${job.id}`}>{t('ledger')}</a>,
              },
            ]}
          />
        )}
      </section>
      {services.length === 0 ? null : <Try services={services} trial={trial} />}
      <Section id="bind" title={t('Put a model online')}>
        <Code text={bindCommand} label={t('Command that puts a model online')} />
      </Section>
    </>
  )
}

function Try({ services, trial }: { services: readonly Service[]; trial?: Trial }) {
  const { service = services[0].name, id = '', features = '' } = trial ?? {}
  return (
    <Section id="try" title={t('Try a row')}>
      <form method="post" action="/models/try#try" class="form" hx-boost="false">
        <TextField name="service" label={t('Service')} value={service} />
        <TextField
          name="id"
          label={t('Id of the row')}
          hint={t('By which every party looks its features up.')}
          value={id}
          error={trial?.problem}
        />
        <AreaField
          name="features"
          label={t('Features of the guest')}
          hint={t('A JSON object by column; left empty, they are looked up too.')}
          value={features}
          rows={4}
        />
        <button type="submit" class="button primary">
          {t('Predict')}
        </button>
      </form>
      {trial?.answer === undefined ? null : (
        <>
          <p class="note">
            <Say text="Answered in {tookMs} ms." tookMs={Math.round(trial.tookMs ?? 0)} />
          </p>
          <Json value={trial.answer} label={t('The prediction')} />
        </>
      )}
    </Section>
  )
}
