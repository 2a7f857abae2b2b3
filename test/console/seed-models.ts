/**
 * A finished job whose components left every kind of model that the console draws, in the form in which they do.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import { type Job, submitJob } from '../../src/domain/job.ts'
import { startRunner } from './fake-runner.ts'

const NAMES = ['mean_radius', 'mean_texture', 'mean_area', 'mean_symmetry']
const MEMBERS = { guest: ['9999'], host: ['10000'] }

/** The job; its guest has all models, its host the part of the trees that is its own. */
export async function seedModels(db: Db, name = 'Every kind of model'): Promise<Job> {
  const runner = await startRunner(db)
  const job = await submitJob(db, {
    surface: 'fate',
    kind: 'train',
    name,
    members: MEMBERS,
    initiator: { role: 'guest', party: '9999' },
    graph: Object.entries(MODELS).map(([node, { module }]) => ({ name: node, module, needs: [] })),
    tasks: Object.entries(MODELS).flatMap(([node, { module }]) =>
      (['guest', 'host'] as const).map((role) => ({
        name: node,
        kind: 'component' as const,
        role,
        party: MEMBERS[role][0],
        position: 0,
        spec: {
          type: 'component' as const,
          module,
          params: {},
          members: MEMBERS,
          data: [],
          models: [],
          run: true,
        },
      })),
    ),
    request: {},
  })
  await runner.work(async (task) => {
    const { guest, host } = MODELS[task.name]
    const param = task.role === 'guest' ? guest : host
    if (param) {
      await runner.report(task, {
        type: 'artifact',
        kind: 'model',
        name: 'model',
        location: `models/${task.name}`,
        summary: { name: task.name },
        preview: { param, meta: { needRun: true } },
      })
    }
    if (task.name === 'evaluation_0' && task.role === 'guest') {
      for (const [suffix, metricType, meta] of CUTS) {
        await runner.report(task, {
          type: 'metric',
          namespace: 'train',
          name: `secureboost_0${suffix}`,
          points: [],
          meta: { name: `secureboost_0${suffix}`, metric_type: metricType, ...meta },
        })
      }
    }
  })
  return job
}

const THRESHOLDS = Array.from({ length: 50 }, (_, at) => (49.5 - at) / 50)

/** Of 100 positive rows and 100 negative ones, with scores spread evenly in opposite halves that overlap. */
const COUNTS = THRESHOLDS.map((threshold) => {
  const tp = Math.round(100 * Math.min(1, (1 - threshold) / 0.7))
  const fp = Math.round(100 * Math.max(0, (0.7 - threshold) / 0.7))
  return { tp, fp, fn: 100 - tp, tn: 100 - fp }
})
const share = (part: number, whole: number) => (whole === 0 ? 1 : part / whole)

const CUTS = [
  [
    '_confusion_mat',
    'CONFUSION_MAT',
    {
      thresholds: THRESHOLDS,
      tp: COUNTS.map(({ tp }) => tp),
      fp: COUNTS.map(({ fp }) => fp),
      fn: COUNTS.map(({ fn }) => fn),
      tn: COUNTS.map(({ tn }) => tn),
    },
  ],
  [
    '_f1_score',
    'F1_SCORE',
    {
      thresholds: THRESHOLDS,
      f1_scores: COUNTS.map(({ tp, fp, fn }) => share(2 * tp, 2 * tp + fp + fn)),
    },
  ],
  [
    '_quantile_pr',
    'QUANTILE_PR',
    {
      thresholds: THRESHOLDS,
      p_scores: COUNTS.map(({ tp, fp }) => share(tp, tp + fp)),
      r_scores: COUNTS.map(({ tp }) => tp / 100),
    },
  ],
] as const

interface Seed {
  readonly module: string
  readonly guest: Record<string, unknown>
  readonly host?: Record<string, unknown>
}

