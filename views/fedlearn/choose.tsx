/**
 * The first two steps of a project: data sets of the parties, then columns, the label and how ids are aligned.
 * @module
 */
import type { Offer } from '../../src/domain/offer.ts'
import { Say, t, told } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { countOf } from '../ui/format.ts'
import { PageHead, Section } from '../ui/page.tsx'
import { type Choice, dataQuery, pairKey } from './choice.ts'
import { Refusal, Way } from './way.tsx'

/** Names that a label commonly has. */
const USUAL_LABELS = ['y', 'label', 'outcome', 'target', 'class']

/** Step 1: a name, and a data set of each party that takes part. */
export function ChooseData(props: { offers: readonly Offer[]; choice: Choice; problem?: string }) {
  const { offers, choice, problem } = props
  const parties = [...Map.groupBy(offers, ({ party }) => party)]
  return (
    <>
      <PageHead
        title={t('New project')}
        lead={t('Several parties train a model together; the rows of each stay where they are.')}
        trail={[['/projects', t('Projects')]]}
      />
      <Way at="data" />
      <Refusal problem={problem} />
      <form class="stacked" method="get" action="/projects/new/columns">
        <Section
          id="data"
          title={t('Who takes part, with which data?')}
          note={t('A party is in as soon as one of its data sets is chosen; two are needed.')}
        >
          {parties.length === 0 ? (
            <NoOffers />
          ) : (
            <div class="fields">
              <TextField
                name="task"
                label={t('Name of the project')}
                hint={t('Letters, digits, “_” and “.”')}
                value={choice.task}
              />
              {parties.map(([party, own], at) => (
                <SelectField
                  name={`party-${at}`}
                  attributes={{ name: 'data' }}
                  label={t('Party {party}', { party })}
                  value={chosenKey(choice, party)}
                  options={[
                    ['', t('does not take part')],
                    ...own.map((offer) => [pairKey(party, offer.name), offerWords(offer)] as const),
                  ]}
                />
              ))}
            </div>
          )}
        </Section>
        {parties.length === 0 ? null : (
          <p class="actions">
            <button type="submit" class="button primary">
              {t('Go on to the columns')}
            </button>
          </p>
        )}
      </form>
    </>
  )
}

/** Step 2: what is learnt from, what is learnt, and how the rows are brought together. */
export function ChooseColumns(props: {
  offers: readonly Offer[]
  choice: Choice
  method: string
  methods: readonly (readonly [name: string, protocol: string])[]
  problem?: string
}) {
  const { offers, choice, method, methods, problem } = props
  const out = new Set(choice.without.map((pair) => pairKey(...pair)))
  const columns = offers.flatMap(({ party, index, features }) =>
    features.filter(({ name }) => name !== index).map(({ name }) => [party, name] as const),
  )
  const label = choice.label ?? columns.find(([, name]) => isUsual(name))
  return (
    <>
      <PageHead
        title={choice.task}
        lead={t('Choose what the model learns from, and what it learns to tell.')}
        trail={[['/projects', t('Projects')]]}
      />
      <Way at="columns" links={{ data: `/projects/new?${dataQuery(choice)}` }} />
      <Refusal problem={problem} />
      <form class="stacked" method="post" action="/projects/match">
        <input type="hidden" name="task" value={choice.task} />
        {choice.data.map(({ party, name }) => (
          <input type="hidden" name="data" value={pairKey(party, name)} />
        ))}
        <Section id="label-choice" title={t('Label and alignment')}>
          <div class="fields">
            <SelectField
              name="label"
              label={t('Column of the label')}
              hint={t('Just one party may offer a column of this name.')}
              value={label ? pairKey(...label) : ''}
              options={[
                ['', t('choose a column')],
                ...columns.map(
                  ([party, name]) => [pairKey(party, name), `${name} · ${party}`] as const,
                ),
              ]}
            />
            <SelectField
              name="method"
              label={t('How ids are aligned')}
              hint={t('The ledger of the job says what the method reveals, and to whom.')}
              value={method}
              options={methods.map(
                ([name, protocol]) => [name, `${name}: ${told(protocol)}`] as const,
              )}
            />
          </div>
        </Section>
        {offers.map(({ party, name, index, features }, at) => (
          <Section
            id={`columns-${at}`}
            title={t('Columns of {party}', { party })}
            note={
              <Say
                text="{name}, with ids in {index}"
                name={<strong>{name}</strong>}
                index={<code>{index}</code>}
              />
            }
            aside={countOf(features.length, 'column')}
          >
            <fieldset class="choices">
              <legend class="visually-hidden">{t('Columns to learn from')}</legend>
              {features
                .filter((feature) => feature.name !== index)
                .map((feature) => (
                  <label class="choose">
                    <input
                      type="checkbox"
                      name="use"
                      value={pairKey(party, feature.name)}
                      checked={!out.has(pairKey(party, feature.name))}
                    />
                    {feature.name} <Tag>{feature.dtype}</Tag>
                  </label>
                ))}
            </fieldset>
          </Section>
        ))}
        <p class="actions">
          <button type="submit" class="button primary">
            {t('Align the rows')}
          </button>
        </p>
      </form>
    </>
  )
}

function NoOffers() {
  return (
    <Empty title={t('No party offers a data set yet.')}>
      <Say
        text="The owner of a runner lists them, column by column, in {file} in its data directory, or in the file that {variable} names."
        file={<code>datasets.json</code>}
        variable={<code>WEFT_DATASETS</code>}
      />
    </Empty>
  )
}

function chosenKey({ data }: Choice, party: string): string {
  const own = data.find((one) => one.party === party)
  return own ? pairKey(party, own.name) : ''
}

function offerWords({ name, features, live }: Offer): string {
  const words = `${name} (${countOf(features.length, 'column')})`
  return live ? words : t('{data}, whose runner is gone', { data: words })
}

function isUsual(name: string): boolean {
  return USUAL_LABELS.includes(name.toLowerCase())
}
