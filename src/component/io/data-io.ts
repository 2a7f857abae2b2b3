/**
 * Turns an uploaded table into numbers: labels, features, missing values, outliers (FATE's DataIO).
 * @module
 */
import { component, type Model, type TaskContext } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { DataIOParam } from './data-io-param.ts'
import { applyReader, fitReader, type ReadResult, type ReaderState } from './data-reader.ts'

/** Reads the party's own table; nothing is sent. */
export const dataIo = component({
  name: 'DataIO',
  summary: 'Turns an uploaded table into features and labels',
  roles: ['guest', 'host'],
  requires: [],
  params: DataIOParam,
  paramsName: 'DataIOParam',
  inputs: { data: ['data', 'train_data', 'eval_data', 'test_data'], model: ['model'] },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, DataIOParam)
    await readTable(context, 'DataIO')
  },
})

/** Reads the one table of a party and keeps a model of the kind `model`. */
export async function readTable(
  context: TaskContext<DataIOParam>,
  model: 'DataIO' | 'DataTransform',
): Promise<void> {
  const slot = context.connected.data[0] ?? 'data'
  const tables = await context.tables(slot)
  if (tables.length !== 1) {
    throw new Error(`${context.name} needs one table in its slot "${slot}", got ${tables.length}`)
  }
  const [{ frame }] = tables
  const [earlier] = await context.models('model')
  const result = earlier
    ? applyReader(frame, readState(earlier.model, model))
    : fitReader(frame, context.params)
  report(context, result)
  await context.writeModel({ ...toModel(result), name: model })
  await context.writeTable(result.frame)
}

function report(context: TaskContext<DataIOParam>, { frame, state, warnings }: ReadResult): void {
  for (const warning of warnings) context.warn(warning)
  if (state.params.with_label && frame.labelName === undefined) {
    context.log('info', `The table has no column "${state.labelName}": its rows have no label`)
  }
  const columns = state.header.length
  const label = frame.labelName === undefined ? 'no label' : `label "${frame.labelName}"`
  context.log('info', `${frame.ids.length} rows, ${columns} features, ${label}`)
  context.progress(1, 1)
}

function toModel({ state, missingRatio, outlierRatio }: ReadResult): Model {
  const { params, header } = state
  const byColumn = <T>(values: readonly T[] | null): Record<string, T> =>
    Object.fromEntries(values ? header.map((name, at) => [name, values[at]]) : [])
  const texts = (values: readonly number[] | null): Record<string, string> =>
    byColumn(values && values.map(String))
  return {
    name: 'DataIO',
    param: {
      header: [...header],
      sidName: state.idName,
      labelName: state.labelName ?? '',
      imputerParam: {
        missingReplaceValue: texts(state.missing),
        missingValueRatio: byColumn(state.missing && missingRatio),
      },
      outlierParam: {
        outlierReplaceValue: texts(state.outliers),
        outlierValueRatio: byColumn(state.outliers && outlierRatio),
      },
    },
    meta: {
      inputFormat: params.input_format,
      delimitor: params.delimitor,
      dataType: params.data_type,
      tagWithValue: params.tag_with_value,
      tagValueDelimitor: params.tag_value_delimitor,
      withLabel: params.with_label,
      labelIdx: params.label_idx ?? 0,
      labelName: state.labelName ?? '',
      labelType: params.label_type,
      outputFormat: params.output_format,
      needRun: true,
      imputerMeta: {
        isImputer: params.missing_fill,
        strategy: params.missing_fill_method ?? '',
        missingValue: (params.missing_impute ?? []).map(String),
      },
      outlierMeta: {
        isOutlier: params.outlier_replace,
        strategy: params.outlier_replace_method ?? '',
        outlierValue: (params.outlier_impute ?? []).map(String),
      },
    },
    state,
  }
}

function readState(model: Model, name: string): ReaderState {
  const state = model.state as ReaderState | undefined
  if (model.name === name && state !== undefined && Array.isArray(state.header)) return state
  throw new Error(`${name} cannot transform with a model of kind ${model.name}`)
}
