/**
 * What node stands for each algorithm, one line a name.
 * @module
 */
import { invalid } from '../../domain/error.ts'
import { ALGORITHM_NAMES, type AlgorithmName, algorithmOf } from './algorithms.ts'
import type { ReadParams } from './params.ts'

/** How an algorithm is trained. */
export interface Trainer {
  readonly module: string
  /** Whether gaps in columns are filled before, by the mean; else the algorithm knows what to do with them. */
  readonly fills: boolean
  /** Whether clients have different rows (`MIX_MD5`), and several of them may have labels. */
  readonly mixed?: boolean
  /** Whether clients have different rows of the same columns, each with its labels. */
  readonly horizontal?: boolean
  params(read: ReadParams): Record<string, unknown>
}

const TRAINERS: Readonly<Record<AlgorithmName, Trainer>> = {
  FederatedGB: {
    module: 'FederatedGB',
    fills: false,
    params({ values }) {
      const { maximize: _sign, crossValidation: _share, ...params } = values
      return params
    },
  },
  RandomForest: {
    module: 'RandomForest',
    fills: false,
    params: ({ values: { crossValidation: _share, ...params } }) => params,
  },
  MixGBoost: {
    module: 'MixGBoost',
    fills: false,
    mixed: true,
    params: ({ values }) => ({ ...values }),
  },
  LinearRegression: {
    module: 'LinearRegression',
    fills: false,
    mixed: true,
    params: ({ values }) => ({ ...values }),
  },
  VerticalLinearRegression: linear('VerticalLinearRegression'),
  VerticalLR: linear('VerticalLR'),
  FederatedKernel: linear('FederatedKernel'),
  VerticalFDNN: linear('VerticalFDNN'),
  HorizontalFedAvg: { ...linear('HorizontalFedAvg'), horizontal: true },
}

/** Whether clients have rows that the others do not have, so that nothing is matched before a prediction. */
export function ownRows({ mixed, horizontal }: Trainer): boolean {
  return mixed === true || horizontal === true
}

function linear(module: string): Trainer {
  return {
    module,
    fills: true,
    params: ({ values: { crossValidation: _share, ...params } }) => params,
  }
}

/** The algorithms that can be trained, with the component that each is. */
export function trainable(): { algorithm: AlgorithmName; module: string }[] {
  return ALGORITHM_NAMES.flatMap((name) => {
    const algorithm = algorithmOf(name)
    const trainer = algorithm && algorithm === name ? TRAINERS[algorithm] : undefined
    return algorithm && trainer ? [{ algorithm, module: trainer.module }] : []
  })
}

/** Whether an algorithm of that name can be trained here. */
export function isTrainable(model: string): boolean {
  const algorithm = algorithmOf(model)
  return algorithm !== undefined && TRAINERS[algorithm] !== undefined
}

/** The algorithm that a client names. Throws where there is none of that name. */
export function trainerOf(model: string): Trainer & { readonly algorithm: AlgorithmName } {
  const algorithm = algorithmOf(model)
  if (algorithm) return { ...TRAINERS[algorithm], algorithm }
  throw invalid(`model "${model}" is unknown: expected ${ALGORITHM_NAMES.join(', ')}`)
}
