/**
 * Parameters of a job's components as fields, one section a component.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { SelectField, TextField } from '../ui/field.tsx'

export interface ParameterField {
  /** Of the form's field. */
  readonly name: string
  /** Keys from the component's parameters on, joined by dots. */
  readonly path: string
  readonly kind: 'text' | 'number' | 'boolean' | 'choice' | 'json'
  readonly options: readonly string[]
  readonly value: string
  readonly hint?: string
}

export interface ParameterSection {
  readonly component: string
  readonly module: string
  readonly summary: string
  readonly fields: readonly ParameterField[]
}

export interface ParameterFormProps {
  readonly sections: readonly ParameterSection[]
  readonly errors: Readonly<Record<string, string>>
  /** The component that is open from the start; those with errors always are. */
  readonly open: string
}

/** The sections; they open one by one. */
export function ParameterForm({ sections, errors, open }: ParameterFormProps) {
  return (
    <div class="folds">
      {sections.map((section) => {
        const faults = section.fields.filter(({ name }) => name in errors).length
        const whole = errors[`p:${section.component}:`]
        return (
          <details
            class="fold"
            id={`parameters-${section.component}`}
            open={section.component === open || faults > 0 || whole !== undefined}
          >
            <summary>
              <strong>{section.component}</strong>
              <span class="muted">{section.module}</span>
              {faults > 0 ? <span class="bad">{t('{faults} to mend', { faults })}</span> : null}
            </summary>
            <p class="note">{told(section.summary)}</p>
            {whole === undefined ? null : <p class="error">{told(whole)}</p>}
            <div class="fields">
              {section.fields.map((field) => (
                <Parameter field={field} error={errors[field.name]} />
              ))}
            </div>
          </details>
        )
      })}
    </div>
  )
}

function Parameter({ field, error }: { field: ParameterField; error: string | undefined }) {
  const { name, path, kind, options, value, hint } = field
  const shared = { name, label: path, error, value }
  if (kind === 'choice' || kind === 'boolean') {
    // What the configuration holds stays choosable, also where the list does not have it.
    const known = options.includes(value) ? options : [value, ...options]
    return (
      <SelectField
        {...shared}
        hint={hint}
        options={known.map((option) => [option, option === '' ? t('none') : option] as const)}
      />
    )
  }
  return (
    <TextField
      {...shared}
      hint={hint ?? (kind === 'json' ? t('As JSON; empty for none.') : undefined)}
      inputmode={kind === 'number' ? 'decimal' : undefined}
    />
  )
}
