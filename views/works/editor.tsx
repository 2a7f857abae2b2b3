/**
 * The editor of a script: a field, and beside it the script as it is understood, with what is wrong with it.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { countOf } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import type { ShownCheck } from './shown.ts'

/** Faults that are listed; the lines of all are marked. */
const MOST_SHOWN = 10

const CHECKED = {
  'hx-post': '/works/check',
  'hx-trigger': 'input delay:300ms',
  'hx-target': '#sql-check',
  'hx-swap': 'outerHTML',
  'hx-push-url': 'false',
}
const FORMATTED = {
  'hx-post': '/works/format',
  'hx-target': '#sql-editor',
  'hx-swap': 'outerHTML',
  'hx-push-url': 'false',
}

/** The field with its buttons; it stands in a form that saves it. */
export function Editor({ script, check }: { script: string; check: ShownCheck }) {
  return (
    <div class="sql-editor" id="sql-editor">
      <div class="field wide">
        <label htmlFor="script">{t('Script')}</label>
        <textarea
          id="script"
          name="script"
          class="mono"
          rows={16}
          spellcheck={false}
          aria-describedby="sql-check-words"
          aria-invalid={check.errors.length === 0 ? undefined : 'true'}
          {...CHECKED}
        >
          {script}
        </textarea>
        <p class="actions">
          <button type="button" class="button plain small" {...FORMATTED}>
            {t('Format')}
          </button>
        </p>
      </div>
      <EditorCheck check={check} />
    </div>
  )
}

/** The script in colours, its lines numbered, and what is wrong with it. */
export function EditorCheck({ check }: { check: ShownCheck }) {
  const { tokens, statements, errors, engine, note } = check
  const isRight = errors.length === 0
  const wrong = new Set(errors.map(({ line }) => line))
  return (
    <div class="sql-check" id="sql-check">
      <output id="sql-check-words" class={isRight ? 'sql-verdict' : 'sql-verdict bad'}>
        <Icon name={isRight ? 'succeeded' : 'warning'} />
        <span>
          {isRight ? <Verdict statements={statements} engine={engine} /> : null}
          {errors.slice(0, MOST_SHOWN).map(({ line, column, message }) => (
            <span class="sql-fault">
              {t('Line {line}, column {column}: {message}', { line, column, message })}
            </span>
          ))}
          {errors.length > MOST_SHOWN ? (
            <span class="sql-fault">
              {t('and {count} more', { count: errors.length - MOST_SHOWN })}
            </span>
          ) : null}
        </span>
      </output>
      {note === null ? null : <p class="note">{told(note)}</p>}
      <ScrollBox class="scroll sql-view" label={t('The script as it is understood')}>
        <pre class="sql">
          {linesOf(tokens).map((line, at) => (
            <span class={wrong.has(at + 1) ? 'sql-line wrong' : 'sql-line'}>
              <span class="sql-gutter" aria-hidden="true">
                {at + 1}
              </span>
              <span>
                {line.map(({ kind, text }) =>
                  kind === 'space' || kind === 'name' || kind === 'symbol' ? (
                    text
                  ) : (
                    <span class={`sql-${kind}`}>{text}</span>
                  ),
                )}
                {'\n'}
              </span>
            </span>
          ))}
        </pre>
      </ScrollBox>
    </div>
  )
}

function Verdict({ statements, engine }: Pick<ShownCheck, 'statements' | 'engine'>) {
  const words = countOf(statements, 'statement')
  if (engine === 'flink') return t('{statements}; Flink takes them all', { statements: words })
  if (engine === 'local')
    return t('{statements}; all of it runs without Flink', { statements: words })
  return words
}

type Tokens = ShownCheck['tokens']

/** The tokens line by line; those that go over several are cut where lines end. */
function linesOf(tokens: Tokens): Tokens[] {
  const lines: { kind: string; text: string }[][] = [[]]
  for (const { kind, text } of tokens) {
    for (const [at, part] of text.split('\n').entries()) {
      if (at > 0) lines.push([])
      if (part !== '') lines.at(-1)?.push({ kind, text: part })
    }
  }
  if (lines.length > 1 && lines.at(-1)?.length === 0) lines.pop()
  return lines
}
