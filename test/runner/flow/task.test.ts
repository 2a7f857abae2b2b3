/**
 * The task of a flow: from its description to how it ends.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { readDocument } from '../../../src/flow/stream/document.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import type { ReportBody } from '../../../src/runner/executor.ts'
import { openProfile } from '../../../src/runner/flow/profile.ts'
import { flowVariables, runFlow } from '../../../src/runner/flow/task.ts'
import type { Job } from '../../../src/runner/job.ts'
import { dataSourceGenerator } from '../../../src/runner/unit/data-source-generator.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { mock } from './mock.ts'

/** A unit that reads the file its settings name, and keeps what it found in `seen`. */
function reader(seen: string[]): FlowUnit {
  return mock('reader', { outputs: [], kind: 'stream' }, () => ({
    async open(config, host) {
      seen.push(config.text('mode', ''))
      if (config.has('file')) seen.push(await host.readable(config.text('file')))
    },
    process(context) {
      if (context.session.id === '1' && seen.includes('fail')) throw new Error('it is no good')
    },
  }))
}

const dot = (attributes: string) =>
  `digraph { g [flowunit=data_source_generator, url=x] r [flowunit=reader${attributes}] g:out_data -> r:in }`

async function run(
  graph: object,
  unit: FlowUnit,
): Promise<{ reports: ReportBody[]; folder: string }> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'in'))
  await writeFile(join(folder, 'in', 'flow.dot'), dot(', mode=filed'))
  await writeFile(join(folder, 'secret'), 'secret')
  await symlink(join(folder, 'secret'), join(folder, 'in', 'link'))
  const reports: ReportBody[] = []
  const job = {
    task: {
      spec: { type: 'flow', source: { graph: { format: 'graphviz', ...graph } }, format: 'json' },
    },
    settings: { importRoots: [join(folder, 'in')], flowVariables: { MODE: 'from the runner' } },
    line: {
      signal: new AbortController().signal,
      ask: async () => null,
      report: (body: ReportBody) => void reports.push(body),
    },
  } as unknown as Job
  await runFlow(job, [dataSourceGenerator, unit])
  return { reports, folder }
}

