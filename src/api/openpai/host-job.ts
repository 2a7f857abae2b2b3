/**
 * What jobs of this server cannot have: images without a container engine, storages that nobody has set up.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { openOffers, openStorages } from '../../domain/framework-room.ts'
import type { Principal } from '../../domain/principal.ts'
import type { PaiJob } from '../../flow/parse/pai-job.ts'
import { requireStorage } from './caller.ts'
import { PaiFault } from './fault.ts'

/**
 * Runners here start processes, not images. A job may say that this is what it wants (`extras.weft.host`), or the
 * operator that this is what everybody gets (`WEFT_PROCESSES=host`); otherwise it is refused.
 */
export async function refuseImages(db: Db, job: PaiJob): Promise<void> {
  if (job.extras.host) return
  const offers = await openOffers(db)
  if (offers.length === 0 || offers.some(({ labels }) => labels?.processes === 'host')) return
  const wanted = [...Map.groupBy(job.roles, ({ image }) => image)].map(
    ([image, roles]) =>
      `${roles.map(({ name }) => `taskRoles.${name}.dockerImage`).join(' and ')} ${roles.length > 1 ? 'ask' : 'asks'} for image ${image}`,
  )
  throw new PaiFault(
    400,
    'InvalidProtocolError',
    `${wanted.join(', ')}, and no live runner has a container engine: set extras.weft.host to true to run its commands as processes of the host, or WEFT_PROCESSES=host on a runner to have it so for all`,
  )
}

/** A job may only name storages that some live runner has and its owner may use, each at a path of its own. */
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
