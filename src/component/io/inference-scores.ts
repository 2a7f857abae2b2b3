/**
 * How good predictions of named rows are: the metrics that a caller wants of a model, by the guest's labels.
 * @module
 */
import { z } from 'zod'

import { column } from '../../compute/ml/frame.ts'
import { component } from '../define.ts'
import { SCORES } from '../fedlearn/score.ts'

/** Parameters of InferenceScores. */
export const InferenceScoresParam = z.looseObject({
  metrics: z
    .array(z.enum([...SCORES.keys()]))
    .min(1)
    .default(['RMSE']),
})

/** The metric series in which the scores are, each under the label that answers carry. */
export const SCORES_NAMESPACE = 'scores'

/** Publishes the metrics of the guest's predictions; nothing is sent to other parties. */
export const inferenceScores = component({
  name: 'InferenceScores',
  summary: 'Says how good predictions of named rows are',
  roles: ['guest'],
  requires: ['guest'],
  params: InferenceScoresParam,
  paramsName: 'InferenceScoresParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: false, model: false },
  deployed: false,
  messages: {},
  async run(context) {
    const [table] = await context.tables('data')
    if (!table) throw new Error(`${context.name} needs a table of predictions`)
    const { frame } = table
    const { type, values: labels } = column(frame, 'label')
    if (type !== 'number') throw new Error('The rows have no label: name one that the guest offers')
    if (labels.length === 0) throw new Error('No client has all of these ids: nothing is validated')
    const details = column(frame, 'predict_detail').values as readonly object[]
    // Of several classes it is the predicted one that is compared.
    const several = Object.keys(details[0] ?? {}).length > 2
    const predicted = column(frame, several ? 'predict_result' : 'predict_score').values
    const numbers = Float64Array.from(predicted as ArrayLike<number>, Number)
    for (const name of context.params.metrics) {
      const score = SCORES.get(name)
      if (!score) continue
      context.metric({
        namespace: SCORES_NAMESPACE,
        name: score.label,
        points: [[0, score.of(labels, numbers)]],
        meta: { name: score.label, metric_type: 'EVALUATION' },
      })
    }
    context.progress(1, 1)
  },
})
