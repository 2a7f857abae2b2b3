/**
 * Trainings: a job over the rows that a match has found, and what clients are told of it.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { getDataset, partyAt } from '../../domain/dataset.ts'
import { invalid, notFound } from '../../domain/error.ts'
import { findJob, type Job } from '../../domain/job.ts'
import { requireRunners } from '../../domain/runner.ts'
import type { TableSource } from '../../domain/work.ts'
import type { AppDeps } from '../deps.ts'
import { checkTaskId } from './identifier.ts'
import { type NewUse, spend } from './label-budget.ts'
import {
  type NamedClient,
  offers,
  type TrainingClient,
  withLabel,
  withLabels,
} from './label-holder.ts'
import { getMatch, MATCH_NODE, matchRequest, SURFACE, submitDated } from './match.ts'
import { readParams, type ReadParams } from './params.ts'
import {
  graphOf,
  membersOf,
  type PipelineNode,
  type Seat,
  seatsOf,
  tasksOf,
  TRAIN_NODE,
} from './pipeline.ts'
import { type KeptPrivacy, keptPrivacy } from './privacy.ts'
import type { FedlearnTraining } from './schema.ts'
import { type Trainer, trainerOf } from './trainer.ts'
import { checkCategories, checkKind } from './training-check.ts'

/** The node that reads numbers, whose model says how. */
export const NUMBERS_NODE = 'numbers'

/** What a training keeps of its request. */
export interface TrainingRequest {
  readonly taskId: string
  readonly matchId: string
  /** As the client named it. */
  readonly model: string
  readonly algorithm: string
  readonly label: string
  readonly params: ReadParams['values']
  readonly unknown: readonly string[]
  /** The holder of the labels first. */
  readonly clients: readonly TrainingClient[]
  /** What a tuning tries: sets of values, and the parameter that grows from one round to the next. */
  readonly tuning?: Pick<Tuned, 'candidates' | 'effort'>
  /** What is promised of labels by differential privacy. */
  readonly privacy?: KeptPrivacy
}

/** A training that tries several sets of parameters. */
export interface Tuned {
  readonly trainer: Trainer
  readonly read: ReadParams
  readonly candidates: readonly ReadParams['values'][]
  readonly effort: { readonly param: string; readonly values: readonly number[] } | null
  /** What the promises of all trials may come to; null for anything. */
  readonly maxEpsilon: number | null
}

/** Starts a training. Refuses one whose match, clients, columns, label or parameters do not fit, with the field. */
export async function startTraining(
  deps: Pick<AppDeps, 'db' | 'catalog' | 'now' | 'owner'>,
  body: FedlearnTraining,
  tune?: (trainer: ReturnType<typeof trainerOf>, read: ReadParams) => Tuned,
): Promise<string> {
  const { db } = deps
  const taskId = checkTaskId(body.taskId)
  const named = trainerOf(body.model)
  const sent = readParams(named.algorithm, body.algorithmParams)
  const tuned = tune?.(named, sent)
  const { trainer, read } = tuned ?? { trainer: named, read: sent }
  const match = await matchOf(db, body.matchId)
  checkKind(matchRequest(match), { mixed: trainer.mixed === true, model: body.model })
  const offered = await clientsOf(db, { body, match })
  const { label, clients } = trainer.horizontal
    ? withLabels(offered, read.label)
    : withLabel(offered, { label: read.label, mixed: trainer.mixed === true })
  checkCategories(read, clients)
  if (trainer.horizontal && matchRequest(match).matchAlgorithm !== 'EMPTY') {
    throw invalid(
      `Model ${body.model} learns from rows that clients do not share: match with the matchAlgorithm EMPTY`,
    )
  }
  await requireRunners(
    db,
    clients.map(({ party }) => ({ role: null, party })),
  )
  const request: TrainingRequest = {
    taskId,
    matchId: match.id,
    model: body.model,
    algorithm: named.algorithm,
    label,
    params: read.values,
    unknown: read.unknown,
    clients,
    ...(tuned ? { tuning: { candidates: tuned.candidates, effort: tuned.effort } } : {}),
    ...keptPrivacy(
      deps.catalog.get(trainer.module),
      trainer.params(read),
      tuned?.maxEpsilon ?? null,
    ),
  }
  const { privacy } = request
  const use: NewUse = {
    matchId: match.id,
    label,
    clients,
    loss: privacy ? { epsilon: privacy.epsilon, delta: privacy.delta } : null,
  }
  const seats = seatsOf(clients)
  const nodes = nodesOf(request, { trainer, read, match })
  return submitDated(deps, {
    taskId,
    what: body.model,
    job: {
      surface: SURFACE,
      kind: 'train',
      name: taskId,
      tag: named.algorithm,
      members: membersOf(seats),
      initiator: { role: 'guest', party: clients[0].party },
      graph: graphOf(nodes),
      tasks: tasksOf(nodes, { seats, catalog: deps.catalog }),
      request: { ...request },
      modelId: `${taskId}-${body.model}`,
      enter: (trx, id) => spend(trx, id, use),
    },
  })
}