describe('the task of a flow', () => {
  it('runs until the sources end, and tells of its nodes', async () => {
    const seen: string[] = []
    const { reports } = await run({ graphconf: dot(', mode="${MODE}"') }, reader(seen))
    assert.deepEqual(seen, ['from the runner'])
    const progress = reports.find(({ type }) => type === 'progress')
    assert.deepEqual(progress, { type: 'progress', fraction: 1, note: 'The flow runs' })
    const metrics = reports.flatMap((report) => (report.type === 'metric' ? [report] : []))
    assert.deepEqual(
      new Set(metrics.map(({ namespace, name }) => `${namespace} ${name}`)),
      new Set(
        ['g', 'r'].flatMap((node) =>
          ['throughput', 'call_ms', 'waiting', 'in_flight', 'errors'].map(
            (name) => `${node} ${name}`,
          ),
        ),
      ),
    )
  })

  it('reads its graph and files from the import folders, and from nowhere else', async () => {
    const seen: string[] = []
    await run({ graphconffilepath: 'flow.dot' }, reader(seen))
    assert.deepEqual(seen, ['filed'])
    for (const path of ['../secret', 'link', '/etc/passwd', 'gone'])
      await assert.rejects(
        run({ graphconf: dot(`, file="${path}"`) }, reader([])),
        /open flowunit 'reader'.* is not in a folder that flows may read/,
        path,
      )
  })

  it('fails with the words of a bad graph, and when every session has failed', async () => {
    await assert.rejects(
      run({ graphconf: 'digraph { a [flowunit=gone] a:x -> a:y }' }, reader([])),
      /create flowunit 'gone' failed/,
    )
    await assert.rejects(
      run({ graphconf: dot(', mode=fail') }, reader([])),
      /Every session failed, first at r: it is no good/,
    )
  })

  it('takes units from the folder that the graph names, and from none outside those for units', async () => {
    const folder = await temporaryFolder()
    for (const place of ['units/first', 'units/second', 'elsewhere']) {
      await mkdir(join(folder, place), { recursive: true })
      await writeFile(
        join(folder, place, 'unit.toml'),
        '[base]\nname="own"\ntype="javascript"\nentry="unit.mjs"\n[input.input1]\nname="in"',
      )
      await writeFile(
        join(folder, place, 'unit.mjs'),
        `export default { open(_, host) { host.log('info', 'from ${place}') }, process() {} }`,
      )
    }
    await symlink(join(folder, 'elsewhere'), join(folder, 'units', 'link'))
    const graphconf =
      'digraph { g [flowunit=data_source_generator, url=x] r [flowunit=own] g:out_data -> r:in }'
    const from = async (dir: string) => {
      const logs: string[] = []
      const source = { graph: { format: 'graphviz', graphconf }, driver: { dir } }
      await runFlow(
        {
          task: { spec: { type: 'flow', source, format: 'json' } },
          settings: { importRoots: [], unitDirs: [join(folder, 'units')] },
          line: {
            signal: new AbortController().signal,
            ask: async () => null,
            report: (body: ReportBody) => body.type === 'log' && logs.push(body.text),
          },
        } as unknown as Job,
        [dataSourceGenerator],
      )
      return logs.find((text) => text.includes('from '))
    }
    assert.equal(await from(''), 'r: from units/first')
    assert.equal(await from('second'), 'r: from units/second')
    assert.equal(await from(join(folder, 'units', 'second')), 'r: from units/second')
    for (const dir of ['../elsewhere', 'link', 'gone', '/etc', join(folder, 'elsewhere')])
      await assert.rejects(
        from(dir),
        /is in no folder of units of this runner: .*WEFT_UNIT_DIRS/,
        dir,
      )
  })

  it('notes itself in files of its own folder, and in no other', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'elsewhere'))
    await mkdir(join(folder, 'out', 'flows', 'linked'), { recursive: true })
    await symlink(join(folder, 'elsewhere'), join(folder, 'out', 'flows', 'linked', 'away'))
    const note = async (profile: object, { jobId = 'job1', out = true } = {}) => {
      const logs: string[] = []
      const source = {
        graph: { format: 'graphviz', graphconf: dot('') },
        flow: { name: 'noted' },
        profile,
      }
      await runFlow(
        {
          task: {
            jobId,
            name: 'flow_0',
            attempt: 1,
            spec: { type: 'flow', source, format: 'json' },
          },
          settings: { importRoots: [], ...(out ? { exportDir: join(folder, 'out') } : {}) },
          line: {
            signal: new AbortController().signal,
            ask: async () => null,
            report: (body: ReportBody) => body.type === 'log' && logs.push(body.text),
          },
        } as unknown as Job,
        [dataSourceGenerator, reader([])],
      )
      return logs
    }
    await note({ trace: true, performance: true, dir: 'notes/mine' })
    const own = join(folder, 'out', 'flows', 'job1', 'notes', 'mine')
    const names = (await readdir(own)).toSorted()
    assert.equal(names.length, 2)
    assert.match(names[0], /^performance_\d{8}-\d{6}_flow_0\.json$/)
    assert.match(names[1], /^trace_\d{8}-\d{6}_flow_0\.json$/)
    const [figures, trace] = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(own, name), 'utf8'))),
    )
    assert.equal(trace.otherData.flow, 'noted')
    const calls = trace.traceEvents.filter(({ ph }: { ph: string }) => ph === 'X')
    assert.deepEqual(
      calls.map(({ name, args }: { name: string; args: object }) => [name, args]),
      [
        ['g', { batch_size: 1 }],
        ['r', { batch_size: 1 }],
      ],
    )
    const last = figures.points.at(-1)
    assert.ok(last.runner_cpu > 0 && last.runner_memory > 1e6 && last.at >= 0)
    assert.deepEqual(
      last.nodes.map(({ node, taken, errors }: Record<string, unknown>) => [node, taken, errors]),
      [
        ['r', 1, 0],
        ['g', 1, 0],
      ],
    )

    // What is not asked for is not written, and nothing anywhere else.
    await note({ profile: 'true', dir: 'only' }, { jobId: 'job2' })
    const [only, ...more] = await readdir(join(folder, 'out', 'flows', 'job2', 'only'))
    assert.match(only, /^performance_/)
    assert.deepEqual(more, [])
    await note({ trace: true }, { jobId: 'job3' })
    assert.deepEqual((await readdir(join(folder, 'out', 'flows'))).toSorted(), [
      'job1',
      'job2',
      'linked',
    ])
    for (const dir of ['/tmp/profile', '../job1', 'a/../..', '..'])
      await assert.rejects(
        note({ trace: true, dir }, { jobId: 'job4' }),
        /profile\.dir ".*" is not in the flow's own/,
      )
    await assert.rejects(
      note({ trace: true, dir: 'away' }, { jobId: 'linked' }),
      /profile\.dir "away" is not in the flow's own folder/,
    )
    assert.deepEqual(await readdir(join(folder, 'elsewhere')), [])
    await assert.rejects(
      note({ trace: true, dir: 'a' }, { out: false }),
      /profile\.dir "a": .*WEFT_EXPORT_DIR/,
    )
    assert.match(
      (await note({ session: true })).join('\n'),
      /profile: .*profile\.session has no effect/,
    )
  })

  it('keeps the files of its last runs only', async () => {
    const folder = await temporaryFolder()
    const read = readDocument({
      graph: { format: 'graphviz', graphconf: 'digraph {}' },
      profile: { performance: true, dir: 'p' },
    })
    assert.ok('document' in read)
    for (let run = 0; run < 20; run++) {
      const options = { exportDir: folder, jobId: 'j', task: 'flow_0', now: () => run * 1000 }
      const profile = await openProfile(read.document, options)
      profile?.mark({ figures: () => [] })
      await profile?.write()
    }
    const names = (await readdir(join(folder, 'flows', 'j', 'p'))).toSorted()
    assert.deepEqual([names.length, names[0]], [16, 'performance_19700101-000004_flow_0.json'])
  })

  it('hands graphs only the variables that are meant for them', () => {
    const env = { WEFT_FLOW_HOME: '/a', WEFT_DATA_DIR: '/b', HOME: '/c', WEFT_FLOW_GONE: undefined }
    assert.deepEqual(flowVariables(env), { HOME: '/a' })
  })
})
