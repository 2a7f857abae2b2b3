/**
 * A job document as a job of the domain.
 * @module
 */
import type { FrameworkPlan } from '../../domain/framework-plan.ts'
import { STORAGE_LABEL } from '../../domain/framework-room.ts'
import type { NewFramework } from '../../domain/framework.ts'
import { DEFAULT_CLUSTER } from '../../domain/virtual-cluster.ts'
import type { Prerequisite, ProcessTaskSpec } from '../../domain/work.ts'
import { maskPaiSecrets } from '../../flow/parse/pai-edit.ts'
import { paiJobEnvironment, paiPorts } from '../../flow/parse/pai-environment.ts'
import { type PaiJob, type PaiRole } from '../../flow/parse/pai-job.ts'
import { withLogins } from '../../flow/parse/pai-login.ts'
import { renderPai } from '../../flow/parse/pai-template.ts'
import { prerequisiteFolders, type Prerequisites, prerequisiteStorages } from './prerequisite.ts'

/** The first lines of every task: the first command that fails ends it. */
const HEAD = `#!/bin/bash
export PAI_WORK_DIR="$PWD"
`
const STRICT = 'set -o errexit -o nounset -o pipefail\n'

/** The job that a document of that owner means. */
export function toFramework(
  job: PaiJob,
  {
    owner,
    text,
    engine,
    storages,
    prerequisites = { of: new Map(), warnings: [] },
  }: {
    owner: string
    text: string
    engine: string
    /** What there is, and whether it may be written. */
    storages: ReadonlyMap<string, string>
    prerequisites?: Prerequisites
  },
): NewFramework {
  const virtualCluster = job.virtualCluster ?? DEFAULT_CLUSTER
  const { webhook } = job.extras
  const rendered = (text: string) => renderPai(text, { secrets: job.secrets })
  const env = paiJobEnvironment({ user: owner, name: job.name, virtualCluster, roles: job.roles })
  const wanted = job.extras.storages
  const labelsOf = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [`${STORAGE_LABEL}${name}`, storages.get(name) ?? 'rw']))
  const plan: FrameworkPlan = {
    gang: job.extras.gang,
    retries: job.retries,
    ...(job.extras.runMinutes === null ? {} : { runMs: job.extras.runMinutes * 60_000 }),
    roles: job.roles.map((role) => ({
      name: role.name,
      instances: role.instances,
      minFailed: role.minFailed,
      minSucceeded: role.minSucceeded,
      retries: role.retries,
      ports: role.ports,
      spec: {
        ...specOf(role, {
          env,
          engine,
          prerequisites: prerequisites.of.get(role.name) ?? [],
          labels: labelsOf([
            ...wanted.map(({ name }) => name),
            ...prerequisiteStorages(prerequisites.of.get(role.name) ?? []),
          ]),
        }),
        ...(wanted.length > 0 ? { storages: wanted } : {}),
        ...(engine === 'container' ? { container: { image: role.image, shmMb: role.shmMb } } : {}),
      },
    })),
  }
  return {
    owner,
    name: job.name,
    version: job.version,
    virtualCluster,
    priority: job.extras.priority,
    config: maskPaiSecrets(text),
    secrets: engine === 'container' ? withLogins(job) : job.secrets,
    plan,
    warnings: prerequisites.warnings,
    ...(webhook
      ? {
          webhook: {
            url: rendered(webhook.url),
            events: webhook.events,
            ...(webhook.secret === null ? {} : { secret: rendered(webhook.secret).trim() }),
          },
        }
      : {}),
  }
}

function specOf(
  role: PaiRole,
  {
    env,
    engine,
    labels,
    prerequisites,
  }: {
    env: Record<string, string>
    engine: string
    labels: Record<string, string>
    prerequisites: readonly Prerequisite[]
  },
): ProcessTaskSpec {
  const ports = Object.values(paiPorts(role.ports)).reduce((sum, count) => sum + count, 0)
  return {
    type: 'process',
    command: { script: `${HEAD}${prerequisiteFolders(prerequisites)}${STRICT}${role.script}\n` },
    ...(prerequisites.length > 0 ? { prerequisites } : {}),
    env,
    files: {},
    timeLimitMs: null,
    sandbox: null,
    network: true,
    engine,
    needs: {
      ...(role.cpu > 0 ? { cores: role.cpu } : {}),
      ...(role.memoryMb > 0 ? { memoryMb: role.memoryMb } : {}),
      ...(role.gpu > 0 ? { gpus: role.gpu } : {}),
      ports,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    },
    retries: role.retries,
  }
}