/** The training of that token, or undefined; one whose model was deleted is not there. */
export async function findTraining(db: Db, modelToken: string): Promise<Job | undefined> {
  const job = await findJob(db, modelToken)
  return job?.surface === SURFACE && job.kind === 'train' && job.deletedAt === null
    ? job
    : undefined
}

/** The training of that token. */
export async function getTraining(db: Db, modelToken: string): Promise<Job> {
  const job = await findTraining(db, modelToken)
  if (job) return job
  throw notFound(`There is no model "${modelToken}": see /api/train/list`)
}

/** What the training was asked for. */
export function trainingRequest(job: Job): TrainingRequest {
  return job.request as unknown as TrainingRequest
}

/** Rows that were matched, as numbers, split where some are for validation, and learnt from. */
function nodesOf(
  request: TrainingRequest,
  around: { readonly trainer: Trainer; readonly read: ReadParams; readonly match: Job },
): PipelineNode[] {
  const { trainer, read, match } = around
  const share = Number(read.values['crossValidation'])
  // Rows that not all have are put aside by the algorithm itself.
  const splits = share > 0 && share < 1 && trainer.mixed !== true
  const learnt = splits ? 'split' : NUMBERS_NODE
  return [
    {
      name: 'rows',
      module: 'MatchedRows',
      params: () => ({}),
      sources: (seat) => {
        const client = clientAt(request, seat)
        return [
          { type: 'dataset', name: client.dataset, columns: client.columns },
          matchedAt(match, seat),
        ]
      },
    },
    {
      name: NUMBERS_NODE,
      module: 'DataIO',
      data: { data: [{ node: 'rows' }] },
      params: (seat) => ({
        ...labelAt(request, seat),
        label_type: 'float',
        missing_fill: trainer.fills,
        keep_missing: !trainer.fills,
        missing_fill_method: trainer.fills ? 'mean' : null,
        outlier_replace: false,
      }),
    },
    ...(splits
      ? [
          {
            name: 'split',
            module: trainer.horizontal ? 'HomoDataSplit' : 'HeteroDataSplit',
            data: { data: [{ node: NUMBERS_NODE }] },
            params: () => ({ train_size: share, validate_size: 1 - share, random_state: 666 }),
          },
        ]
      : []),
    {
      name: TRAIN_NODE,
      module: trainer.module,
      data: {
        train_data: [{ node: learnt }],
        ...(splits ? { validate_data: [{ node: 'split', output: 'validate' }] } : {}),
      },
      ...(trainer.mixed ? { sources: (seat: Seat) => [matchedAt(match, seat)] } : {}),
      params: () => trainer.params(read),
    },
  ]
}

/** What a match has left at a client. */
function matchedAt(match: Job, { party }: Seat): TableSource {
  return { type: 'output', node: MATCH_NODE, job: match.id, role: roleIn(match, party) }
}

/** Whether a client has labels: just the first one, but for algorithms of mixed tables. */
function labelAt(request: TrainingRequest, seat: Seat): Record<string, unknown> {
  const has = clientAt(request, seat).columns.includes(request.label)
  return { with_label: has, label_name: has ? request.label : null }
}

function clientAt({ clients }: TrainingRequest, { party }: Seat): TrainingClient {
  const client = clients.find((one) => one.party === party)
  if (!client) throw new Error(`No client ${party}`)
  return client
}

function roleIn({ members }: Job, party: string): string {
  return members['guest']?.includes(party) ? 'guest' : 'host'
}

async function matchOf(db: Db, matchId: string): Promise<Job> {
  const match = await getMatch(db, matchId)
  if (match.state === 'succeeded') return match
  throw invalid(`Match ${matchId} is ${match.state}: train when it has succeeded`)
}

/** The clients, who have to be those of the match, with the same data sets. */
async function clientsOf(
  db: Db,
  { body, match }: { body: FedlearnTraining; match: Job },
): Promise<readonly NamedClient[]> {
  const matched = matchRequest(match).clientList
  const clients: NamedClient[] = []
  for (const { url, dataset, features } of body.clientList) {
    const party = await partyAt(db, url)
    if (!matched.some((one) => one.party === party && one.dataset === dataset)) {
      throw invalid(
        `Match ${match.id} has no data set "${dataset}" of ${url}: train with the clients that were matched, ` +
          matched.map((one) => `${one.url} (${one.dataset})`).join(', '),
      )
    }
    if (clients.some((one) => one.party === party)) throw invalid(`clientList names ${url} twice`)
    const offer = await getDataset(db, { party, name: dataset })
    const wanted = features ? features.featureList.map(({ name }) => name) : null
    const missing = wanted?.find((name) => name !== offer.index && !offers(offer, name))
    if (missing !== undefined) {
      const have = offer.features.map(({ name }) => name).join(', ')
      throw invalid(`Client ${url} does not offer "${missing}" of "${dataset}"; it offers ${have}`)
    }
    clients.push({ url, party, dataset, site: offer.site, wanted, offer })
  }
  const absent = matched.find((one) => !clients.some(({ party }) => party === one.party))
  if (!absent) return clients
  throw invalid(
    `Match ${match.id} is also of ${absent.url}: add it to clientList, or match without it`,
  )
}
