/**
 * Where jobs of this server run, and what they cannot have: storages that nobody has set up.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { openOffers, openStorages } from '../../domain/framework-room.ts'
import type { Principal } from '../../domain/principal.ts'
import type { ENGINES } from '../../flow/parse/pai-extras.ts'
import type { PaiJob } from '../../flow/parse/pai-job.ts'
import { requireStorage } from './caller.ts'
import { PaiFault } from './fault.ts'

/**
 * Where a job runs. What it says itself counts first: its engine, then `extras.weft.host`, by which it does without its
 * images. Otherwise it runs in them where some live runner has a container engine; and where none has, as processes
 * if the operator gives these to everybody (`WEFT_PROCESSES=host`). What is left is refused.
 */
export async function chooseEngine(db: Db, job: PaiJob): Promise<(typeof ENGINES)[number]> {
  const { host, engine } = job.extras
  const offers = await openOffers(db)
  const has = (name: string) => offers.some(({ engines = [] }) => engines.includes(name))
  if (host && engine === 'container')
    throw unfit('extras.weft: engine container runs images, and host does without them: choose one')
  if (engine === 'container' || (engine === null && !host && has('container'))) {
    if (offers.length > 0 && !has('container')) throw noContainers(job)
    return 'container'
  }
  // That there is no runner at all is said later, for every kind of job alike.
  const allowed = host || offers.length === 0
  if (!allowed && offers.every(({ labels }) => labels?.processes !== 'host'))
    throw noContainers(job, engine ?? undefined)
  return engine ?? (!has('local') && has('slurm') ? 'slurm' : 'local')
}

function noContainers({ roles }: PaiJob, engine?: string): PaiFault {
  const wanted = [...Map.groupBy(roles, ({ image }) => image)].map(
    ([image, all]) =>
      `${all.map(({ name }) => `taskRoles.${name}.dockerImage`).join(' and ')} ${all.length > 1 ? 'ask' : 'asks'} for image ${image}`,
  )
  const why =
    engine === undefined || engine === 'container'
      ? 'no live runner has a container engine'
      : `engine ${engine} runs no images`
  return unfit(
    `${wanted.join(', ')}, and ${why}: install podman or docker on a runner, set extras.weft.host to true to run its commands as processes of the host, or WEFT_PROCESSES=host on a runner to have it so for all`,
  )
}

function unfit(message: string): PaiFault {
  return new PaiFault(400, 'InvalidProtocolError', message)
}

/** A job may only name storages that some live runner has, each at a path of its own. */
export async function refuseStorages(db: Db, caller: Principal, job: PaiJob): Promise<void> {
  const { storages } = job.extras
  if (storages.length === 0) return
  const there = await openStorages(db)
  for (const { name, mountPath } of storages) {
    if (!there.has(name)) throw new PaiFault(404, 'NoStorageError', `Storage ${name} is not found.`)
    await requireStorage(db, caller, name)
    const parts = mountPath.split('/').filter((part) => part !== '')
    const twice = storages.filter((one) => one.mountPath === mountPath).length > 1
    if (parts.length === 0 || parts.some((part) => part === '.' || part === '..') || twice)
      throw new PaiFault(
        400,
        'InvalidProtocolError',
        `extras.storages: "${mountPath}" of storage ${name} should be a path of its own, without "." and ".."`,
      )
  }
}
