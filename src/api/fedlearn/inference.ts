/**
 * Predictions of a model: the job in which every client reads the rows that are asked for, and the holder of the labels
 * answers with scores.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { getDataset, partyAt } from '../../domain/dataset.ts'
import { invalid } from '../../domain/error.ts'
import { type Job, type NewTask, submitJob } from '../../domain/job.ts'
import { listModelParts, requireParts } from '../../domain/model.ts'
import type { TableSource } from '../../domain/work.ts'
import type { AppDeps } from '../deps.ts'
import { SURFACE } from './match.ts'
import {
  graphOf,
  membersOf,
  type PipelineNode,
  type Seat,
  seatsOf,
  tasksOf,
  TRAIN_NODE,
} from './pipeline.ts'
import { ownRows, trainerOf } from './trainer.ts'
import { getTraining, NUMBERS_NODE, type TrainingRequest, trainingRequest } from './training.ts'

/** The component that answers with scores by id. */
export const ANSWERS = 'InferenceAnswer'
/** The node that finds which of the rows all clients have. */
export const COMMON_NODE = 'common'

/** Which rows of which data sets a model is to predict, and what becomes of its predictions. */
export interface Prediction {
  readonly modelToken: string
  readonly clientList: readonly { readonly url: string; readonly dataset: string }[]
  /** Whether the label is read too, and under which name; the model's own where that is null. */
  readonly label?: { readonly name: string | null }
  /** Parameters of the first node at a client, and what it reads beside the data set. */
  rows(client: PredictionClient): {
    readonly params: Record<string, unknown>
    readonly sources?: readonly TableSource[]
  }
  /** The nodes behind the predictions. */
  readonly after: readonly PipelineNode[]
  /** Tasks that are no components, of nodes that follow the named ones. */
  tasks?(seats: readonly Seat[]): readonly { readonly task: NewTask; readonly after: string }[]
  readonly request: Record<string, unknown>
  readonly id?: string
}

/** A client of a model, and the data set of it that is predicted. */
export interface PredictionClient {
  readonly party: string
  readonly dataset: string
  readonly site: string
  /** The column of ids. */
  readonly index: string
  readonly columns: readonly string[]
}

/** Enters the job of a prediction. Refuses one whose model, clients or columns do not fit. */
export async function submitPrediction(
  { db, catalog, owner }: Pick<AppDeps, 'db' | 'catalog' | 'owner'>,
  prediction: Prediction,
): Promise<Job> {
  const training = await getTraining(db, prediction.modelToken)
  if (training.state !== 'succeeded') {
    throw invalid(`Model ${training.id} cannot be used: its training is ${training.state}`)
  }
  const request = trainingRequest(training)
  checkRows(prediction, request)
  const clients = await clientsOf(db, { prediction, request })
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
  const nodes = nodesOf(prediction, { request, clients, version: training.id })
  const further = prediction.tasks?.(seats) ?? []
  return submitJob(db, {
    ...(prediction.id === undefined ? {} : { id: prediction.id }),
    surface: SURFACE,
    kind: 'inference',
    owner,
    name: request.taskId,
    tag: request.algorithm,
    members: membersOf(seats),
    initiator: { role: seats[0].role, party: seats[0].party },
    graph: [
      ...graphOf(nodes),
      ...further.map(({ task, after }) => ({
        name: task.name,
        module: 'Download',
        needs: [{ node: after, kind: 'data' as const }],
      })),
    ],
    tasks: [...tasksOf(nodes, { seats, catalog }), ...further.map(({ task }) => task)],
    request: { modelToken: training.id, ...prediction.request },
    modelId: model.modelId,
    modelVersion: model.version,
  })
}

/** Whoever has rows of its own knows their ids; there is no file of ids that the others could be asked about. */
function checkRows({ after }: Prediction, request: TrainingRequest): void {
  if (!ownRows(trainerOf(request.algorithm)) || after.every(({ module }) => module === ANSWERS))
    return
  throw invalid(
    `The clients of a model of ${request.algorithm} have rows of their own: have them predicted by id, with inference/batch`,
  )
}

