/**
 * Predictions of a file that lies at a client: its runner reads the ids and writes the answers, nobody else sees the file.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { getDataset, partyAt } from '../../domain/dataset.ts'
import { invalid, notFound } from '../../domain/error.ts'
import { findJob, type Job } from '../../domain/job.ts'
import { requireRunners } from '../../domain/runner.ts'
import type { AppDeps } from '../deps.ts'
import type { FedlearnRemote } from './inference-schema.ts'
import { COMMON_NODE, submitPrediction } from './inference.ts'
import { SURFACE } from './match.ts'
import { TRAIN_NODE } from './pipeline.ts'

const DELIVERY_NODE = 'predictions'
const FILE_NODE = 'file'

/** What is told of a prediction of a file. */
export interface RemoteProgress {
  readonly inferenceId: string
  /** A number while it works, as text at its end, `-` where it failed. */
  readonly percent: number | string
  readonly predictInfo: string
  readonly startTime: number
  readonly endTime?: number
  readonly path?: string
}

/** Starts to predict the ids of a file of `userAddress`, one of the model's clients. */
export async function startRemote(
  deps: Pick<AppDeps, 'db' | 'catalog' | 'owner'>,
  body: FedlearnRemote,
): Promise<RemoteProgress> {
  const { db } = deps
  const path = checkPath(body.path)
  const owner = await partyAt(db, body.userAddress)
  const own = await ownOf(db, { body, owner })
  await requireRunners(db, [{ role: null, party: owner }])
  const { index: heading } = await getDataset(db, { party: owner, name: own.dataset })
  const job = await submitPrediction(deps, {
    modelToken: body.modelToken,
    clientList: body.clientList,
    rows: ({ party }) =>
      party === owner
        ? { params: { keep: 'listed' }, sources: [{ type: 'ids', path, heading }] }
        : { params: { keep: 'all' } },
    after: [
      {
        name: DELIVERY_NODE,
        module: 'PredictionDelivery',
        data: { data: [{ node: TRAIN_NODE }], eval_data: [{ node: COMMON_NODE }] },
        params: () => ({ receiver: owner }),
      },
    ],
    tasks: (seats) =>
      seats
        .filter(({ party }) => party === owner)
        .map((seat) => ({
          after: DELIVERY_NODE,
          task: {
            ...seat,
            name: FILE_NODE,
            kind: 'download' as const,
            spec: {
              type: 'answer' as const,
              role: seat.role,
              party: owner,
              node: DELIVERY_NODE,
              ids: { path, heading },
            },
          },
        })),
    request: { path, owner },
    id: `${body.modelToken}-${crypto.randomUUID().replaceAll('-', '')}`,
  })
  return progressOf(job)
}

/** How far a prediction of a file is, and where its answers are. */
export async function remoteProgress(db: Db, inferenceId: string): Promise<RemoteProgress> {
  const job = await findJob(db, inferenceId)
  if (job?.surface === SURFACE && job.kind === 'inference' && 'path' in job.request) {
    return progressOf(job)
  }
  throw notFound(`There is no inference "${inferenceId}": /api/inference/remote starts one`)
}

function progressOf(job: Job): RemoteProgress {
  const { path } = job.request as { path: string }
  const head = { inferenceId: job.id, startTime: job.startedAt ?? job.createdAt }
  const over = job.endedAt === null ? {} : { endTime: job.endedAt }
  switch (job.state) {
    case 'succeeded': {
      const result = `${path.replace(/\.[^./]*$/, '')}_result.txt`
      return { ...head, ...over, path: result, percent: '100', predictInfo: '推理完成' }
    }
    case 'failed':
    case 'canceled':
      return { ...head, ...over, percent: '-', predictInfo: `推理失败: ${job.reason ?? job.state}` }
    default: {
      // Complete is only what has ended.
      const percent = Math.min(99, Math.floor(job.progress))
      const predictInfo = percent === 0 ? '开始推理' : percent < 40 ? '已获取数据' : '推理中'
      return { ...head, percent, predictInfo }
    }
  }
}

/** Whether it can be a path below a folder; the runner looks at it again, and knows the folder. */
function checkPath(path: string): string {
  const steps = path.split('/')
  if (!steps.includes('..') && !path.includes('\0') && !path.endsWith('/')) return path
  throw invalid(`path "${path.slice(0, 200)}" cannot be: expected one below the client's folder`)
}

async function ownOf(
  db: Db,
  { body, owner }: { body: FedlearnRemote; owner: string },
): Promise<{ readonly dataset: string }> {
  for (const client of body.clientList) {
    if ((await partyAt(db, client.url)) === owner) return client
  }
  throw invalid(
    `userAddress ${body.userAddress} is none of clientList: a file is read by one of them`,
  )
}
