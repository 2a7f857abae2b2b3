/**
 * Boosted trees: importances as bars, and one tree as a drawing. A host has its own splits only, which are a table.
 * @module
 */
import { BarChart } from '../chart/bars.tsx'
import { type DrawnNode, TreeChart } from '../chart/tree.tsx'
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { DataGrid } from '../ui/table.tsx'
import {
  type ModelChoice,
  numberOf,
  type Param,
  recordOf,
  recordsOf,
  textOf,
  textsOf,
} from './read.ts'

/** The keys that are shown here. */
export const TREE_KEYS = ['trees', 'featureImportances', 'featureNameFidMapping'] as const

/** Whether a model consists of trees. */
export function isTrees(param: Param): boolean {
  return Array.isArray(param['trees'])
}

/** Importances and one of the trees. */
export function TreeModel(props: { id: string; param: Param; choice: ModelChoice }) {
  const { id, param, choice } = props
  const trees = recordsOf(param['trees'])
  const names = namesOf(param['featureNameFidMapping'])
  const importances = recordsOf(param['featureImportances']).flatMap((item) => {
    const value = numberOf(item['importance'])
    return value === undefined ? [] : [{ name: importanceName(item, names), value }]
  })
  const at = Math.max(0, Math.min(trees.length - 1, choice.tree))
  const tree = trees.at(at)
  const isWhole = recordsOf(tree?.['tree']).some((node) => 'leftNodeid' in node)
  return (
    <>
      <div class="charts">
        <BarChart
          id={`${id}-importance`}
          title={t('Feature importance')}
          nameLabel={t('Feature')}
          valueLabel={t('Importance')}
          bars={importances}
        />
      </div>
      {tree && isWhole ? (
        <div class="tree-view">
          <TreeSteps at={at} param={param} count={trees.length} choice={choice} />
          <TreeChart
            id={`${id}-tree-${at}`}
            title={t('Tree {at} of {length}{classOf}', {
              at: at + 1,
              length: trees.length,
              classOf: classOf(param, at),
            })}
            nodes={drawnNodes(tree, names)}
          />
        </div>
      ) : trees.length > 0 ? (
        <>
          <p class="note">
            {t(
              'A host keeps its own splits only; how the trees hang together is known to the guest.',
            )}
          </p>
          <DataGrid
            label={t('Splits of this party')}
            header={[t('Tree'), t('Node'), t('Feature'), t('Goes left up to')]}
            rows={trees.flatMap((one, index) => hostRows(one, { names, index }))}
          />
        </>
      ) : null}
    </>
  )
}

function TreeSteps(props: { at: number; count: number; param: Param; choice: ModelChoice }) {
  const { at, count, param, choice } = props
  if (count < 2) return null
  const to = (tree: number) => choice.href({ tree: String(tree) })
  // Near ones, and some on the way to the first and the last.
  const near = Array.from({ length: count }, (_, tree) => tree).filter(
    (tree) => tree === 0 || tree === count - 1 || Math.abs(tree - at) <= 3,
  )
  return (
    <nav class="steps" aria-label={t('Trees')}>
      {at > 0 ? (
        <a class="button small plain" href={to(at - 1)} rel="prev">
          {t('Previous')}
        </a>
      ) : null}
      {near.map((tree) => (
        <a
          class="step"
          href={to(tree)}
          aria-current={tree === at ? 'true' : undefined}
          title={t('Tree {tree}{classOf}', { tree: tree + 1, classOf: classOf(param, tree) })}
        >
          {tree + 1}
        </a>
      ))}
      {at < count - 1 ? (
        <a class="button small plain" href={to(at + 1)} rel="next">
          {t('Next')}
        </a>
      ) : null}
    </nav>
  )
}

/** Trees of several classes take turns. */
function classOf(param: Param, tree: number): string {
  const dimension = numberOf(param['treeDim']) ?? 1
  const classes = textsOf(param['classes'])
  if (dimension < 2) return ''
  return t(', class {classes}', { classes: classes[tree % dimension] ?? tree % dimension })
}

function drawnNodes(tree: Param, names: ReadonlyMap<number, string>): DrawnNode[] {
  const values = recordOf(tree['splitMaskdict'])
  return recordsOf(tree['tree']).flatMap((node): DrawnNode[] => {
    const id = numberOf(node['id'])
    if (id === undefined) return []
    if (node['isLeaf'] === true) {
      const weight = numberOf(node['weight'])
      const several = node['moWeight']
      const text = Array.isArray(several)
        ? several.map((each) => formatNumber(Number(each), 3)).join(', ')
        : weight === undefined
          ? t('leaf')
          : formatNumber(weight, 5)
      return [{ id, left: null, right: null, text, owner: '', series: 0 }]
    }
    const site = textOf(node['sitename'])
    const value = numberOf(values[String(id)])
    const fid = numberOf(node['fid']) ?? -1
    const key = numberOf(node['key'])
    const isOwn = value !== undefined && fid >= 0
    const hidden = key === undefined ? t('a split of its own') : t('its split {key}', { key })
    return [
      {
        id,
        left: numberOf(node['leftNodeid']) ?? null,
        right: numberOf(node['rightNodeid']) ?? null,
        text: isOwn
          ? `${names.get(fid) ?? t('feature {fid}', { fid })} ≤ ${formatNumber(value, 4)}`
          : hidden,
        owner: site,
        series: isOwn ? 1 : 2,
      },
    ]
  })
}

function hostRows(
  tree: Param,
  { names, index }: { names: ReadonlyMap<number, string>; index: number },
): (string | number)[][] {
  const values = recordOf(tree['splitMaskdict'])
  const number = (numberOf(tree['treeId']) ?? index) + 1
  return recordsOf(tree['tree']).map((node) => {
    const fid = numberOf(node['fid']) ?? -1
    const value = numberOf(values[String(node['id'])])
    return [
      number,
      numberOf(node['id']) ?? '–',
      names.get(fid) ?? t('feature {fid}', { fid }),
      value ?? '–',
    ]
  })
}

function importanceName(item: Param, names: ReadonlyMap<number, string>): string {
  if (typeof item['fullname'] === 'string') return item['fullname']
  const fid = numberOf(item['fid']) ?? -1
  const site = textOf(item['sitename'])
  return fid < 0 ? t('{site} (all its features)', { site }) : (names.get(fid) ?? `${site} ${fid}`)
}

/** Releases write it either way round. */
function namesOf(mapping: unknown): Map<number, string> {
  return new Map(
    Object.entries(recordOf(mapping)).map(([key, value]): [number, string] =>
      typeof value === 'number' ? [value, key] : [Number(key), String(value)],
    ),
  )
}
