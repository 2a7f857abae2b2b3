/**
 * Hands predictions to whoever asked for them by id: the caller gets a party's predictions, and nothing of a row.
 * @module
 */
import { z } from 'zod'

import { column } from '../../compute/ml/frame.ts'
import { component } from '../define.ts'

/** The metric series in which the answers are, by class where there are several. */
export const ANSWER_NAMESPACE = 'answer'

/** Publishes the scores of the party's table; nothing is sent to other parties. */
export const inferenceAnswer = component({
  name: 'InferenceAnswer',
  summary: 'Hands predictions to whoever asked for them',
  roles: ['guest', 'host'],
  requires: [],
  params: z.looseObject({}),
  paramsName: 'InferenceAnswerParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: false, model: false },
  deployed: false,
  messages: {},
  async run(context) {
    const [table] = await context.tables('data')
    if (!table) throw new Error(`${context.name} needs a table of predictions`)
    const { frame } = table
    const scores = column(frame, 'predict_score').values
    const details = column(frame, 'predict_detail').values as readonly Record<string, number>[]
    const classes = Object.keys(details[0] ?? {})
    const several = classes.length > 2
    for (const name of several ? classes : ['score']) {
      context.metric({
        namespace: ANSWER_NAMESPACE,
        name,
        points: frame.ids.map((id, row): [string, number] => [
          id,
          several ? details[row][name] : Number(scores[row]),
        ]),
        meta: { name, metric_type: 'ANSWER' },
      })
    }
    context.progress(1, 1)
  },
})
