/**
 * Virtual clusters: what each may use, what its jobs hold, and forms for administrators.
 * @module
 */
import type { Use, VirtualCluster } from '../../src/domain/virtual-cluster.ts'
import { t, told } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { TextField } from '../ui/field.tsx'
import { formatNumber } from '../ui/format.ts'
import { PageHead, PostButton, Progress, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { BatchTabs, Problem } from './tabs.tsx'

export interface ClustersProps {
  readonly clusters: readonly VirtualCluster[]
  /** What the jobs of each hold. */
  readonly use: ReadonlyMap<string, Use>
  /** What all runners have. */
  readonly all: Use
  readonly admin: boolean
  readonly problem?: string
}

/** The page. */
export function ClustersPage({ clusters, use, all, admin, problem }: ClustersProps) {
  const amount = (cluster: VirtualCluster, key: keyof Use) => {
    const used = use.get(cluster.name)?.[key] ?? 0
    const most = cluster.quota[key]
    const whole = most ?? all[key]
    const words = t('{used} of {whole}', { used: formatNumber(used), whole: formatNumber(whole) })
    return (
      <span class="job-cell">
        {whole === 0 ? null : (
          <Progress percent={Math.min(100, (used / whole) * 100)} label={words} />
        )}
        <span class="muted">
          {words}
          {most === null ? ` · ${t('no limit')}` : ''}
        </span>
      </span>
    )
  }
  return (
    <>
      <PageHead title={t('Virtual clusters')} trail={[['/batch', t('Batch')]]} />
      <BatchTabs tab="clusters" />
      <Problem text={problem === undefined ? undefined : told(problem)} />
      <Section id="clusters" title={t('Shares of what the runners have')}>
        <ListTable
          caption={t('Virtual clusters')}
          items={clusters}
          rowId={({ name }) => `cluster-${name}`}
          columns={[
            {
              head: t('Name'),
              cell: ({ name, stopped }) => (
                <span class="job-cell">
                  <a href={`/batch?vc=${encodeURIComponent(name)}`}>{name}</a>
                  {stopped ? <Tag tone="warn">{t('Stopped')}</Tag> : null}
                </span>
              ),
            },
            { head: t('Cores'), cell: (one) => amount(one, 'cores') },
            { head: t('Memory, MB'), cell: (one) => amount(one, 'memoryMb') },
            { head: t('GPUs'), cell: (one) => amount(one, 'gpus') },
            ...(admin
              ? [
                  {
                    head: t('Actions'),
                    kind: 'action' as const,
                    cell: ({ name, stopped }: VirtualCluster) => (
                      <span class="actions">
                        <PostButton
                          action="/batch/clusters/status"
                          small
                          fields={{ name, status: stopped ? 'running' : 'stopped' }}
                        >
                          {stopped ? t('Start') : t('Stop')}
                          <span class="visually-hidden"> {name}</span>
                        </PostButton>
                        {name === 'default' ? null : (
                          <PostButton
                            action="/batch/clusters/remove"
                            small
                            tone="danger"
                            fields={{ name }}
                            confirm={t('Remove {name}?', { name })}
                          >
                            {t('Remove')}
                            <span class="visually-hidden"> {name}</span>
                          </PostButton>
                        )}
                      </span>
                    ),
                  },
                ]
              : []),
          ]}
        />
      </Section>
      {admin ? <ClusterForm /> : null}
    </>
  )
}

function ClusterForm() {
  return (
    <form class="stacked" method="post" action="/batch/clusters">
      <Section
        id="cluster"
        title={t('Enter a virtual cluster, or change one')}
        note={t('An empty field sets no limit.')}
      >
        <div class="fields">
          <TextField name="name" label={t('Name')} value="" />
          <TextField name="cores" label={t('Cores')} value="" inputmode="numeric" />
          <TextField name="memoryMb" label={t('Memory, MB')} value="" inputmode="numeric" />
          <TextField name="gpus" label={t('GPUs')} value="" inputmode="numeric" />
        </div>
        <div class="actions">
          <button type="submit" class="button primary">
            {t('Save')}
          </button>
        </div>
      </Section>
    </form>
  )
}
