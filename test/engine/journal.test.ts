/**
 * @module
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { openJournal } from '../../src/engine/journal.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const RUNNER = fileURLToPath(new URL('fixtures/runner.ts', import.meta.url))
/** Three processes: one below the other, the last of them in a session of its own. */
const TREE = 'echo $$; (setsid sh -c "echo \\$\\$; sleep 1000" & wait) & wait'

const skip =
  'Deno' in globalThis
    ? 'needs Node: its runner is started with it'
    : process.platform !== 'linux' && 'needs Linux: it reads /proc'

describe('the journal of local processes', { skip }, () => {
  const children: ChildProcess[] = []
  after(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  /** Starts a runner with the tree, and answers the tree's pids once it stands. */
  async function startRunner(
    folder: string,
    controlGroups: boolean,
  ): Promise<{ child: ChildProcess; pids: number[] }> {
    const argv = ['--import', 'tsx', RUNNER, folder, TREE, String(controlGroups)]
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const pids: number[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      pids.push(Number(line))
      if (pids.length === 2) break
    }
    return { child, pids }
  }

  async function kill(child: ChildProcess): Promise<void> {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  for (const controlGroups of [true, false]) {
    it(`ends the whole tree of a runner that was killed, ${controlGroups ? 'with' : 'without'} control groups`, async () => {
      const folder = await temporaryFolder()
      const { child, pids } = await startRunner(folder, controlGroups)
      const journal = openJournal(join(folder, 'journal'))
      assert.equal(await journal.sweep(), 0, 'its runner lives')
      assert.deepEqual(pids.map(alive), [true, true])
      const [name] = await readdir(join(folder, 'journal'))
      const note = JSON.parse(await readFile(join(folder, 'journal', name), 'utf8')) as {
        control: string | null
        folder: string
      }
      await kill(child)
      assert.deepEqual(pids.map(alive), [true, true], 'nobody has ended them')
      assert.ok((await journal.sweep()) >= 3)
      assert.deepEqual(pids.map(alive), [false, false])
      assert.deepEqual(await readdir(join(folder, 'journal')), [])
      assert.equal(existsSync(note.folder), false, 'the script is gone')
      assert.equal(note.control !== null && existsSync(note.control), false)
      assert.equal(await journal.sweep(), 0)
    })
  }

  it('ends nobody who does not carry the id, whatever numbers the note has', async () => {
    const folder = await temporaryFolder()
    const { child, pids } = await startRunner(folder, false)
    const [name] = await readdir(join(folder, 'journal'))
    const note = JSON.parse(await readFile(join(folder, 'journal', name), 'utf8')) as object
    await kill(child)
    const other = crypto.randomUUID()
    const forged = { ...note, id: other, pid: pids[0], start: '1', control: '/sys/fs/cgroup' }
    const elsewhere = openJournal(join(await temporaryFolder(), 'journal'))
    const place = join(await temporaryFolder(), 'notes')
    const journal = openJournal(place)
    assert.equal(await elsewhere.sweep(), 0)
    assert.equal(await journal.sweep(), 0)
    await writeFile(join(place, `${other}.json`), JSON.stringify(forged))
    // Another start of the system, and another host that has the same folder.
    const [boot, host] = [crypto.randomUUID(), crypto.randomUUID()]
    await writeFile(join(place, name), JSON.stringify({ ...note, boot }))
    await writeFile(join(place, `${host}.json`), JSON.stringify({ ...note, id: host, host: 'x' }))
    await writeFile(join(place, `${crypto.randomUUID()}.json`), '{"id":')
    assert.equal(await journal.sweep(), 0)
    assert.deepEqual(pids.map(alive), [true, true])
    assert.deepEqual(await readdir(place), [`${host}.json`], 'only that of the other host stays')
    assert.ok((await openJournal(join(folder, 'journal')).sweep()) >= 3)
  })
})

function alive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
