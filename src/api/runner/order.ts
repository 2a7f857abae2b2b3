/**
 * What running tasks are asked to do.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { listOrders } from '../../domain/fact.ts'
import type { TaskOrder } from '../../domain/work.ts'
import type { AppDeps } from '../deps.ts'
import type { Api } from '../surface.ts'
import { asCaller, checkRunner } from './caller.ts'
import { posts } from './route.ts'

const Id = z.string().min(1).max(128)
const OrdersBody = z.object({ runnerId: Id, attemptId: Id, after: z.int().min(0) })
const Orders = z
  .object({ orders: z.array(z.custom<TaskOrder>().openapi({ type: 'object' })) })
  .openapi('RunnerOrders')

/** Fetching orders. */
export function orderRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const post = posts(asCaller(deps))
  const orders = post('orders', {
    summary: 'What the task of a held attempt is asked for, behind a number',
    body: OrdersBody,
    answer: Orders,
  })
  api.openapi(orders, async (c) => {
    const query = c.req.valid('json')
    await checkRunner(db, c.get('caller'), query.runnerId)
    return c.json({ orders: await listOrders(db, query) }, 200)
  })
}
