/**
 * Predictions by id: a job in which every client reads the rows of the ids that it has, and the holder of the labels
 * answers with scores.
 * @module
 */
import type { Db } from '../../db/type.ts'
import type { Catalog } from '../../domain/catalog.ts'
import { getDataset, partyAt } from '../../domain/dataset.ts'
import { invalid, unavailable } from '../../domain/error.ts'
import { isJobOver } from '../../domain/job-state.ts'
import { getJob, type Job, stopJob, submitJob } from '../../domain/job.ts'
import { listMetrics } from '../../domain/metric.ts'
import { listModelParts, requireParts } from '../../domain/model.ts'
import { SURFACE } from './match.ts'
import { graphOf, membersOf, type PipelineNode, seatsOf, tasksOf } from './pipeline.ts'
import type { FedlearnBatch } from './schema.ts'
import { ownRows, trainerOf } from './trainer.ts'
import {
  getTraining,
  NUMBERS_NODE,
  TRAIN_NODE,
  type TrainingRequest,
  trainingRequest,
} from './training.ts'

/** How long a caller is kept waiting. */
const LONGEST_MS = 120_000
/** How often the database is looked at where every look is a request. */
const LOOK_MS = 250

/** One row of the answer; the first names what the scores are. */
export interface Predicted {
  readonly uid: string
  readonly score: (number | string)[]
}

/** Predicts the rows of `uid` and waits for it. An id that some client does not have is answered with NaN. */
export async function predictBatch(
  deps: { readonly db: Db; readonly catalog: Catalog; readonly watchMs?: number; now(): number },
  body: FedlearnBatch,
): Promise<Predicted[]> {
  const { db } = deps
  const job = await submitPrediction(deps, body)
  const until = deps.now() + LONGEST_MS
  let current = job
  while (!isJobOver(current.state)) {
    if (deps.now() > until) {
      const reason = `The caller waited ${LONGEST_MS / 1000} s`
      await stopJob(db, { id: job.id, reason })
      throw unavailable(`The prediction took longer than ${LONGEST_MS / 1000} s: see job ${job.id}`)
    }
    await pause(deps.watchMs ?? LOOK_MS)
    current = await getJob(db, job.id)
  }
  if (current.state !== 'succeeded')
    throw unavailable(current.reason ?? 'The prediction was stopped')
  return answersOf(db, { job: current, uid: body.uid })
}

async function submitPrediction(
  { db, catalog }: { readonly db: Db; readonly catalog: Catalog },
  body: FedlearnBatch,
): Promise<Job> {
  const training = await getTraining(db, body.modelToken)
  if (training.state !== 'succeeded') {
    throw invalid(`Model ${training.id} cannot be used: its training is ${training.state}`)
  }
  const request = trainingRequest(training)
  const clients = await clientsOf(db, { body, request })
  const parts = (await listModelParts(db, training.id)).filter(({ party }) =>
    clients.some((client) => client.party === party),
  )
  const model = { modelId: training.modelId ?? '', version: training.id }
  await requireParts(db, model, parts)
  // A client's part of the model lies under the role that it had in the training.
  const seats = seatsOf(request.clients).flatMap((seat) => {
    const client = clients.find(({ party }) => party === seat.party)
    return client ? [{ ...seat, site: client.site }] : []
  })
  for (const seat of seats) {
    const part = parts.find(({ party }) => party === seat.party)
    if (part?.site === null || part?.site === undefined || part.site === seat.site) continue
    throw invalid(
      `The data set of party ${seat.party} and its part of the model lie in two data directories: offer the data set ` +
        'at the runner that has the model',
    )
  }
  const nodes = nodesOf(body, { request, clients, version: training.id })
  return submitJob(db, {
    surface: SURFACE,
    kind: 'inference',
    name: request.taskId,
    tag: request.algorithm,
    members: membersOf(seats),
    initiator: { role: seats[0].role, party: seats[0].party },
    graph: graphOf(nodes),
    tasks: tasksOf(nodes, { seats, catalog }),
    request: { modelToken: training.id, uids: body.uid.length },
    modelId: model.modelId,
    modelVersion: model.version,
  })
}

