/**
 * The algorithms of FedLearn and their parameters as its clients are told of them. Fields, bounds and defaults are those
 * of version 0.9.6, but for keys, which begin at 2048 bits, and for parameters whose default there made no sense.
 * @module
 */

/** `NUMS` is a number within bounds, `STRING` one of several words, `MULTI` some of them. */
export interface AlgorithmParam {
  readonly field: string
  /** For people; Chinese, as the original has it. */
  readonly name: string
  /** Bounds of a number, else the words there are; empty for free text. */
  readonly describe: readonly string[]
  readonly type: 'NUMS' | 'STRING' | 'MULTI'
  readonly defaultValue: number | string
}

/** Parameters by algorithm, without the share of rows to train on, which all have. */
const PARAMS = {
  VerticalLinearRegression: [
    num('maxEpoch', ['1', '1000'], 30),
    num('minLoss', ['0.0', '1.0'], 0.02),
    num('eta', ['0', '1'], 0.02),
    several('metricType', ['RMSE', 'MAE', 'MSE'], 'RMSE'),
    choice('optimizer', ['BatchGD', 'NEWTON'], 'BatchGD'),
    choice('regularization', ['L1', 'L2'], 'L1'),
    num('lambda', ['0', '1'], 0.001),
    num('dpEpsilon', ['0.05', '1.6'], 1.6),
    choice('useDP', ['true', 'false'], 'false'),
    choice('dpType', ['OUTPUT_PERTURB', 'OBJECTIVE_PERTURB'], 'OBJECTIVE_PERTURB'),
  ],
  LinearRegression: [
    num('maxEpoch', ['1', '1000'], 30),
    num('minLoss', ['0.0', '1.0'], 0.02),
    num('eta', ['0', '1'], 0.02),
    several('metricType', ['G_L2NORM'], 'G_L2NORM'),
    choice('optimizer', ['BatchGD', 'NEWTON'], 'BatchGD'),
  ],
  FederatedGB: [
    num('numBoostRound', ['1', '100'], 1, { name: '树的个数' }),
    choice('firstRoundPred', ['ZERO', 'AVG', 'RANDOM'], 'AVG', { name: '初始化预测值' }),
    choice('maximize', ['true', 'false'], 'true'),
    num('rowSample', ['0.1', '1.0'], 1, { name: '样本抽样比例' }),
    num('colSample', ['0.1', '1.0'], 1, { name: '列抽样比例' }),
    num('earlyStoppingRound', ['1', '20'], 10, { name: '早停轮数' }),
    num('minChildWeight', ['1', '10'], 1),
    num('minSampleSplit', ['1', '20'], 10),
    num('lambda', ['1', '20'], 1),
    num('gamma', ['0', '1'], 0),
    num('scalePosWeight', ['0', '1'], 1),
    num('numBin', ['33', '50'], 33, { name: '特征分桶个数' }),
    several(
      'evalMetric',
      ['RMSE', 'MAPE', 'MSE', 'F1', 'ACC', 'AUC', 'RECALL', 'PRECISION', 'MACC', 'MERROR'],
      'MAPE',
    ),
    num('maxDepth', ['2', '20'], 5),
    num('eta', ['0.01', '1'], 0.3, { name: 'learning rate' }),
    choice(
      'objective',
      [
        'regLogistic',
        'regSquare',
        'countPoisson',
        'binaryLogistic',
        'multiSoftmax',
        'multiSoftProb',
      ],
      'regSquare',
    ),
    num('numClass', ['1', '100'], 1, { name: '(仅多分类问题)类别数量' }),
    choice('bitLength', ['bit512', 'bit1024', 'bit2048'], 'bit2048', { name: '同态加密比特数' }),
    choice('catFeatures', [], ''),
    num('randomizedResponseProbability', ['0', '1'], 0),
  ],
  MixGBoost: [
    num('maxTreeNum', ['1', '100'], 50, { name: '树的个数' }),
    num('verticalFeatureSampling', ['0', '1'], 0.8, { name: '特征抽样比例' }),
    num('maxBinNum', ['10', '50'], 32, { name: '特征分桶个数' }),
    num('minSampleSplit', ['1', '30'], 10, { name: '节点最小样本数' }),
    num('lambda', ['1', '20'], 1),
    num('gamma', ['0', '1'], 0),
    several(
      'evalMetric',
      ['RMSE', 'MAPE', 'MAAPE', 'MSE', 'F1', 'ACC', 'AUC', 'RECALL', 'PRECISION'],
      'MAPE',
      { name: 'eval_metric' },
    ),
    num('maxDepth', ['2', '20'], 5, { name: 'max_depth' }),
    num('eta', ['0.001', '1.0'], 0.3, { name: 'learning rate' }),
    num('horizontalFeaturesRatio', ['0', '1'], 0.8),
    num('needVerticalSplitRatio', ['0.6', '1'], 0.98),
    choice('objective', ['regLogistic', 'regSquare', 'binaryLogistic'], 'regSquare'),
    num('numClass', ['1', '100'], 1, { name: '(仅多分类问题)类别数量' }),
    choice('bitLength', ['512', '1024', '2048'], '2048', { name: '同态加密比特数' }),
  ],
  RandomForest: [
    num('numTrees', ['1', '100'], 2, { name: '树的个数' }),
    num('maxDepth', ['3', '100'], 3),
    num('maxTreeSamples', ['-1', '100000'], 300, {
      name: '一棵树最多sample样本数，使用全部样本请输入-1',
    }),
    num('maxSampledFeatures', ['0', '100'], 25, { name: '最多sample特征数' }),
    num('maxSampledRatio', ['0', '1'], 0.6, { name: '最多sample比例' }),
    num('numPercentiles', ['3', '100'], 30),
    num('minSamplesSplit', ['1', '100'], 30, { name: '最少分裂样本数' }),
    several(
      'eval_metric',
      [
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
        'PRECISION',
        'CONFUSION',
        'ROCCURVE',
        'KSCURVE',
        'TPR',
        'FPR',
      ],
      'RMSE',
    ),
    choice('cat_features', [], ''),
    choice('encryptionType', ['Javallier', 'Paillier', 'IterativeAffine'], 'Javallier', {
      name: '加密方式',
    }),
    num('randomSeed', ['1', '1000'], 666, { name: '随机种子' }),
    num('dpEpsilon', ['1.0', '3.2'], 3.2),
    choice('useDP', ['true', 'false'], 'false'),
  ],
  FederatedKernel: [
    num('batchSize', ['1000', '5000000'], 100000, { name: '随机样本采样个数' }),
    num('scale', ['0.000001', '1000'], 0.005, { name: '核变换尺度参数' }),
    num('seed', ['0', '2000'], 100, { name: '种子点' }),
    num('mapdim', ['0', '1000'], 400, { name: '核函数映射维数' }),
    num('maxIter', ['10', '1000'], 100, { name: '训练迭代次数' }),
    several(
      'metricType',
      [
        'TRAINLOSS',
        'RMSE',
        'MAE',
        'MAPE',
        'MAAPE',
        'F1',
        'ACC',
        'AUC',
        'RECALL',
        'PRECISION',
        'MACC',
        'MERROR',
        'MAUC',
        'MF1',
      ],
      'TRAINLOSS',
    ),
    choice('normalizationType', ['NONE', 'MINMAX', 'STANDARD'], 'NONE', { name: '归一化类型' }),
    num('numClass', ['1', '100'], 1, { name: '(仅多分类问题)类别数量' }),
    num('earlyStoppingRounds', ['1', '100'], 1, { name: '早停轮数' }),
    num('dpEpsilon', ['0.05', '1.6'], 1.6),
    choice('useDP', ['true', 'false'], 'false'),
    choice('dpType', ['OUTPUT_PERTURB', 'OBJECTIVE_PERTURB'], 'OBJECTIVE_PERTURB'),
  ],
  HorizontalFedAvg: [
    num('numRound', ['1', '1000'], 100, { name: 'Server集成轮数' }),
    num('fraction', ['0', '1'], 1, { name: 'Server每次集成需要的Client比例' }),
    num('numClients', ['1', '100'], 3, { name: 'Client个数' }),
    num('batchSize', ['5', '10000'], 50, { name: 'Client的minibatch大小' }),
    num('localEpoch', ['1', '500'], 5, { name: 'Client的localEpochs个数' }),
    several('eval_metric', ['RMSE', 'AUC'], 'RMSE'),
    choice('loss', ['Regression:MSE', 'Classification:Cross entropy'], 'Regression:MSE'),
    choice('modelName', ['SGDRegressor', 'SGDClassifier'], 'SGDRegressor', { name: '模型名' }),
  ],
  VerticalLR: [
    num('maxEpoch', ['1', '1000'], 30),
    num('minLoss', ['0.0', '1.0'], 0.02),
    num('eta', ['0', '1'], 0.02),
    several('metricType', ['G_L2NORM', 'CROSS_ENTRO'], 'CROSS_ENTRO'),
    choice('optimizer', ['BatchGD', 'NEWTON'], 'BatchGD'),
    num('dpEpsilon', ['0.05', '1.6'], 1.6),
    choice('useDP', ['true', 'false'], 'false'),
    choice('dpType', ['OUTPUT_PERTURB', 'OBJECTIVE_PERTURB'], 'OBJECTIVE_PERTURB'),
  ],
  VerticalFDNN: [
    num('batch_size', ['16', '10000'], 32, { name: 'batch size' }),
    num('num_epochs', ['1', '100'], 5, { name: 'num epochs' }),
    choice('isTest', ['true', 'false'], 'false', { name: '是否固定初始化值（测试用）' }),
  ],
} satisfies Record<string, readonly AlgorithmParam[]>

