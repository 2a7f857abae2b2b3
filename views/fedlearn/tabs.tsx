/**
 * The pages of one training.
 * @module
 */
import { t, type Word } from '../text/say.tsx'
import { trainingPath } from './choice.ts'

const TABS = [
  ['training', '', 'Training'],
  ['model', '/model', 'Model'],
  ['predict', '/predict', 'Predict'],
  ['files', '/files', 'Predict a file'],
] as const satisfies readonly (readonly [id: string, ending: string, words: Word])[]

/** The tabs; a model that is not there yet predicts nothing. */
export function ProjectTabs(props: {
  token: string
  at: (typeof TABS)[number][0]
  isDone: boolean
}) {
  const { token, at, isDone } = props
  return (
    <nav class="tabs" aria-label={t('About this training')}>
      {TABS.filter(([id]) => isDone || id === 'training' || id === 'model').map(
        ([id, ending, words]) => (
          <a href={`${trainingPath(token)}${ending}`} aria-current={id === at ? 'page' : undefined}>
            {t(words)}
          </a>
        ),
      )}
    </nav>
  )
}