interface Client {
  readonly party: string
  readonly dataset: string
  readonly site: string
  readonly columns: readonly string[]
}

/** The clients of the training in their order, with the data sets that are to be predicted. */
async function clientsOf(
  db: Db,
  { body, request }: { body: FedlearnBatch; request: TrainingRequest },
): Promise<readonly Client[]> {
  const named = new Map<string, string>()
  for (const { url, dataset } of body.clientList) named.set(await partyAt(db, url), dataset)
  const stranger = [...named.keys()].find(
    (party) => !request.clients.some((one) => one.party === party),
  )
  if (stranger !== undefined) throw invalid(`The model was trained without party ${stranger}`)
  const clients: Client[] = []
  for (const { party, url, columns } of request.clients) {
    const dataset = named.get(party)
    // Of a horizontal model every client has the whole, for its own rows.
    if (dataset === undefined && trainerOf(request.algorithm).horizontal) continue
    if (dataset === undefined) throw invalid(`The model has a part at ${url}: add it to clientList`)
    const offer = await getDataset(db, { party, name: dataset })
    const wanted = columns.filter((name) => name !== request.label)
    const missing = wanted.find((name) => !offer.features.some((feature) => feature.name === name))
    if (missing !== undefined) {
      throw invalid(
        `Data set "${dataset}" of ${url} does not offer "${missing}", which the model needs`,
      )
    }
    clients.push({ party, dataset, site: offer.site, columns: wanted })
  }
  return clients
}

function nodesOf(
  body: FedlearnBatch,
  around: { request: TrainingRequest; clients: readonly Client[]; version: string },
): PipelineNode[] {
  const { request, clients, version } = around
  const trainer = trainerOf(request.algorithm)
  const ids = [...new Set(body.uid)]
  return [
    {
      name: 'rows',
      module: 'MatchedRows',
      params: () => ({ ids }),
      sources: ({ party }) =>
        clients
          .filter((client) => client.party === party)
          .map(({ dataset, columns }) => ({ type: 'dataset' as const, name: dataset, columns })),
    },
    ...(ownRows(trainer)
      ? []
      : [
          {
            name: 'common',
            module: 'Intersection',
            data: { data: [{ node: 'rows' }] },
            params: () => ({ intersect_method: 'ecdh' }),
          },
        ]),
    {
      name: NUMBERS_NODE,
      module: 'DataIO',
      data: { data: [{ node: ownRows(trainer) ? 'rows' : 'common' }] },
      model: { node: NUMBERS_NODE, job: version },
      params: () => ({}),
    },
    {
      name: TRAIN_NODE,
      module: trainer.module,
      data: { eval_data: [{ node: NUMBERS_NODE }] },
      model: { node: TRAIN_NODE, job: version },
      params: () => ({
        ...trainer.params({ values: request.params, label: request.label, unknown: [] }),
        ...(trainer.mixed ? { ids } : {}),
      }),
    },
    {
      name: 'answer',
      module: 'InferenceAnswer',
      ...(trainer.horizontal ? {} : { only: 'guest' as const }),
      data: { data: [{ node: TRAIN_NODE }] },
      params: () => ({}),
    },
  ]
}

async function answersOf(
  db: Db,
  { job, uid }: { job: Job; uid: readonly string[] },
): Promise<Predicted[]> {
  const series = (await listMetrics(db, { jobId: job.id })).filter(
    ({ namespace }) => namespace === 'answer',
  )
  // Several clients may answer, each for rows of its own; the first one's answer counts.
  const found = new Map<string, Map<string, number>>()
  for (const { name, points } of series) {
    const known = found.get(name) ?? new Map<string, number>()
    for (const [id, y] of points) if (!known.has(String(id))) known.set(String(id), y)
    found.set(name, known)
  }
  const names = [...found.keys()].map((name) => (name === 'score' ? 'label' : name))
  const scores = [...found.values()]
  return [
    { uid: 'header', score: names.length > 0 ? names : ['label'] },
    ...uid.map((id) => ({
      uid: id,
      score: scores.length > 0 ? scores.map((known) => known.get(id) ?? 'NaN') : ['NaN'],
    })),
  ]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
