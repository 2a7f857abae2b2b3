/**
 * Brings predictions to the party that asked for them with a file of its own.
 * @module
 */
import { z } from 'zod'

import { column, type Column, type Frame } from '../../compute/ml/frame.ts'
import { address } from '../../federation/channel.ts'
import { floats, parts, texts } from '../../federation/codec.ts'
import { component, type TaskContext } from '../define.ts'

/** Parameters of PredictionDelivery. */
export const PredictionDeliveryParam = z.looseObject({
  /** The party that is to have them: a host, or the guest, which it is by default. */
  receiver: z.string().default(''),
})

const SCORES = parts({ names: texts, values: floats })

/**
 * The guest's predictions (slot `data`) become a table of scores at the receiver, beside the ids that all parties found in
 * common (slot `eval_data`), which all have in one order.
 */
export const predictionDelivery = component({
  name: 'PredictionDelivery',
  summary: 'Brings predictions to the party that asked for them',
  roles: ['guest', 'host'],
  requires: ['guest'],
  params: PredictionDeliveryParam,
  paramsName: 'PredictionDeliveryParam',
  inputs: { data: ['data', 'eval_data'], model: [] },
  outputs: { data: true, model: false },
  deployed: false,
  messages: {
    predictions: {
      kind: 'plain',
      from: ['guest'],
      to: ['host'],
      reveals:
        'The predictions of the rows that the receiver asked for: only it gets them, and no column of the sender.',
    },
  },
  async run(context) {
    const receiver = context.params.receiver || (context.members.guest?.[0] ?? '')
    if (context.role === 'guest') {
      const [table] = await context.tables('data')
      if (!table) throw new Error(`${context.name} needs a table of predictions`)
      const columns = scoresOf(table.frame)
      if (receiver === context.party) await keep(context, table.frame.ids, columns)
      else await send(context, columns)
    } else if (receiver === context.party) {
      await receive(context)
    }
    context.progress(1, 1)
  },
})

type Scores = readonly { readonly name: string; readonly values: Float64Array }[]

/** The score of each row, and that of every class where there are several. */
function scoresOf(frame: Frame): Scores {
  const details = column(frame, 'predict_detail').values as readonly Record<string, number>[]
  const classes = Object.keys(details[0] ?? {})
  if (classes.length <= 2) {
    const { values } = column(frame, 'predict_score')
    return [{ name: 'label', values: Float64Array.from(values as ArrayLike<number>) }]
  }
  return classes.map((name) => ({
    name,
    values: Float64Array.from(details, (detail) => detail[name]),
  }))
}

async function send(
  { channel, members, params }: TaskContext<z.output<typeof PredictionDeliveryParam>>,
  columns: Scores,
): Promise<void> {
  if (!members.host?.includes(params.receiver)) {
    throw new Error(`Party ${params.receiver} takes no part: predictions go to one that does`)
  }
  const values = Float64Array.from(columns.flatMap((one) => [...one.values]))
  const names = columns.map(({ name }) => name)
  const bytes = SCORES.encode({ names, values })
  await channel.send(address('host', params.receiver), 'predictions', bytes)
}

async function receive(context: TaskContext): Promise<void> {
  const { channel, members } = context
  const [table] = await context.tables('eval_data')
  if (!table) throw new Error(`${context.name} needs the table of the ids in common`)
  const { ids } = table.frame
  const guest = members.guest?.[0] ?? ''
  const bytes = await channel.receive(address('guest', guest), 'predictions')
  const { names, values } = SCORES.decode(bytes)
  if (names.length === 0 || values.length !== names.length * ids.length) {
    throw new Error(`The guest sent ${values.length} scores for ${ids.length} rows`)
  }
  await keep(
    context,
    ids,
    names.map((name, at) => ({
      name,
      values: values.slice(at * ids.length, (at + 1) * ids.length),
    })),
  )
}

async function keep(context: TaskContext, ids: readonly string[], scores: Scores): Promise<void> {
  const columns = scores.map(({ name, values }): Column => ({ name, type: 'number', values }))
  await context.writeTable({ kind: 'data', idName: 'uid', ids, columns })
  context.log('info', `${ids.length} predictions`)
}
