/**
 * For every parameter of every algorithm's table a training that shows what it does.
 * @module
 */
import type { AlgorithmName } from '../../../src/api/fedlearn/algorithms.ts'
import type { Sent } from './parameter-training.ts'

/** A training with a value, beside one without it. */
export interface Effect {
  readonly value: unknown
  /** What both trainings are sent beside it, over what the algorithm's are sent. */
  readonly given?: Sent
  /**
   * What it changes: what was learnt, which metrics there are (the value has to name them all, and
   * they have to be as many), or what the job warns of.
   */
  readonly changes: 'model' | 'metrics' | RegExp
}

/** What an algorithm is tried with. */
export interface Trial {
  /** Sent to all of its trainings, so that they are short. */
  readonly base: Sent
  readonly effects: Readonly<Record<string, Effect | readonly Effect[]>>
}

const CLASSES = { objective: 'binaryLogistic' }
/** Rows to validate with are few, and soon no better told apart. */
const STOPS = { ...CLASSES, numBoostRound: 8, eta: 1, evalMetric: ['ACC'] }
/** Noise that is drawn from it is the same in both trainings, so that only its size differs. */
const NOISE = { useDP: 'true' }

const LINEAR_PRIVACY = {
  useDP: { value: 'true', changes: 'model' },
  dpEpsilon: { value: 0.05, given: NOISE, changes: 'model' },
  dpType: { value: 'OUTPUT_PERTURB', given: NOISE, changes: 'model' },
} as const

const DESCENT = {
  maxEpoch: { value: 3, changes: 'model' },
  minLoss: { value: 1, given: { maxEpoch: 3, optimizer: 'NEWTON' }, changes: 'model' },
  eta: { value: 0.1, changes: 'model' },
  optimizer: { value: 'NEWTON', changes: 'model' },
} as const

