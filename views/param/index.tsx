/**
 * Models for reading: a static list of views, of which the first that knows a model's form shows it.
 * @module
 */
import type { Child } from 'hono/jsx'

import { BINNING_KEYS, BinningModel, isBinning } from './binning.tsx'
import {
  ClusterModel,
  ImputationModel,
  OneHotModel,
  ScaleModel,
  SelectionModel,
  StabilityModel,
  StatisticsModel,
} from './columns.tsx'
import { CORRELATION_KEYS, CorrelationModel, isCorrelation } from './correlation.tsx'
import { isLinear, LINEAR_KEYS, LinearModel } from './linear.tsx'
import { type ModelChoice, type Param, recordOf } from './read.ts'
import { isTrees, TREE_KEYS, TreeModel } from './trees.tsx'

interface ParamView {
  readonly matches: (param: Param) => boolean
  /** What it shows, and is not listed again below. */
  readonly keys: readonly string[]
  readonly View: (props: { id: string; param: Param; choice: ModelChoice }) => Child
}

const VIEWS: readonly ParamView[] = [
  { matches: isTrees, keys: TREE_KEYS, View: TreeModel },
  { matches: isBinning, keys: BINNING_KEYS, View: BinningModel },
  { matches: isCorrelation, keys: CORRELATION_KEYS, View: CorrelationModel },
  { matches: has('finalLeftCols'), keys: ['finalLeftCols', 'results'], View: SelectionModel },
  { matches: has('colScaleParam'), keys: ['colScaleParam'], View: ScaleModel },
  {
    matches: has('imputerParam'),
    keys: ['imputerParam', 'outlierParam'],
    View: ImputationModel,
  },
  { matches: has('selfValues'), keys: ['selfValues'], View: StatisticsModel },
  { matches: has('totalScore'), keys: ['totalScore'], View: StabilityModel },
  {
    matches: (param) => Array.isArray(param['clusterDetail']),
    keys: ['clusterDetail', 'centroidDetail'],
    View: ClusterModel,
  },
  { matches: has('colMap'), keys: ['colMap'], View: OneHotModel },
  { matches: isLinear, keys: LINEAR_KEYS, View: LinearModel },
]

/** The view that knows the form of a model, if one does. */
export function viewOf(param: Param): ParamView | undefined {
  return VIEWS.find(({ matches }) => matches(param))
}

function has(key: string): (param: Param) => boolean {
  return (param) => Object.keys(recordOf(param[key])).length > 0
}
