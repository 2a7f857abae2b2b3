/**
 * Routes for sealed messages between runners that cannot reach each other.
 * @module
 */
import { createRoute } from '@hono/zod-openapi'

import { databaseTime } from '../../domain/clock.ts'
import { forbidden, invalid } from '../../domain/error.ts'
import { collectParcels, postParcel } from '../../domain/mailbox.ts'
import { packParcels } from '../../domain/parcel.ts'
import type { AppDeps } from '../deps.ts'
import { json, jsonBody } from '../json.ts'
import type { Api } from '../surface.ts'
import { asCaller, membersFor, speaksFor } from './caller.ts'
import { bytes, refused, security } from './route.ts'
import { CollectBody, Done, ParcelQuery } from './schema.ts'

/** The mailbox between runners that cannot reach each other. */
export function mailRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const middleware = asCaller(deps)

  const post = createRoute({
    method: 'post',
    path: '/post',
    operationId: 'runner.post',
    summary: 'Leaves a sealed message for another member of a job',
    security,
    middleware,
    request: { query: ParcelQuery, body: { required: true, content: bytes('A sealed message') } },
    responses: { 200: json(Done, 'It waits for its receiver'), ...refused },
  })
  api.openapi(post, async (c) => {
    const parcel = c.req.valid('query')
    const { jobId, session, sender, receiver } = parcel
    const caller = c.get('caller')
    const members = await membersFor(db, caller, jobId)
    if (!session.startsWith(`${jobId}/`)) {
      throw invalid(`Session "${session}" does not belong to job "${jobId}"`)
    }
    if (!speaksFor(caller, sender) || !members.includes(sender)) {
      throw forbidden(`This token may not send as ${sender} in job "${jobId}"`)
    }
    if (!members.includes(receiver)) throw invalid(`${receiver} is no member of job "${jobId}"`)
    const body = new Uint8Array(await c.req.arrayBuffer())
    if (body.length > PARCEL_BYTES) {
      throw invalid(
        `A sealed message has at most ${PARCEL_BYTES} bytes, this one has ${body.length}`,
      )
    }
    await postParcel(db, { ...parcel, body }, await databaseTime(db))
    return c.json({}, 200)
  })

  const collect = createRoute({
    method: 'post',
    path: '/collect',
    operationId: 'runner.collect',
    summary: 'Takes the sealed messages that wait; they are gone from the server afterwards',
    security,
    middleware,
    request: jsonBody(CollectBody),
    responses: {
      200: { description: 'See `domain/parcel.ts`', content: bytes('Sealed messages') },
      ...refused,
    },
  })
  api.openapi(collect, async (c) => {
    const query = c.req.valid('json')
    const caller = c.get('caller')
    const [jobId] = query.session.split('/')
    const members = await membersFor(db, caller, jobId)
    if (!speaksFor(caller, query.receiver) || !members.includes(query.receiver)) {
      throw forbidden(`This token may not collect the messages of ${query.receiver}`)
    }
    const parcels = await collectParcels(db, query)
    return c.body(packParcels(parcels), 200, { 'content-type': 'application/octet-stream' })
  })
}

/** Largest sealed message, that of the federation. */
const PARCEL_BYTES = 4 * 1024 * 1024
