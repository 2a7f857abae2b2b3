/**
 * The page of models that are online, with a form to try one.
 * @module
 */
import type { Service } from '../../src/domain/serving.ts'
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
        title="Models online"
        lead="Trained models that answer single rows under a name. The features of hosts are looked up by their own runners; only their parts of the answer leave them."
      />
      <section class="card" aria-label="Services">
        {services.length === 0 ? (
          <Empty title="No model is online.">Put one online as shown below.</Empty>
        ) : (
          <ListTable
            caption="Services by name"
            items={services}
            columns={[
              { head: 'Service', cell: ({ name }) => <strong>{name}</strong> },
              {
                head: 'State',
                cell: ({ trouble }) =>
                  trouble === undefined ? (
                    <Tag tone="good">online</Tag>
                  ) : (
                    <span>
                      <Tag tone="bad">offline</Tag> {trouble}
                    </span>
                  ),
              },
              {
                head: 'Version',
                cell: ({ job }) => <a href={`/jobs/${job.modelVersion}`}>{job.modelVersion}</a>,
              },
              {
                head: 'Parties',
                cell: ({ tasks }) => tasks.map(({ role, party }) => `${role} ${party}`).join(', '),
              },
              { head: 'What crosses', cell: ({ job }) => <a href={`/jobs/${job.id}`}>ledger</a> },
            ]}
          />
        )}
      </section>
      {services.length === 0 ? null : <Try services={services} trial={trial} />}
      <Section id="bind" title="Put a model online">
        <Code text={bindCommand} label="Command that puts a model online" />
      </Section>
    </>
  )
}

function Try({ services, trial }: { services: readonly Service[]; trial?: Trial }) {
  const { service = services[0].name, id = '', features = '' } = trial ?? {}
  return (
    <Section id="try" title="Try a row">
      <form method="post" action="/models/try#try" class="form" hx-boost="false">
        <TextField name="service" label="Service" value={service} />
        <TextField
          name="id"
          label="Id of the row"
          hint="By which every party looks its features up."
          value={id}
          error={trial?.problem}
        />
        <AreaField
          name="features"
          label="Features of the guest"
          hint="A JSON object by column; left empty, they are looked up too."
          value={features}
          rows={4}
        />
        <button type="submit" class="button primary">
          Predict
        </button>
      </form>
      {trial?.answer === undefined ? null : (
        <>
          <p class="note">Answered in {Math.round(trial.tookMs ?? 0)} ms.</p>
          <Json value={trial.answer} label="The prediction" />
        </>
      )}
    </Section>
  )
}
