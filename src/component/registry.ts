/**
 * Every component, one line each. A static list: bundlers and single binaries see all of it.
 * @module
 */
import { heteroKmeans } from './cluster/hetero-kmeans.ts'
import type { Component } from './define.ts'
import { evaluation } from './evaluate/evaluation.ts'
import { scorecard } from './evaluate/scorecard.ts'
import { columnExpand } from './feature/column-expand.ts'
import { featureImputation } from './feature/feature-imputation.ts'
import { featureScale } from './feature/feature-scale.ts'
import { federatedSample } from './feature/federated-sample.ts'
import { heteroDataSplit } from './feature/hetero-data-split.ts'
import { heteroFeatureBinning } from './feature/hetero-feature-binning.ts'
import { heteroFeatureSelection } from './feature/hetero-feature-selection.ts'
import { homoDataSplit } from './feature/homo-data-split.ts'
import { oneHotEncoder } from './feature/one-hot-encoder.ts'
import { sampleWeight } from './feature/sample-weight.ts'
import { union } from './feature/union.ts'
import { federatedGb } from './fedlearn/federated-gb.ts'
import { federatedKernel } from './fedlearn/federated-kernel.ts'
import { horizontalFedAvg } from './fedlearn/horizontal-fed-avg.ts'
import { inferenceAnswer } from './fedlearn/inference-answer.ts'
import { linearRegression } from './fedlearn/linear-regression.ts'
import { mixGBoost } from './fedlearn/mix-gboost.ts'
import { mixedMatch } from './fedlearn/mixed-match.ts'
import { randomForest } from './fedlearn/random-forest.ts'
import { verticalFdnn } from './fedlearn/vertical-fdnn.ts'
import { verticalLinearRegression, verticalLr } from './fedlearn/vertical-linear.ts'
import { dataIo } from './io/data-io.ts'
import { dataTransform } from './io/data-transform.ts'
import { inferenceScores } from './io/inference-scores.ts'
import { matchedRows } from './io/matched-rows.ts'
import { predictionDelivery } from './io/prediction-delivery.ts'
import { reader } from './io/reader.ts'
import { heteroLinR } from './linear/hetero-linr.ts'
import { heteroLr } from './linear/hetero-lr.ts'
import { heteroPoisson } from './linear/hetero-poisson.ts'
import { heteroSsheLr } from './linear/hetero-sshe-lr.ts'
import { homoLr } from './linear/homo-lr.ts'
import { localBaseline } from './linear/local-baseline.ts'
import { heteroNn } from './nn/hetero-nn.ts'
import { homoNn } from './nn/homo-nn.ts'
import { intersection } from './psi/intersection.ts'
import { secureInformationRetrieval } from './retrieval/secure-information-retrieval.ts'
import { autoTuning } from './search/auto-tuning.ts'
import { dataStatistics } from './stats/data-statistics.ts'
import { heteroPearson } from './stats/hetero-pearson.ts'
import { psi } from './stats/psi.ts'
import { secureAddExample } from './stats/secure-add-example.ts'
import { heteroFastSecureBoost } from './tree/hetero-fast-secure-boost.ts'
import { heteroSecureBoost } from './tree/hetero-secure-boost.ts'
import { homoSecureBoost, homoSecureboost } from './tree/homo-secure-boost.ts'

const LIST: readonly Component[] = [
  reader,
  dataIo,
  dataTransform,
  intersection,
  federatedSample,
  heteroDataSplit,
  homoDataSplit,
  union,
  columnExpand,
  featureImputation,
  featureScale,
  sampleWeight,
  oneHotEncoder,
  heteroFeatureBinning,
  heteroFeatureSelection,
  dataStatistics,
  heteroPearson,
  psi,
  heteroLr,
  heteroLinR,
  heteroPoisson,
  heteroSsheLr,
  homoLr,
  homoNn,
  heteroNn,
  heteroSecureBoost,
  heteroFastSecureBoost,
  homoSecureBoost,
  homoSecureboost,
  localBaseline,
  heteroKmeans,
  scorecard,
  evaluation,
  secureAddExample,
  secureInformationRetrieval,
  matchedRows,
  inferenceScores,
  predictionDelivery,
  federatedGb,
  randomForest,
  mixedMatch,
  mixGBoost,
  linearRegression,
  federatedKernel,
  horizontalFedAvg,
  verticalLinearRegression,
  verticalLr,
  verticalFdnn,
  inferenceAnswer,
  ...[
    federatedGb,
    verticalLinearRegression,
    verticalLr,
    randomForest,
    federatedKernel,
    horizontalFedAvg,
    mixGBoost,
    linearRegression,
    verticalFdnn,
  ].map(autoTuning),
]

/** Components by module name. */
export const COMPONENTS: ReadonlyMap<string, Component> = new Map(
  LIST.map((component) => [component.name, component]),
)
if (COMPONENTS.size !== LIST.length) throw new Error('Two components have the same name')