const MODELS: Readonly<Record<string, Seed>> = {
  hetero_feature_binning_0: {
    module: 'HeteroFeatureBinning',
    guest: {
      binningResult: {
        binningResult: Object.fromEntries(NAMES.map((name, at) => [name, binned(at)])),
      },
      hostResults: {
        host: {
          role: 'host',
          partyId: '10000',
          binningResult: { host_10000_0: { ...binned(7), splitPoints: [] } },
        },
      },
      header: NAMES,
    },
    host: {
      binningResult: {
        binningResult: {
          worst_area: {
            woeArray: [],
            ivArray: [],
            eventCountArray: [],
            nonEventCountArray: [],
            splitPoints: [-0.5, 0.25, 3],
            iv: 0,
            isWoeMonotonic: false,
          },
        },
      },
      hostResults: {},
      header: ['worst_area'],
    },
  },
  hetero_feature_selection_0: {
    module: 'HeteroFeatureSelection',
    guest: {
      results: [
        {
          filterName: 'IV_VALUE_FILTER',
          featureValues: { mean_radius: 4.77, mean_texture: 1.28, mean_area: 0.2 },
          leftCols: {
            originalCols: NAMES,
            leftCols: { mean_radius: true, mean_texture: true, mean_area: false },
          },
        },
      ],
      finalLeftCols: {
        originalCols: NAMES.slice(0, 3),
        leftCols: { mean_radius: true, mean_texture: true, mean_area: false },
      },
      header: NAMES,
    },
  },
  hetero_pearson_0: {
    module: 'HeteroPearson',
    guest: {
      party: '(guest,9999)',
      names: NAMES,
      localCorr: NAMES.flatMap((_, row) =>
        NAMES.map((_name, column) => (row === column ? 1 : Math.cos(row + column) / 1.2)),
      ),
      localVif: [1.5, 12, 3, 1.1],
      corr: NAMES.flatMap((_, row) => [Math.sin(row), -0.25]),
      shape: [4, 2],
      allNames: [{ name: NAMES }, { name: ['host_10000_0', 'host_10000_1'] }],
      parties: ['guest_9999', 'host_10000'],
    },
  },
  feature_scale_0: {
    module: 'FeatureScale',
    guest: {
      colScaleParam: { mean_radius: { columnUpper: 3.97, columnLower: -2.02, mean: 0, std: 1 } },
      header: NAMES,
    },
  },
  hetero_kmeans_0: {
    module: 'HeteroKmeans',
    guest: {
      countOfClusters: '3',
      converged: true,
      clusterDetail: [{ cluster: '0:131' }, { cluster: '1:73' }, { cluster: '2:365' }],
      centroidDetail: [0, 1, 2].map((at) => ({ centroid: NAMES.map((_, column) => at + column) })),
      header: NAMES,
    },
  },
  secureboost_0: {
    module: 'HeteroSecureBoost',
    guest: {
      treeNum: 2,
      treeDim: 1,
      classes: ['0', '1'],
      trees: [0, 1].map((tree) => ({
        tree: [
          inner(0, [1, 2], { sitename: 'guest', fid: 0, bid: 4 }),
          inner(1, [3, 4], { sitename: 'host.0', fid: -1, bid: -1, key: 7 + tree }),
          leaf(2, -0.5),
          leaf(3, 0.25 + tree),
          leaf(4, 0.75),
        ],
        splitMaskdict: { 0: 0.125 },
        missingDirMaskdict: { 0: 1 },
      })),
      featureImportances: [
        { sitename: 'guest', fid: 0, fullname: 'mean_radius', importance: 2 },
        { sitename: 'host.0', fid: -1, importance: 2 },
      ],
      featureNameFidMapping: { mean_radius: 0, mean_texture: 1 },
      losses: [0.6, 0.5],
    },
    host: {
      treeNum: 1,
      trees: [
        {
          treeId: 0,
          tree: [{ id: 1, sitename: 'host.0', key: 7, fid: 0, bid: 2, isLeaf: false }],
          splitMaskdict: { 1: 0.3125 },
        },
      ],
      featureImportances: [{ sitename: 'host.0', fid: 0, fullname: 'worst_area', importance: 1 }],
      featureNameFidMapping: { worst_area: 0 },
    },
  },
  evaluation_0: { module: 'Evaluation', guest: {} },
}

function binned(seed: number): Record<string, unknown> {
  const bins = [0, 1, 2, 3, 4]
  return {
    woeArray: bins.map((bin) => (bin - 2) * (1 + seed / 4)),
    ivArray: bins.map((bin) => Math.abs(bin - 2) * 0.1 * (1 + seed)),
    eventCountArray: bins.map((bin) => String(50 - 10 * bin)),
    nonEventCountArray: bins.map((bin) => String(5 + 10 * bin)),
    splitPoints: bins.map((bin) => bin / 2 - 1),
    iv: 0.6 * (1 + seed),
    isWoeMonotonic: true,
    binNums: '5',
  }
}

function inner(
  id: number,
  [leftNodeid, rightNodeid]: readonly [number, number],
  split: Record<string, unknown>,
): Record<string, unknown> {
  return { id, ...split, weight: 0, isLeaf: false, leftNodeid, rightNodeid }
}

function leaf(id: number, weight: number): Record<string, unknown> {
  return {
    id,
    sitename: 'guest',
    fid: -1,
    bid: -1,
    weight,
    isLeaf: true,
    leftNodeid: -1,
    rightNodeid: -1,
  }
}
