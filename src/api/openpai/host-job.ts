/**
 * What jobs of this server cannot have: images without a container engine, storages that nobody has set up.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { openOffers } from '../../domain/framework-room.ts'
import type { PaiJob } from '../../flow/parse/pai-job.ts'
import { PaiFault } from './fault.ts'

/**
 * Runners here start processes, not images. A job may say that this is what it wants (`extras.weft.host`), or the
 * operator that this is what everybody gets (`WEFT_PROCESSES=host`); otherwise it is refused.
 */
export async function refuseImages(db: Db, job: PaiJob): Promise<void> {
  if (job.extras.host) return
  const offers = await openOffers(db)
  if (offers.length === 0 || offers.some(({ labels }) => labels?.processes === 'host')) return
  const [role] = job.roles
  throw new PaiFault(
    400,
    'InvalidProtocolError',
    `taskRoles.${role.name}.dockerImage asks for image ${role.image}, and no live runner has a container engine: set extras.weft.host to true to run its commands as processes of the host, or WEFT_PROCESSES=host on a runner to have it so for all`,
  )
}

/** There are none yet, so a job that names one is refused. */
export function refuseStorages(job: PaiJob): void {
  const [storage] = job.extras.storages
  if (storage) throw new PaiFault(404, 'NoStorageError', `Storage ${storage.name} is not found.`)
}
