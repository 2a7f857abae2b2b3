/**
 * The steps of a project, with where one is; those behind are links.
 * @module
 */
import { t, told, type Word } from '../text/say.tsx'
import { Icon } from '../ui/icon.tsx'

const STEPS = [
  ['data', 'Data sets'],
  ['columns', 'Columns and label'],
  ['match', 'Align'],
  ['train', 'Train'],
  ['watch', 'Watch'],
  ['predict', 'Predict'],
] as const satisfies readonly (readonly [id: string, words: Word])[]

export type Step = (typeof STEPS)[number][0]

/** The list of steps; `links` are addresses of those that one can go to. */
export function Way({ at, links = {} }: { at: Step; links?: Partial<Record<Step, string>> }) {
  return (
    <nav class="way" aria-label={t('Steps')}>
      <ol>
        {STEPS.map(([id, words], index) => (
          <li>
            {id !== at && links[id] !== undefined ? (
              <a class="step" href={links[id]}>
                {index + 1}. {t(words)}
              </a>
            ) : (
              <span class="step" aria-current={id === at ? 'step' : undefined}>
                {index + 1}. {t(words)}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}

/** What a form was refused for. */
export function Refusal({ problem }: { problem: string | undefined }) {
  if (problem === undefined) return null
  return (
    <div class="form-error" role="alert" tabindex={-1} autofocus>
      <Icon name="warning" />
      <span>{told(problem)}</span>
    </div>
  )
}
