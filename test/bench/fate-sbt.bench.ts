/**
 * Boosted trees between two parties as a whole FATE-Flow job: upload, intersection (ECDH), HeteroSecureBoost, evaluation. Both
 * parties share this machine. Default of credit cards is read from beside the project when it is there; else a table
 * of its shape is generated from a seed.
 *
 * `--params trees=64,depth=6,bins=64,bits=2048,rows=30000,scheme=okamoto-uchiyama` are the defaults; fewer rows are always
 * generated. The accelerator is used where WEFT_NATIVES names a folder that has it.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'

import { CREDIT_FILES, generateCredit, sharedCredit } from '../helpers/credit-table.ts'
import { secureBoostJob } from '../helpers/sbt-job.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  uploadExample,
} from '../process/cluster.ts'

const WHOLE = 30_000

export const bench = { name: 'fate-sbt', run }

async function* run(params: Readonly<Record<string, string>> = {}) {
  const number = (name: string, otherwise: number) => Number(params[name] ?? otherwise)
  const size = {
    trees: number('trees', 64),
    depth: number('depth', 6),
    bins: number('bins', 64),
    bits: number('bits', 2048),
    rows: number('rows', WHOLE),
    scheme: params['scheme'] ?? 'okamoto-uchiyama',
  }
  const folders = [await freshFolder('bench')]
  try {
    const real = size.rows === WHOLE ? sharedCredit : undefined
    if (real === undefined) await generateCredit(folders[0], size.rows)
    const root = real ?? folders[0]
    const result = await runJob({ folder: folders[0], root, size })
    const shown = { data: real === undefined ? 'generated' : 'default_credit', ...size }
    yield { params: { ...shown, figure: 'wall time of the job' }, value: result.job, unit: 's' }
    yield { params: { ...shown, figure: 'of it training' }, value: result.training, unit: 's' }
    yield { params: { ...shown, figure: 'train AUC' }, value: result.auc, unit: 'AUC' }
    yield { params: { ...shown, figure: "runner's peak memory" }, value: result.peak, unit: 'MiB' }
    yield { params: { ...shown, figure: "runner's CPU time" }, value: result.cpu, unit: 's' }
  } finally {
    await removeFolders(folders)
  }
}

interface Size {
  readonly trees: number
  readonly depth: number
  readonly bins: number
  readonly bits: number
  readonly scheme: string
}

async function runJob(place: { folder: string; root: string; size: Size }) {
  const { folder, root, size } = place
  const natives = process.env['WEFT_NATIVES']
  const env = {
    WEFT_DATA_DIR: folder,
    WEFT_LOG_LEVEL: 'warn',
    WEFT_IMPORT_ROOTS: root,
    ...(natives === undefined ? {} : { WEFT_NATIVES: natives }),
  }
  const ready = /^weft listening on (http:\/\/\S+)$/
  const app = await start({ entry: 'serve.ts', env: { ...env, WEFT_PORT: '0' }, ready })
  const runner = await start({ entry: 'runner.ts', env, ready: /weft runner ready/ })
  try {
    const url = app.match[1]
    const client = fateClient(url)
    const [guest, host] = CREDIT_FILES.map((path, at) => ({
      namespace: 'bench',
      name: at === 0 ? 'guest' : 'host',
      role: at === 0 ? 'guest' : 'host',
      party: at === 0 ? '9999' : '10000',
      path,
    }))
    for (const table of [guest, host]) await uploadExample(url, table)
    const { dsl, conf } = secureBoostJob({
      guest,
      host,
      intersection: { intersect_method: 'ecdh' },
      training: {
        num_trees: size.trees,
        bin_num: size.bins,
        learning_rate: 0.1,
        subsample_feature_rate: 1,
        tree_param: { max_depth: size.depth },
        encrypt_param: { method: size.scheme, key_length: size.bits },
      },
    })
    const began = performance.now()
    const { jobId } = await client.ok('job/submit', { job_dsl: dsl, job_runtime_conf: conf })
    const rows = await finished(url, jobId ?? '', 7200)
    const job = (performance.now() - began) / 1000
    if (rows.some((row) => row.f_status !== 'success')) throw new Error(`Job ${jobId} failed`)
    const { data: tasks } = await client.ok<
      { f_component_name: string; f_elapsed: number | null }[]
    >('job/task/query', { job_id: jobId, component_name: 'secureboost_0' })
    const { data: scores } = await client.ok<[string, number][]>('tracking/component/metric_data', {
      job_id: jobId,
      role: 'guest',
      party_id: 9999,
      component_name: 'evaluation_0',
      metric_namespace: 'train',
      metric_name: 'secureboost_0',
    })
    return {
      job,
      training: Math.max(...tasks.map((task) => task.f_elapsed ?? NaN)) / 1000,
      auc: new Map(scores).get('auc') ?? NaN,
      ...usageOf(runner.child.pid),
    }
  } finally {
    await runner.stop()
    await app.stop()
  }
}

/** High-water mark of a process's resident memory in MiB and its CPU time in seconds, where the system tells them. */
function usageOf(pid: number | undefined): { peak: number; cpu: number } {
  const read = (name: string): string => {
    const path = `/proc/${pid}/${name}`
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const peak = Number(/VmHWM:\s+(\d+)/.exec(read('status'))?.[1] ?? NaN) / 1024
  // After the name in brackets: utime and stime are the 12th and 13th, in hundredths of a second.
  const stat = read('stat').split(') ')[1]?.split(' ') ?? []
  return { peak, cpu: (Number(stat[11]) + Number(stat[12])) / 100 }
}
