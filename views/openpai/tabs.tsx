/**
 * The ways between the pages of jobs of task roles.
 * @module
 */
import { t } from '../text/say.tsx'
import { Icon } from '../ui/icon.tsx'

export type BatchTab = 'jobs' | 'new' | 'clusters' | 'users' | 'groups' | 'me'

/** Links to each of the pages; the one that is shown is marked. */
export function BatchTabs({ tab }: { tab: BatchTab }) {
  const tabs = [
    ['jobs', '/batch', t('Jobs')],
    ['new', '/batch/new', t('Submit')],
    ['clusters', '/batch/clusters', t('Virtual clusters')],
    ['users', '/batch/users', t('Users')],
    ['groups', '/batch/groups', t('Groups')],
    ['me', '/batch/me', t('Own profile')],
  ] as const
  return (
    <nav class="tabs wraps" aria-label={t('Batch')}>
      {tabs.map(([id, href, label]) => (
        <a href={href} aria-current={id === tab ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}

/** What went wrong, where something did. */
export function Problem({ text }: { text: string | undefined }) {
  if (text === undefined) return null
  return (
    <div class="form-error" role="alert" tabindex={-1} autofocus>
      <Icon name="warning" />
      <span>{text}</span>
    </div>
  )
}
