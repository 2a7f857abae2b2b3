/**
 * Groups of users: who is in each, what its members may use, and forms for administrators.
 * @module
 */
import type { AccountGroup } from '../../src/domain/account-group.ts'
import { t, told } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { BatchTabs, Problem } from './tabs.tsx'
import { Choices, userPath } from './users.tsx'

/** A group as the pages show it. */
export interface ShownGroup extends Omit<AccountGroup, 'extension'> {
  /** The names of its users. */
  readonly members: readonly string[]
}

/** The virtual clusters and storages there are. */
export interface GroupOffer {
  readonly clusters: readonly string[]
  readonly storages: readonly string[]
}

export interface GroupsProps {
  readonly groups: readonly ShownGroup[]
  readonly admin: boolean
  readonly offered: GroupOffer
  /** A form that was refused, and why. */
  readonly said?: { readonly problem: string; readonly name: string; readonly description: string }
}

/** The list. */
export function GroupsPage({ groups, admin, offered, said }: GroupsProps) {
  return (
    <>
      <PageHead title={t('Groups')} trail={[['/batch', t('Batch')]]} />
      <BatchTabs tab="groups" />
      <Problem text={said === undefined ? undefined : told(said.problem)} />
      <Section
        id="groups"
        title={t('Groups')}
        note={t('A virtual cluster or storage that a group names is for its members.')}
      >
        {groups.length === 0 ? (
          <Empty title={t('No groups yet.')} />
        ) : (
          <ListTable
            caption={t('Groups')}
            items={groups}
            rowId={({ name }) => `group-${name}`}
            columns={[
              {
                head: t('Name'),
                cell: ({ name, description }) => (
                  <span class="job-cell">
                    <span class="break">{name}</span>
                    {description === '' ? null : <span class="muted">{description}</span>}
                  </span>
                ),
              },
              { head: t('Members'), cell: (one) => <Members group={one} admin={admin} /> },
              {
                head: t('Virtual clusters'),
                cell: ({ virtualClusters }) => virtualClusters.join(', ') || '–',
              },
              { head: t('Storages'), cell: ({ storages }) => storages.join(', ') || '–' },
              ...(admin
                ? [
                    {
                      head: t('Actions'),
                      kind: 'action' as const,
                      cell: ({ name }: ShownGroup) => (
                        <a class="button plain small" href={groupPath(name)}>
                          {t('Change')}
                          <span class="visually-hidden"> {name}</span>
                        </a>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Section>
      {admin ? (
        <form class="stacked" method="post" action="/batch/groups">
          <Section id="new-group" title={t('New group')}>
            <div class="fields">
              <TextField
                name="name"
                label={t('Name')}
                value={said?.name ?? ''}
                hint={t('Letters, digits and _.')}
              />
              <TextField
                name="description"
                label={t('Description')}
                value={said?.description ?? ''}
              />
              <Allowed offered={offered} clusters={[]} storages={[]} />
            </div>
            <div class="actions">
              <button type="submit" class="button primary">
                {t('Add')}
              </button>
            </div>
          </Section>
        </form>
      ) : null}
    </>
  )
}

/** One group, for administrators. */
export function GroupPage(props: { group: ShownGroup; offered: GroupOffer; problem?: string }) {
  const { group, offered, problem } = props
  const { name } = group
  return (
    <>
      <PageHead
        title={name}
        trail={[
          ['/batch', t('Batch')],
          ['/batch/groups', t('Groups')],
        ]}
      />
      <BatchTabs tab="groups" />
      <Problem text={problem === undefined ? undefined : told(problem)} />
      <form class="stacked" method="post" action={groupPath(name)}>
        <Section id="group" title={t('Change')}>
          <div class="fields">
            <TextField name="description" label={t('Description')} value={group.description} />
            <TextField
              name="externalName"
              label={t('Name elsewhere')}
              value={group.externalName}
              hint={t('What a directory of the organisation calls it.')}
            />
            <Allowed offered={offered} clusters={group.virtualClusters} storages={group.storages} />
          </div>
          <div class="actions">
            <button type="submit" class="button primary">
              {t('Save')}
            </button>
            <a class="button plain" href="/batch/groups">
              {t('Cancel')}
            </a>
          </div>
        </Section>
      </form>
      <Section
        id="members"
        title={t('Members')}
        note={t('Users are put into groups on their own pages.')}
      >
        <p class="members">
          <Members group={group} admin />
        </p>
        <div class="actions">
          <PostButton
            action={`${groupPath(name)}/remove`}
            tone="danger"
            confirm={t('Remove {name}?', { name })}
          >
            {t('Remove the group')}
          </PostButton>
        </div>
      </Section>
    </>
  )
}

function Allowed(props: {
  offered: GroupOffer
  clusters: readonly string[]
  storages: readonly string[]
}) {
  const { offered, clusters, storages } = props
  const all = [...new Set([...offered.storages, ...storages])]
  return (
    <>
      <Choices
        name="cluster"
        legend={t('Virtual clusters')}
        options={offered.clusters}
        chosen={clusters}
        none={t('There is only the default one.')}
      />
      <Choices
        name="storage"
        legend={t('Storages')}
        options={offered.storages}
        chosen={storages}
        none={t('No runner offers a storage.')}
      />
      {all.length === 0 ? null : (
        <SelectField
          name="default"
          label={t('Storage by default')}
          value={storages[0] ?? ''}
          options={all.map((one) => [one, one])}
          hint={t('Where it is one of the chosen.')}
        />
      )}
    </>
  )
}

function Members({ group, admin }: { group: ShownGroup; admin: boolean }) {
  if (group.members.length === 0) return <>–</>
  return (
    <span class="break">
      {group.members.map((name, at) => (
        <>
          {at === 0 ? '' : ', '}
          {admin ? <a href={userPath(name)}>{name}</a> : name}
        </>
      ))}
    </span>
  )
}

function groupPath(name: string): string {
  return `/batch/groups/${encodeURIComponent(name)}`
}
