/**
 * What all trainings of the same labels come to by differential privacy, and what their owner allows.
 *
 * Labels are the same where they are one column of one data set, whatever match was trained over. Trainings that were
 * stopped or deleted count, and every attempt as a whole training, which is the most that it can tell.
 * @module
 */
import type { Db, Trx } from '../../db/type.ts'
import { type DatasetUse, enterUses, listUses } from '../../domain/dataset-use.ts'
import { listDatasets } from '../../domain/dataset.ts'
import { invalid } from '../../domain/error.ts'
import { type LabelSum, roomFor, sumUses } from '../../flow/label-sum.ts'
import type { TrainingClient } from './label-holder.ts'
import { TRAIN_NODE } from './pipeline.ts'

/** What trainings of one column of labels come to. */
export interface LabelBudget {
  readonly url: string
  readonly party: string
  readonly dataset: string
  readonly label: string
  /** Of those over the same match. */
  readonly match: LabelSum
  /** Of all. */
  readonly all: LabelSum
  /** What the owner allows all to come to; null for anything. */
  readonly limit: number | null
}

type Client = Pick<TrainingClient, 'url' | 'party' | 'dataset'>

/** What a training is about to use. */
export interface NewUse {
  readonly matchId: string
  readonly label: string
  readonly clients: readonly TrainingClient[]
  /** What it promises of labels; null where nothing. */
  readonly loss: DatasetUse['loss']
}

/** Enters what a training uses. Throws where an owner does not allow it, with what is spent and what is left. */
export async function spend(trx: Trx, jobId: string, use: NewUse): Promise<void> {
  const { matchId, label, clients, loss } = use
  for (const client of clients) await checkLimit(trx, client, use)
  await enterUses(
    trx,
    jobId,
    clients.map(({ party, dataset, columns }) => {
      const holds = columns.includes(label)
      return { matchId, party, dataset, label: holds ? label : null, loss: holds ? loss : null }
    }),
  )
}

/**
 * What trainings come to for each column that the data sets of a match have had as labels, where noise or a limit makes
 * that of interest; with `label` of that column alone.
 */
export async function labelBudgets(
  db: Db,
  of: { readonly clients: readonly Client[]; readonly matchId: string; readonly label?: string },
): Promise<LabelBudget[]> {
  const { matchId } = of
  const found: LabelBudget[] = []
  for (const { url, party, dataset } of of.clients) {
    const limit = await limitOf(db, { party, dataset })
    const entered = await usesOf(db, { party, dataset, column: null })
    const labels = new Set(entered.flatMap(({ label }) => label ?? []))
    for (const label of labels) {
      if (of.label !== undefined && of.label !== label) continue
      const uses = await usesOf(db, { party, dataset, column: label })
      const all = sumUses(uses.filter(touches(label)))
      if (all.trainings === 0 && limit === null) continue
      const match = sumUses(uses.filter(touches(label)).filter((use) => use.matchId === matchId))
      found.push({ url, party, dataset, label, match, all, limit })
    }
  }
  return found
}

async function checkLimit(db: Db, client: TrainingClient, use: NewUse): Promise<void> {
  const { party, dataset, columns } = client
  const limit = await limitOf(db, client)
  if (limit === null) return
  const whose = `Data set "${dataset}" of party ${party} allows its labels an epsilon of ${show(limit)} (maxEpsilon)`
  const told = (await usesOf(db, { party, dataset, column: null })).filter(
    ({ loss, label, times }) => loss !== null && times > 0 && label !== use.label,
  )
  const stray = told.find(({ label }) => label !== null && columns.includes(label))
  if (stray) {
    throw invalid(
      `${whose}, and "${stray.label}" was the label of a training under noise: leave that column out, as one to learn ` +
        'from it is under none',
    )
  }
  if (!columns.includes(use.label)) return
  if (use.loss === null) {
    throw invalid(
      `${whose}, and this training adds no noise to "${use.label}": set useDP or randomizedResponseProbability where ` +
        'the model has it, or ask the owner to lift the limit',
    )
  }
  const uses = (await usesOf(db, { party, dataset, column: use.label })).filter(touches(use.label))
  const spent = sumUses(uses)
  if (spent.exact > 0) {
    throw invalid(
      `${whose}, and ${count(spent.exact)} has used "${use.label}" without noise, of which no epsilon says what it told: ` +
        'ask the owner to lift the limit',
    )
  }
  const { fits, whole, left } = roomFor(uses, use.loss, limit)
  if (fits) return
  throw invalid(
    `${whose}: ${count(spent.trainings)} of "${use.label}" come to ${show(spent.epsilon)}, and with this one's ` +
      `${show(use.loss.epsilon)} it would be ${show(whole)}: ${remedy(left)}`,
  )
}

/** Uses that say something of a column: as labels, or as a column to learn from, which is under no noise. */
function touches(column: string) {
  return ({ label, reads }: { label: string | null; reads: boolean }) => label === column || reads
}

/** The uses of a data set; as a column to learn from nothing is promised of it. */
async function usesOf(
  db: Db,
  of: { readonly party: string; readonly dataset: string; readonly column: string | null },
) {
  const uses = await listUses(db, { ...of, node: TRAIN_NODE })
  return uses.map((use) => (use.reads ? { ...use, loss: null } : use))
}

async function limitOf(
  db: Db,
  { party, dataset }: Pick<Client, 'party' | 'dataset'>,
): Promise<number | null> {
  const offers = await listDatasets(db, party)
  return offers.find(({ name }) => name === dataset)?.maxEpsilon ?? null
}

/** Three places, and never more than there is. */
function remedy(left: number): string {
  const most = Math.floor(left * 1000) / 1000
  return most > 0
    ? `ask for ${most} at most, or the owner for more`
    : 'nothing is left, so ask the owner for more'
}

function count(trainings: number): string {
  return trainings === 1 ? '1 training' : `${trainings} trainings`
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)))
}
