/**
 * JSON for reading.
 * @module
 */
import { t } from '../text/say.tsx'
import { ScrollBox } from './scroll.tsx'

/** A value as indented JSON in a box that scrolls, with a button that copies it. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return <Code text={JSON.stringify(value, null, 2) ?? 'null'} label={label} />
}

/** Text in a box that scrolls, with a button that copies it where scripts run. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <button type="button" class="button small copy" data-copy hidden>
        {t('Copy')}
        <span class="visually-hidden"> {label}</span>
      </button>
      <ScrollBox class="code-box" label={label}>
        <pre>
          <code>{text}</code>
        </pre>
      </ScrollBox>
    </div>
  )
}
