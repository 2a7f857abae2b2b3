import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { test } from 'node:test'

import { METHODS } from '../../src/component/psi/protocols.ts'
import { SECURITY } from '../../views/docs/security-text.ts'
import { asModule, MODULE, PAGE, withMessages } from './security-page.ts'

test('the page on security lists the messages that components declare', async () => {
  const page = await readFile(PAGE, 'utf8')
  const now = withMessages(page)
  // Not assert.equal, whose report of a difference would be the page twice.
  assert.ok(page === now, 'run node --import tsx test/component/security-page.ts')
})

test('the console serves the page as it is', async () => {
  const page = await readFile(PAGE, 'utf8')
  assert.ok(SECURITY === page, 'run node --import tsx test/component/security-page.ts')
  assert.ok((await readFile(MODULE, 'utf8')) === asModule(page))
})

test('the page on security has a line for every method of set intersection', async () => {
  const page = await readFile(PAGE, 'utf8')
  for (const method of METHODS) assert.match(page, new RegExp(`^\\| \`${method}\``, 'm'))
})

test('the files that the page on security names are there', async () => {
  const page = await readFile(PAGE, 'utf8')
  const named = [...page.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path)
  assert.ok(named.length > 10)
  for (const path of named) assert.ok(existsSync(resolve(dirname(PAGE), path)), path)
})