export const TRIALS: Readonly<Record<AlgorithmName, Trial>> = {
  FederatedGB: {
    base: { numBoostRound: 2, maxDepth: 4, evalMetric: ['RMSE'] },
    effects: {
      numBoostRound: { value: 1, changes: 'model' },
      firstRoundPred: [
        { value: 'ZERO', changes: 'model' },
        { value: 'RANDOM', changes: 'model' },
      ],
      rowSample: { value: 0.5, changes: 'model' },
      colSample: { value: 0.5, changes: 'model' },
      earlyStoppingRound: { value: 1, given: STOPS, changes: 'model' },
      minChildWeight: { value: 10, changes: 'model' },
      minSampleSplit: { value: 20, given: { maxDepth: 6 }, changes: 'model' },
      lambda: { value: 20, changes: 'model' },
      gamma: { value: 1, changes: 'model' },
      scalePosWeight: { value: 0.3, given: CLASSES, changes: 'model' },
      numBin: { value: 50, given: { numBoostRound: 5, maxDepth: 6 }, changes: 'model' },
      evalMetric: [
        { value: ['RMSE', 'MAPE', 'MSE'], changes: 'metrics' },
        {
          value: ['F1', 'ACC', 'AUC', 'RECALL', 'PRECISION', 'MACC', 'MERROR'],
          given: CLASSES,
          changes: 'metrics',
        },
      ],
      maxDepth: { value: 2, changes: 'model' },
      eta: { value: 0.1, changes: 'model' },
      objective: [
        'countPoisson',
        'regLogistic',
        'binaryLogistic',
        'multiSoftmax',
        'multiSoftProb',
      ].map((value) => ({ value, given: { numClass: 3 }, changes: 'model' as const })),
      numClass: { value: 4, given: { objective: 'multiSoftmax', numClass: 3 }, changes: 'model' },
      bitLength: { value: 'bit512', changes: /bitLength bit512 does not protect/ },
      catFeatures: { value: 'x2', changes: 'model' },
      randomizedResponseProbability: { value: 0.5, changes: /with an epsilon of 3\.5/ },
    },
  },
  RandomForest: {
    base: { maxTreeSamples: 60, minSamplesSplit: 10, encryptionType: 'IterativeAffine' },
    effects: {
      numTrees: { value: 1, changes: 'model' },
      maxDepth: { value: 5, given: { minSamplesSplit: 2 }, changes: 'model' },
      maxTreeSamples: { value: -1, changes: 'model' },
      maxSampledFeatures: { value: 2, given: { maxSampledRatio: 1 }, changes: 'model' },
      maxSampledRatio: { value: 1, changes: 'model' },
      numPercentiles: { value: 3, changes: 'model' },
      minSamplesSplit: { value: 40, changes: 'model' },
      eval_metric: {
        value: [
          'RMSE',
          'AUC',
          'MAPE',
          'KS',
          'F1',
          'ACC',
          'RECALL',
          'RAE',
          'R2',
          'RRSE',
          'MSE',
        ].concat(['PRECISION', 'CONFUSION', 'ROCCURVE', 'KSCURVE', 'TPR', 'FPR']),
        given: CLASSES,
        changes: 'metrics',
      },
      cat_features: { value: 'x2', given: { maxSampledRatio: 1 }, changes: 'model' },
      encryptionType: [
        { value: 'IterativeAffine', given: { encryptionType: 'Paillier' }, changes: /is broken/ },
        { value: 'Javallier', changes: /^$/ },
      ],
      randomSeed: { value: 5, changes: 'model' },
      useDP: { value: 'true', changes: /dpEpsilon|epsilon/ },
      dpEpsilon: { value: 1, given: NOISE, changes: /epsilon of 1\b|dpEpsilon 1\b/ },
    },
  },
  MixGBoost: {
    base: {
      maxTreeNum: 2,
      maxDepth: 3,
      evalMetric: ['RMSE'],
      needVerticalSplitRatio: 0.6,
      minSampleSplit: 8,
    },
    effects: {
      maxTreeNum: { value: 1, changes: 'model' },
      verticalFeatureSampling: { value: 0.1, changes: 'model' },
      maxBinNum: { value: 10, given: { maxBinNum: 50 }, changes: 'model' },
      minSampleSplit: { value: 30, given: { maxDepth: 5 }, changes: 'model' },
      lambda: { value: 20, changes: 'model' },
      gamma: { value: 1, given: { ...CLASSES, maxDepth: 6, minSampleSplit: 1 }, changes: 'model' },
      evalMetric: [
        { value: ['RMSE', 'MAPE', 'MAAPE', 'MSE'], changes: 'metrics' },
        { value: ['F1', 'ACC', 'AUC', 'RECALL', 'PRECISION'], given: CLASSES, changes: 'metrics' },
      ],
      maxDepth: { value: 2, changes: 'model' },
      eta: { value: 0.1, changes: 'model' },
      horizontalFeaturesRatio: {
        value: 0.1,
        given: { needVerticalSplitRatio: 1 },
        changes: 'model',
      },
      needVerticalSplitRatio: { value: 1, changes: 'model' },
      objective: [
        { value: 'binaryLogistic', changes: 'model' },
        { value: 'regLogistic', changes: 'model' },
      ],
      numClass: { value: 3, changes: /numClass 3 has no effect/ },
      bitLength: { value: '512', changes: /bitLength 512 does not protect/ },
      crossValidation: { value: 0.6, changes: 'model' },
    },
  },
  LinearRegression: {
    base: { maxEpoch: 2, minLoss: 0, eta: 0.5 },
    effects: {
      ...DESCENT,
      metricType: { value: ['G_L2NORM'], changes: 'metrics' },
      crossValidation: { value: 0.6, changes: 'model' },
    },
  },
  VerticalLinearRegression: {
    base: { maxEpoch: 2, minLoss: 0, eta: 0.5 },
    effects: {
      ...DESCENT,
      ...LINEAR_PRIVACY,
      metricType: { value: ['RMSE', 'MAE', 'MSE'], changes: 'metrics' },
      regularization: { value: 'L2', given: { lambda: 0.5 }, changes: 'model' },
      lambda: { value: 0.5, changes: 'model' },
    },
  },
  VerticalLR: {
    base: { maxEpoch: 2, minLoss: 0, eta: 0.5 },
    effects: {
      ...DESCENT,
      ...LINEAR_PRIVACY,
      metricType: { value: ['G_L2NORM', 'CROSS_ENTRO'], changes: 'metrics' },
    },
  },
  FederatedKernel: {
    base: { maxIter: 10, mapdim: 4, scale: 30, earlyStoppingRounds: 100 },
    effects: {
      // The table begins at a thousand rows.
      batchSize: { value: 1000, given: { maxIter: 10 }, changes: 'model' },
      scale: { value: 1, changes: 'model' },
      seed: { value: 7, changes: 'model' },
      mapdim: { value: 2, changes: 'model' },
      maxIter: { value: 11, changes: 'model' },
      metricType: [
        { value: ['TRAINLOSS', 'RMSE', 'MAE', 'MAPE', 'MAAPE'], changes: 'metrics' },
        {
          value: ['F1', 'ACC', 'AUC', 'RECALL', 'PRECISION', 'MACC', 'MERROR', 'MAUC', 'MF1'],
          given: { numClass: 2 },
          changes: 'metrics',
        },
      ],
      normalizationType: [
        { value: 'MINMAX', changes: 'model' },
        { value: 'STANDARD', changes: 'model' },
      ],
      numClass: { value: 2, changes: 'model' },
      earlyStoppingRounds: {
        value: 1,
        given: { scale: 1000, mapdim: 8, maxIter: 12 },
        changes: 'model',
      },
      ...LINEAR_PRIVACY,
    },
  },
  HorizontalFedAvg: {
    base: { numRound: 2, localEpoch: 1, batchSize: 10 },
    effects: {
      numRound: { value: 3, changes: 'model' },
      fraction: { value: 0.4, given: { numClients: 4, numRound: 3 }, changes: 'model' },
      numClients: { value: 2, given: { numClients: 4, numRound: 3 }, changes: 'model' },
      batchSize: { value: 5, changes: 'model' },
      localEpoch: { value: 3, changes: 'model' },
      eval_metric: {
        value: ['RMSE', 'AUC'],
        given: { modelName: 'SGDClassifier' },
        changes: 'metrics',
      },
      loss: {
        value: 'Classification:Cross entropy',
        given: { modelName: 'SGDClassifier' },
        changes: 'model',
      },
      modelName: { value: 'SGDClassifier', changes: 'model' },
    },
  },
  VerticalFDNN: {
    base: { batch_size: 16, num_epochs: 1, isTest: 'true' },
    effects: {
      batch_size: { value: 40, changes: 'model' },
      num_epochs: { value: 2, changes: 'model' },
      isTest: { value: 'false', changes: 'model' },
    },
  },
}
