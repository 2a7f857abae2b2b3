/**
 * Groups rows by columns that several parties hold of them (FATE's HeteroKmeans, with an arbiter).
 *
 * Every data party computes the squared distances of its own columns to its own part of each centre. The arbiter gets
 * them under masks that cancel in the sum of all parties (`masked-sum.ts`), says which centre is nearest to each row, and
 * the parties move their parts of the centres to the means of the rows. The arbiter learns the distances of rows to
 * centres over all columns together; it must not be a party with data. Without an arbiter hosts tell the guest differences of
 * distances (`kmeans-apart.ts`): online, and in predictions that name none. After every round all keep their state, and a later attempt goes on from there.
 * @module
 */
import { checkpointMessages } from '../checkpoint.ts'
import { component } from '../define.ts'
import { DATA_SLOTS } from '../input.ts'
import { ALIGNMENT_MESSAGES } from '../linear/row-alignment.ts'
import { warnOfUnknown } from '../param.ts'
import { leadKmeans } from './kmeans-arbiter.ts'
import { KMEANS_ROLES, KmeansParam } from './kmeans-param.ts'
import { joinKmeans } from './kmeans-party.ts'

const DATA_ROLES = ['guest', 'host'] as const

/** Groups of rows. */
export const heteroKmeans = component({
  name: 'HeteroKmeans',
  summary: 'Groups rows by the columns of several parties',
  roles: ['guest', 'host', 'arbiter'],
  requires: ['guest', 'host', 'arbiter'],
  params: KmeansParam,
  paramsName: 'KmeansParam',
  inputs: { data: DATA_SLOTS, model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'together',
  messages: {
    ...ALIGNMENT_MESSAGES,
    ...checkpointMessages(KMEANS_ROLES),
    plan: {
      kind: 'plain',
      from: ['guest'],
      to: ['host', 'arbiter'],
      reveals:
        'How many rows and centres there are, and which rows the first centres are, by place.',
    },
    mask_key: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals: 'A random key, drawn for this task, from which both sides derive masks that cancel.',
    },
    distances: {
      kind: 'masked',
      from: DATA_ROLES,
      to: ['arbiter'],
      reveals:
        'The squared distance of every row to every centre, over the columns of all parties together; the part of one ' +
        'party is under masks.',
    },
    nearest: {
      kind: 'plain',
      from: ['arbiter'],
      to: DATA_ROLES,
      reveals: 'Which centre is nearest to each row.',
    },
    moves: {
      kind: 'aggregate',
      from: DATA_ROLES,
      to: ['arbiter'],
      reveals: "By how much the sender's parts of all centres moved, one number.",
    },
    centre_distances: {
      kind: 'masked',
      from: DATA_ROLES,
      to: ['arbiter'],
      reveals:
        'The squared distances between the centres in the end, over the columns of all parties together; the part of one ' +
        'party is under masks.',
    },
    shape: {
      kind: 'aggregate',
      from: ['arbiter'],
      to: ['guest'],
      reveals:
        'Of each group the mean distance of its rows to its centre, and how far the centres are from each other, over ' +
        'the columns of all parties together.',
    },
    centre_offsets: {
      kind: 'plain',
      from: ['host'],
      to: ['guest'],
      reveals:
        'Online, and in predictions without an arbiter: by how much farther every other centre is than the first, of ' +
        'each row and over the columns of the host. These are linear functions of its columns, one fewer than there ' +
        'are centres; where there are as many as columns, the guest knows these but for a linear map.',
    },
    stop: {
      kind: 'plain',
      from: ['arbiter'],
      to: DATA_ROLES,
      reveals: 'Whether the centres have settled.',
    },
  },
  async run(context) {
    warnOfUnknown(context, KmeansParam)
    if (context.role === 'arbiter') await leadKmeans(context)
    else await joinKmeans(context)
    context.progress(1, 1)
  },
})
