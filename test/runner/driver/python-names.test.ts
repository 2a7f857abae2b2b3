/**
 * The names and the answers of the original's python module, asked of the module itself.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { pythonUnit } from '../../../src/runner/driver/python.ts'
import { unitFile } from '../../../src/runner/driver/unit-file.ts'
import { type OpenUnit, openUnit } from '../../helpers/unit.ts'

/** Answers each text with what it is as an expression. */
const ASK = `
import _flowunit as modelbox

class Ask(modelbox.FlowUnit):
    def process(self, context):
        for buffer in context.input("in"):
            try:
                found = eval(buffer.as_object())
            except Exception as error:
                found = type(error).__name__ + ": " + str(error)
            context.output("out").push_back(modelbox.Buffer(self.get_bind_device(), str(found)))
        return modelbox.Status()
`

const ANSWERS: [question: string, answer: string][] = [
  ['bool(modelbox.Status(True)), bool(modelbox.Status(False))', '(True, False)'],
  ['modelbox.Status() == True, modelbox.Status(False) == True', '(True, False)'],
  ['modelbox.Status(True) == modelbox.Status.StatusCode.STATUS_SUCCESS', 'True'],
  [
    'modelbox.Status(modelbox.Status.StatusCode.STATUS_BADCONF, "no key")',
    'code: Bad config, errmsg: no key',
  ],
  ['modelbox.Status(modelbox.Status.StatusCode.STATUS_NOTFOUND).str_code()', 'Not found'],
  [
    'modelbox.Status(modelbox.Status(modelbox.Status.StatusCode.STATUS_IO, "disk"), "open").wrap_errormsgs()',
    'Input/output error, open -> disk',
  ],
  [
    'modelbox.Status(modelbox.Status(modelbox.Status.StatusCode.STATUS_IO, "disk"), "open").unwrap().errormsg()',
    'disk',
  ],
  [
    '[s.set_errormsg("why") or s.errormsg() for s in [modelbox.Status(modelbox.Status.StatusCode.STATUS_FAULT)]]',
    "['why']",
  ],
  [
    'modelbox.Buffer(self.get_bind_device(), "x").get("no")',
    'ValueError: can not find buffer meta: no',
  ],
  ['modelbox.Buffer(self.get_bind_device(), "x").get("no", 7)', '7'],
  ['modelbox.Buffer.ModelBoxDataType.FLOAT, modelbox.Buffer.UINT8', "('float', 'uint8')"],
  [
    '[(b.set_error("A.b", "bad"), b.has_error(), b.get_error_code(), b.get_error_msg())[1:] for b in [modelbox.Buffer("x")]]',
    "[(True, 'A.b', 'bad')]",
  ],
  ['[modelbox.notice("a"), modelbox.fatal("b")]', '[None, None]'],
  ['self.get_bind_device().get_device_id(), self.get_bind_device().get_type()', "('0', 'cpu')"],
  ['[l.build([3, 4]) and [b.get_bytes() for b in l] for l in [modelbox.BufferList()]]', '[[3, 4]]'],
]

describe('the python module', () => {
  let folder = ''
  let unit: OpenUnit
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-test-'))
    await writeFile(join(folder, 'ask.py'), ASK)
    const toml =
      '[base]\nname="ask"\ntype="python"\nentry="ask@Ask"\nstream=false\n[input.input1]\nname="in"\n[output.output1]\nname="out"'
    unit = await openUnit(pythonUnit(unitFile(toml, join(folder, 'unit.toml'))))
  })
  after(async () => {
    await unit.close()
    await rm(folder, { recursive: true })
  })

  for (const [question, answer] of ANSWERS)
    it(`answers ${question}`, async () => {
      const { outputs } = await unit.call({ inputs: { in: [flowBuffer(question)] } })
      assert.equal(outputs.out[0].data, answer)
    })
})
