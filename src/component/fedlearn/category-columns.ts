/**
 * Columns of categories for learners of trees that part numbers: one column a category, 1 where a row is of it, so that a
 * split is one category against all others. A model keeps the categories; rows of one that it has not seen are of none.
 * @module
 */
import { type Column, column, type Frame } from '../../compute/ml/frame.ts'
import type { Model, TaskContext } from '../define.ts'

/** Categories by column, in rising order. */
type Categories = Readonly<Record<string, readonly number[]>>

/** More categories than this are a column of numbers, or of ids. */
const MOST = 256

/** The names in a parameter, separated by commas; the words that the original has for none are none. */
export function categoryNames(text: string): string[] {
  const plain = text.replaceAll(/[[\]"\s]/g, '')
  return ['', 'null', 'none'].includes(plain.toLowerCase()) ? [] : plain.split(',').filter(Boolean)
}

/** `context` with the columns that `names` lists, as far as its party has them, one column a category. */
export async function withCategories<P>(
  context: TaskContext<P>,
  names: string,
): Promise<TaskContext<P>> {
  const wanted = categoryNames(names)
  if (wanted.length === 0) return context
  let known: Categories | undefined
  if (context.connected.model.includes('model')) {
    const models = await context.models('model')
    known = (models[0]?.model.state as { categories?: Categories } | undefined)?.categories
  }
  const found = async (): Promise<Categories> => {
    if (known) return known
    const slot = context.connected.data.includes('train_data') ? 'train_data' : 'data'
    const [table] = await context.tables(slot)
    known = table ? categoriesOf(table.frame, wanted) : {}
    return known
  }
  return {
    ...context,
    async tables(slot) {
      const categories = await found()
      const tables = await context.tables(slot)
      return tables.map(({ source, frame }) => ({ source, frame: spread(frame, categories) }))
    },
    async writeModel(model) {
      await context.writeModel(withKept(model, await found()))
    },
  }
}

function categoriesOf(frame: Frame, names: readonly string[]): Categories {
  const own = names.filter((name) => frame.columns.some((one) => one.name === name))
  return Object.fromEntries(
    own.map((name) => {
      const { values, type } = column(frame, name)
      if (name === frame.labelName || type !== 'number') {
        throw new Error(`"${name}" cannot be a column of categories: it is the label, or no number`)
      }
      const distinct = [...new Set(values.filter((value) => !Number.isNaN(value)))]
      if (distinct.length <= MOST) return [name, distinct.toSorted((a, b) => a - b)]
      throw new Error(
        `Column "${name}" has ${distinct.length} categories, and ${MOST} at most are told apart: leave it a number`,
      )
    }),
  )
}

/** The frame with columns of categories in the place of each. A gap is a gap in all of them. */
function spread(frame: Frame, categories: Categories): Frame {
  return {
    ...frame,
    columns: frame.columns.flatMap((one): Column[] => {
      const list = Object.hasOwn(categories, one.name) ? categories[one.name] : undefined
      if (!list || one.type !== 'number') return [one]
      const { name, values } = one
      return list.map((category) => ({
        name: `${name}=${category}`,
        type: 'number',
        values: values.map((value) => (Number.isNaN(value) ? value : Number(value === category))),
      }))
    }),
  }
}

interface Importance {
  readonly sitename: string
  readonly fid: number
  readonly fullname?: string
  readonly importance: number
}

/** The model with its categories, and importances by the columns that the party has. */
function withKept(model: Model, categories: Categories): Model {
  const whole = new Map(
    Object.entries(categories).flatMap(([name, list]) =>
      list.map((category): [string, string] => [`${name}=${category}`, name]),
    ),
  )
  const { featureImportances: list, featureNameFidMapping: places } = model.param as {
    featureImportances?: readonly Importance[]
    featureNameFidMapping?: Readonly<Record<string, number>>
  }
  const state = { ...(model.state as object), categories }
  if (!list || !places) return { ...model, state }
  const names = [...new Set(Object.keys(places).map((name) => whole.get(name) ?? name))]
  const sums = new Map<string, Importance>()
  for (const one of list) {
    const fullname =
      one.fullname === undefined ? undefined : (whole.get(one.fullname) ?? one.fullname)
    const key = fullname ?? `${one.sitename} ${one.fid}`
    const fid = fullname === undefined ? one.fid : names.indexOf(fullname)
    const before = sums.get(key)?.importance ?? 0
    const importance = before + one.importance
    sums.set(
      key,
      fullname === undefined ? { ...one, importance } : { ...one, fid, fullname, importance },
    )
  }
  const featureImportances = [...sums.values()].toSorted((a, b) => b.importance - a.importance)
  return { ...model, state, param: { ...model.param, featureImportances } }
}
