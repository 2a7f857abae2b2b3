/**
 * A job as one of its parties sees it.
 * @module
 */
import { Hono } from 'hono'

import type { JobSnapshot } from '../../views/job/detail.tsx'
import { type DataSet, isAt, PartyView, type Seat } from '../../views/job/party-view.tsx'
import { partyViewPath } from '../../views/job/task-words.ts'
import type { AppDeps } from '../api/deps.ts'
import { notFound } from '../domain/error.ts'
import { findTable } from '../domain/table.ts'
import type { Db } from './deps.ts'
import { readSnapshot } from './snapshot.ts'

/** `/jobs/:id/parties/:role/:party`. */
export function partyViewRoutes({ db, now }: AppDeps): Hono {
  const app = new Hono()

  app.get('/jobs/:id/parties/:role/:party', async (c) => {
    const { id, ...seat } = c.req.param()
    return c.render(await page(id, seat), { title: () => `${seat.role} ${seat.party}` })
  })

  app.get('/jobs/:id/parties/:role/:party/parts', async (c) => {
    const { id, ...seat } = c.req.param()
    // Somebody who opens the fragment's own address wants the page.
    if (c.req.header('HX-Request-Type') !== 'partial')
      return c.redirect(partyViewPath(id, seat), 302)
    return c.render(await page(id, seat), { title: () => `${seat.role} ${seat.party}` })
  })

  async function page(id: string, seat: Seat) {
    const snapshot = await readSnapshot(db, id, now())
    const { members } = snapshot.job
    if (!Object.hasOwn(members, seat.role) || !members[seat.role].includes(seat.party)) {
      throw notFound(
        `Job ${id} has no ${seat.role} ${seat.party}: see its page for those who take part`,
      )
    }
    const data = await dataOf(db, snapshot, seat)
    return <PartyView snapshot={snapshot} seat={seat} data={data} />
  }

  return app
}

/** The uploaded tables that the party's tasks read. */
async function dataOf(db: Db, { tasks }: JobSnapshot, seat: Seat): Promise<DataSet[]> {
  const wanted = tasks
    .filter((task) => isAt(task, seat))
    .flatMap(({ name, spec }) =>
      spec.type === 'component'
        ? spec.data.flatMap(({ slot, tables }) =>
            tables.flatMap((source) =>
              source.type === 'table' ? [{ component: name, slot, source }] : [],
            ),
          )
        : [],
    )
  return Promise.all(
    wanted.map(async ({ component, slot, source }) => {
      const { namespace, name } = source
      const table = await findTable(db, { namespace, name })
      return {
        component,
        slot,
        namespace,
        name,
        rows: table?.rows ?? null,
        columns: table?.columns.length ?? null,
      }
    }),
  )
}
