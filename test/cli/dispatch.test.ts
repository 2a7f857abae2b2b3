/**
 * The command line of administration: help, and lines that are wrong.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseArgs } from 'node:util'

import { type Command, dispatch } from '../../src/cli/dispatch.ts'
import { lock } from '../../src/cli/lock.ts'
import { token } from '../../src/cli/token.ts'
import { vendor } from '../../src/cli/vendor.ts'
import { readConfig } from '../../src/config.ts'
import { temporaryFolder } from '../helpers/folder.ts'

function commands(ran: string[]): Record<string, Command> {
  return {
    weigh: {
      usage: ['weigh NAME [--twice]', 'weigh all'],
      does: 'says how heavy it is',
      more: 'names: a, b',
      run: (args) => {
        parseArgs({ args, allowPositionals: true, options: { twice: { type: 'boolean' } } })
        ran.push(args.join(' '))
        return Promise.resolve()
      },
    },
  }
}

async function say(...line: string[]): Promise<{ said: string; ran: string[] }> {
  const said: string[] = []
  const ran: string[] = []
  await dispatch(commands(ran), line, (text) => said.push(text))
  return { said: said.join('\n'), ran }
}

describe('dispatch', () => {
  it('lists the commands to whoever asks, or says nothing', async () => {
    for (const line of [[], ['--help'], ['-h'], ['help']]) {
      const { said, ran } = await say(...line)
      assert.match(said, /^usage: npm run cli -- COMMAND\n/)
      assert.match(said, / {2}weigh NAME \[--twice\]\n {2}weigh all\n {6}says how heavy it is/)
      assert.deepEqual(ran, [])
    }
  })

  it('says how one command is written and does nothing, wherever in the line that is asked', async () => {
    for (const line of [
      ['weigh', '--help'],
      ['weigh', 'a', '-h'],
      ['help', 'weigh'],
    ]) {
      const { said, ran } = await say(...line)
      assert.equal(
        said,
        'usage: npm run cli -- weigh NAME [--twice]\n       npm run cli -- weigh all\n\nsays how heavy it is\n\nnames: a, b',
      )
      assert.deepEqual(ran, [])
    }
  })

  it('runs what is named with the rest of the line', async () => {
    assert.deepEqual(await say('weigh', 'a', '--twice'), { said: '', ran: ['a --twice'] })
    assert.deepEqual((await say('weigh', '--', '--help')).ran, ['-- --help'])
  })

  it('names a command or an option that there is not, and where its help is', async () => {
    const none = (name: string) => ({
      message: `No command "${name}": "npm run cli -- --help" lists them`,
    })
    await assert.rejects(say('way'), none('way'))
    await assert.rejects(say('help', 'way'), none('way'))
    await assert.rejects(say('toString'), none('toString'))
    const help = '"npm run cli -- weigh --help" says what there is'
    await assert.rejects(say('weigh', '--thrice'), {
      message: `Unknown option '--thrice': ${help}`,
    })
  })
})

describe('commands', () => {
  it('refuse options that they do not know', async () => {
    await assert.rejects(lock(['--chek']), /Unknown option '--chek'/)
    await assert.rejects(vendor(['--chek']), /Unknown option '--chek'/)
  })

  it('make no token for a runner of no party', async () => {
    const config = readConfig({ WEFT_DATA_DIR: await temporaryFolder() })
    for (const parties of ['', ' , ']) {
      await assert.rejects(
        token(config, ['create', 'runner', '--parties', parties]),
        /names the parties it speaks for: add --parties 10000/,
      )
    }
  })
})