const CROSS_VALIDATION = num('crossValidation', ['0.0', '1.0'], 1, { name: '交叉验证参数' })

/** An algorithm by its own name. */
export type AlgorithmName = keyof typeof PARAMS

/** Other names for the same algorithms: those of the document, of distributed clients and of earlier versions. */
const ALIASES: Readonly<Record<string, AlgorithmName>> = {
  LogisticRegression: 'VerticalLR',
  Kernel: 'FederatedKernel',
  KernelBinaryClassificationJava: 'FederatedKernel',
  SecureBoost: 'FederatedGB',
  DistributedFederatedGB: 'FederatedGB',
  RandomForestJava: 'RandomForest',
  DistributedRandomForest: 'RandomForest',
}

/** Every name that a client may give, the original's own first. */
export const ALGORITHM_NAMES: readonly string[] = [...Object.keys(PARAMS), ...Object.keys(ALIASES)]

/** The algorithm that a client means, or undefined. */
export function algorithmOf(name: string): AlgorithmName | undefined {
  if (Object.hasOwn(ALIASES, name)) return ALIASES[name]
  return Object.hasOwn(PARAMS, name) ? (name as AlgorithmName) : undefined
}

/** The parameters of an algorithm. */
export function algorithmParams(algorithm: AlgorithmName): readonly AlgorithmParam[] {
  return [...PARAMS[algorithm], CROSS_VALIDATION]
}

function num(
  field: string,
  describe: readonly [low: string, high: string],
  defaultValue: number,
  { name = field }: { name?: string } = {},
): AlgorithmParam {
  return { field, name, describe, type: 'NUMS', defaultValue }
}

function choice(
  field: string,
  describe: readonly string[],
  defaultValue: string,
  { name = field }: { name?: string } = {},
): AlgorithmParam {
  return { field, name, describe, type: 'STRING', defaultValue }
}

function several(
  field: string,
  describe: readonly string[],
  defaultValue: string,
  { name = field }: { name?: string } = {},
): AlgorithmParam {
  return { field, name, describe, type: 'MULTI', defaultValue }
}