/** The clients of the training in their order, with the data sets that are to be predicted. */
async function clientsOf(
  db: Db,
  { prediction, request }: { prediction: Prediction; request: TrainingRequest },
): Promise<readonly PredictionClient[]> {
  const named = new Map<string, string>()
  for (const { url, dataset } of prediction.clientList) named.set(await partyAt(db, url), dataset)
  const stranger = [...named.keys()].find(
    (party) => !request.clients.some((one) => one.party === party),
  )
  if (stranger !== undefined) throw invalid(`The model was trained without party ${stranger}`)
  const label = labelOf(prediction, request)
  const clients: PredictionClient[] = []
  for (const { party, url, columns } of request.clients) {
    const dataset = named.get(party)
    // Of a horizontal model every client has the whole, for its own rows.
    if (dataset === undefined && trainerOf(request.algorithm).horizontal) continue
    if (dataset === undefined) throw invalid(`The model has a part at ${url}: add it to clientList`)
    const offer = await getDataset(db, { party, name: dataset })
    const wanted = columns.filter((name) => name !== request.label || label !== null)
    const missing = wanted.find((name) => !offer.features.some((feature) => feature.name === name))
    if (missing !== undefined) {
      throw invalid(
        `Data set "${dataset}" of ${url} does not offer "${missing}", which ` +
          (missing === label ? 'has the labels' : 'the model needs'),
      )
    }
    clients.push({ party, dataset, site: offer.site, index: offer.index, columns: wanted })
  }
  return clients
}

function labelOf({ label }: Prediction, request: TrainingRequest): string | null {
  if (!label) return null
  if (label.name === null || label.name === request.label) return request.label
  throw invalid(
    `The model was trained for the label "${request.label}", not for "${label.name}": name that one`,
  )
}

function nodesOf(
  { rows, after }: Prediction,
  around: { request: TrainingRequest; clients: readonly PredictionClient[]; version: string },
): PipelineNode[] {
  const { request, clients, version } = around
  const trainer = trainerOf(request.algorithm)
  const clientAt = ({ party }: Seat): PredictionClient => {
    const client = clients.find((one) => one.party === party)
    if (!client) throw new Error(`No client ${party}`)
    return client
  }
  return [
    {
      name: 'rows',
      module: 'MatchedRows',
      params: (seat) => rows(clientAt(seat)).params,
      sources: (seat) => {
        const client = clientAt(seat)
        const { dataset, columns } = client
        return [{ type: 'dataset', name: dataset, columns }, ...(rows(client).sources ?? [])]
      },
    },
    ...(ownRows(trainer)
      ? []
      : [
          {
            name: COMMON_NODE,
            module: 'Intersection',
            data: { data: [{ node: 'rows' }] },
            params: () => ({ intersect_method: 'ecdh' }),
          },
        ]),
    {
      name: NUMBERS_NODE,
      module: 'DataIO',
      data: { data: [{ node: ownRows(trainer) ? 'rows' : COMMON_NODE }] },
      model: { node: NUMBERS_NODE, job: version },
      params: () => ({}),
    },
    {
      name: TRAIN_NODE,
      module: trainer.module,
      data: { eval_data: [{ node: NUMBERS_NODE }] },
      model: { node: TRAIN_NODE, job: version },
      params: (seat) => ({
        ...trainer.params({ values: request.params, label: request.label, unknown: [] }),
        ...(trainer.mixed ? { ids: rows(clientAt(seat)).params['ids'] } : {}),
      }),
    },
    ...after.map((node) =>
      // Of a horizontal model every client answers for its own rows.
      node.module === ANSWERS && !trainer.horizontal ? { ...node, only: 'guest' as const } : node,
    ),
  ]
}
