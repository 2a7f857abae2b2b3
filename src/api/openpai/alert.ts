/**
 * What is wrong now, in the form of Prometheus' list of alerts: hosts that are silent, for administrators; jobs that have
 * waited long for their first task, for their owners as well.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { listWaiting } from '../../domain/framework-waiting.ts'
import type { Principal } from '../../domain/principal.ts'
import { listRunners } from '../../domain/runner.ts'

interface Alert {
  readonly activeAt: string
  readonly annotations: { readonly summary: string }
  readonly labels: Readonly<Record<string, string>>
  readonly state: 'firing'
  readonly value: string
}

/** From when on it is told that a job waits. */
const LONG_MS = 10 * 60_000

/** The alerts that concern the caller, oldest first. */
export async function alertsFor(db: Db, caller: Principal, now: number): Promise<Alert[]> {
  const hosts = caller.admin ? await silentHosts(db) : []
  const jobs = await waitingJobs(db, { owner: caller.admin ? null : caller.name, now })
  return [...hosts, ...jobs].toSorted((a, b) => a.activeAt.localeCompare(b.activeAt))
}

async function silentHosts(db: Db): Promise<Alert[]> {
  const silent = (await listRunners(db)).filter(({ live, state }) => !live && state === 'active')
  return silent.map(({ name, id, seenAt }) =>
    alert(seenAt, {
      summary: `Runner "${name}" has not been heard of since ${new Date(seenAt).toISOString()}`,
      labels: { alertname: 'RunnerNotSeen', severity: 'error', host: name, runner: id },
    }),
  )
}

async function waitingJobs(
  db: Db,
  { owner, now }: { owner: string | null; now: number },
): Promise<Alert[]> {
  const since = now - LONG_MS
  const rows = await listWaiting(db, { since, ...(owner === null ? {} : { owner }) })
  return rows.map((row) =>
    alert(row.submittedAt, {
      summary: `Job ${row.owner}~${row.name} has waited since ${new Date(row.submittedAt).toISOString()}: its tasks say for what`,
      labels: {
        alertname: 'JobWaits',
        severity: 'warn',
        job_name: `${row.owner}~${row.name}`,
        username: row.owner,
        virtual_cluster: row.virtualCluster,
      },
    }),
  )
}

function alert(at: number, about: { summary: string; labels: Record<string, string> }): Alert {
  const { summary, labels } = about
  return {
    activeAt: new Date(at).toISOString(),
    annotations: { summary },
    labels,
    state: 'firing',
    value: '1e+00',
  }
}
