/**
 * `user add NAME`: enters an account, the first administrator for one. Its password is asked for, or the first line of
 * standard input: arguments can be read by everybody on the host.
 * @module
 */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

import type { Config } from '../config.ts'
import { createAccount, type Passwords } from '../domain/account.ts'
import { withDatabase } from './open.ts'

/** Runs the command. */
export async function user(config: Config, args: string[], passwords: Passwords): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      admin: { type: 'boolean', default: false },
      email: { type: 'string', default: '' },
      inherit: { type: 'boolean', default: false },
    },
  })
  const [verb, name, ...rest] = positionals
  if (verb !== 'add' || name === undefined || rest.length > 0)
    throw new Error(
      'usage: user add NAME [--admin] [--email TEXT] [--inherit]   asks for the password, or reads it from standard input',
    )
  const password = process.stdin.isTTY ? await askTwice(name) : await readLine()
  const { admin, email, inherit: inherits } = values
  await withDatabase(config, (db) =>
    createAccount(db, { name, password, admin, email }, { passwords, at: Date.now(), inherits }),
  )
  console.log(`${admin ? 'Administrator' : 'User'} ${name} can log in`)
}

async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) {
    lines.close()
    return line
  }
  throw new Error('No password: write it to standard input, or run this at a terminal')
}

async function askTwice(name: string): Promise<string> {
  const first = await ask(`Password for ${name}: `)
  if ((await ask('Once more: ')) !== first) throw new Error('The two passwords differ: try again')
  return first
}

/** One line of a terminal that does not show it. */
function ask(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((done, fail) => {
    let line = ''
    const finish = (end: () => void) => {
      stdin.off('data', read)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      end()
    }
    const read = (text: string) => {
      for (const key of text) {
        if (key === '\r' || key === '\n') return finish(() => done(line))
        if (key === '\u0003' || key === '\u0004')
          return finish(() => fail(new Error('No password was given')))
        if (key === '\u007F' || key === '\b') line = Array.from(line).slice(0, -1).join('')
        else line += key
      }
    }
    stdin.on('data', read)
  })
}
