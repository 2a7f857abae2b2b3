/**
 * Script units in their threads.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import { scriptUnit } from '../../../src/runner/driver/script.ts'
import { unitFile } from '../../../src/runner/driver/unit-file.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { openUnit } from '../../helpers/unit.ts'
import { runSession, startFlow } from '../flow/mock.ts'

let folder = ''
before(async () => {
  folder = await temporaryFolder()
})
async function script(
  text: string,
  options: { base?: string; file?: string; name?: string } = {},
): Promise<FlowUnit> {
  const { base = '', file = 'unit.ts', name = '' } = options
  const path = join(await mkdtemp(join(folder, 'u-')), file)
  await writeFile(path, text)
  const toml = `[base]\nname="mine"\ntype="typescript"\nentry="${file}${name}"\n${base}\n[config]\nfactor=3\n[input.input1]\nname="in"\n[output.output1]\nname="out"`
  return scriptUnit(unitFile(toml, join(path, '../unit.toml')))
}

const TIMES = `
export default class {
  factor = 1
  open(config: { integer(name: string): number }) { this.factor = config.integer('factor') }
  process(context: any) {
    for (const { data, meta } of context.input('in')) {
      if (data === 'throw') throw Object.assign(new Error('no such number'), { code: 'Mine.Bad' })
      if (data === 'exit') process.exit(7)
      context.output('out').push({ data: data * this.factor, meta: { ...meta, seen: true } })
    }
  }
}`

describe('a script unit', () => {
  it('is TypeScript with settings of its description, or of the node', async () => {
    const unit = await openUnit(await script(TIMES))
    const { outputs, result } = await unit.call({ inputs: { in: [flowBuffer(4, { a: 1 })] } })
    assert.deepEqual(outputs.out, [{ data: 12, meta: { a: 1, seen: true } }])
    assert.equal(result, 'success')
    await unit.close()
    const other = await openUnit(await script(TIMES), { factor: '5' })
    const { outputs: five } = await other.call({ inputs: { in: [flowBuffer(4)] } })
    assert.equal(five.out[0].data, 20)
    await other.close()
  })

  it('keeps a state for each stream and may give any number of buffers', async () => {
    const text = `
      export const Sum = () => ({
        streamOpen({ state, setOutputMeta }) { state.set('sum', 0); setOutputMeta('out', { kind: 'sum' }) },
        process({ state, input }) { for (const { data } of input('in')) state.set('sum', state.get('sum') + data[0]) },
        streamClose({ state, output }) { output('out').push({ data: new Float32Array([state.get('sum')]) }) },
      })`
    const unit = await openUnit(await script(text, { file: 'unit.mjs', name: '@Sum' }))
    const { outputMeta } = await unit.begin()
    assert.deepEqual(outputMeta, { out: { kind: 'sum' } })
    for (const value of [1, 2.5])
      await unit.call({ inputs: { in: [flowBuffer(new Float32Array([value]))] } })
    const { outputs } = await unit.end()
    assert.deepEqual(outputs.out[0].data, new Float32Array([3.5]))
    await unit.close()
  })

  it('a failure has its code; a thread that ends is started again', async () => {
    const unit = await openUnit(await script(TIMES, { base: 'stream=false' }))
    const give = (data: string | number) => unit.call({ inputs: { in: [flowBuffer(data)] } })
    await assert.rejects(give('throw'), { code: 'Mine.Bad', message: 'no such number' })
    await assert.rejects(give('exit'), /The script of mine has ended: its thread ended with code 7/)
    assert.equal((await give(2)).outputs.out[0].data, 6)
    assert.match(unit.logs.join(), /it is started again/)
    await unit.close()
  })

  it('that hangs is ended after its time; calls that waited behind it are made again', async () => {
    const text = `export default { process({ input, output }) {
      for (const { data } of input('in')) {
        if (data === 'hang') for (;;);
        output('out').push({ data, meta: {} })
      } } }`
    const unit = await openUnit(await script(text, { base: 'stream=false' }), {
      call_time_out_ms: '2000',
    })
    const give = (data: string) => unit.call({ inputs: { in: [flowBuffer(data)] } })
    const [hung, ...behind] = await Promise.allSettled([give('hang'), give('a'), give('b')])
    assert.match(
      String(hung.status === 'rejected' && hung.reason),
      /The script of mine has ended: a call took longer than call_time_out_ms \(2000 ms\)/,
    )
    assert.deepEqual(
      behind.map((each) => each.status === 'fulfilled' && each.value.outputs.out[0].data),
      ['a', 'b'],
    )
    await unit.close()
  })

  it('says what is wrong with the script', async () => {
    await assert.rejects(
      openUnit(await script('export default 1')),
      /no export "default" that is a class/,
    )
    await assert.rejects(
      openUnit(await script('export default class {}')),
      /has no function "process"/,
    )
    await assert.rejects(
      openUnit(await script('export default class {')),
      /Unexpected|Expected|expected/,
    )
    const bad = 'export default { process({ output }) { output("there").push({ data: 1 }) } }'
    const unit = await openUnit(await script(bad))
    await assert.rejects(unit.call({ inputs: { in: [] } }), /no port "there": it has out/)
    await unit.close()
    const { missing } = await script('')
    assert.equal(await missing?.(), undefined)
    const away = scriptUnit(
      unitFile(
        '[base]\nname="m"\ntype="javascript"\nentry="x.js"\n[output.output1]\nname="o"',
        '/nowhere/u.toml',
      ),
    )
    assert.match((await away.missing?.()) ?? '', /\/nowhere\/x.js is not there/)
  })

  it('works in a flow, several buffers of several sessions', async () => {
    const flow = await startFlow(
      'digraph { input [type=input] output [type=output] m [flowunit=mine] input -> m:in m:out -> output }',
      [await script(TIMES)],
    )
    const ran = await Promise.all([
      runSession(flow, [1, 2, 3]),
      runSession(flow, [10, 'throw', 30]),
    ])
    assert.deepEqual(ran[0].outputs, { output: [3, 6, 9] })
    assert.deepEqual(ran[1].outputs, { output: [30, '!Mine.Bad', 90] })
    flow.close()
    await flow.done
  })
})
