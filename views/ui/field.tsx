/**
 * Form fields with their label, hint and error tied together.
 * @module
 */
import type { Child } from 'hono/jsx'

import { told } from '../text/say.tsx'

export interface FieldProps {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly error?: string
}

/** The frame of a field; `control` gets the ids that tie it to its hint and error. */
export function Field(
  props: FieldProps & { control: (tie: ControlProps) => Child; wide?: boolean },
) {
  const { name, label, hint, error, control } = props
  const describedBy = [hint ? `${name}-hint` : '', error ? `${name}-error` : ''].join(' ').trim()
  return (
    <div class={`field${error ? ' has-error' : ''}${props.wide ? ' wide' : ''}`}>
      <label htmlFor={name}>{label}</label>
      {control({
        id: name,
        name,
        'aria-describedby': describedBy || undefined,
        'aria-invalid': error ? 'true' : undefined,
      })}
      {hint ? (
        <p class="hint" id={`${name}-hint`}>
          {told(hint)}
        </p>
      ) : null}
      {error ? (
        <p class="error" id={`${name}-error`}>
          {told(error)}
        </p>
      ) : null}
    </div>
  )
}

export interface ControlProps {
  readonly id: string
  readonly name: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': 'true' | undefined
}

/** One line of text. */
export function TextField(
  props: FieldProps & { value: string; list?: string; inputmode?: 'numeric' | 'decimal' },
) {
  return (
    <Field
      {...props}
      control={(tie) => (
        <input
          {...tie}
          type="text"
          value={props.value}
          list={props.list}
          inputmode={props.inputmode}
          autocomplete="off"
        />
      )}
    />
  )
}

/** A choice among a few. */
export function SelectField(
  props: FieldProps & {
    value: string
    options: readonly (readonly [value: string, label: string])[]
    attributes?: Record<string, string>
  },
) {
  return (
    <Field
      {...props}
      control={(tie) => (
        <select {...tie} {...props.attributes}>
          {props.options.map(([value, label]) => (
            <option value={value} selected={value === props.value}>
              {label}
            </option>
          ))}
        </select>
      )}
    />
  )
}

/** Several lines of text. */
export function AreaField(props: FieldProps & { value: string; rows: number }) {
  return (
    <Field
      {...props}
      wide
      control={(tie) => (
        <textarea {...tie} rows={props.rows} spellcheck={false} class="mono">
          {props.value}
        </textarea>
      )}
    />
  )
}
