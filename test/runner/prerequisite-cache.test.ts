/**
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { type FetchCache, nameOf, openFetchCache } from '../../src/runner/prerequisite-cache.ts'
import { fetchSource } from '../../src/runner/prerequisite-fetch.ts'
import { allowedHosts } from '../../src/runner/reach.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { answerFetch, gitBackend } from '../helpers/prerequisite-server.ts'
import { testLog } from '../helpers/runner.ts'

const skip = process.platform !== 'linux' && 'needs Linux: as programs do'
const sumOf = (text: string) => createHash('sha256').update(text).digest('hex')
const OLD = 'Mon, 06 Jan 2025 10:00:00 GMT'

/** How a server answers a path, and what it has been asked: `GET /path 200`. */
type Answer = (response: ServerResponse, tag: string | undefined) => void

describe('what was fetched before', { skip }, () => {
  let server: Server
  let at = ''
  let work = ''
  let folder = ''
  let repositories = ''
  let cache: FetchCache
  const answers = new Map<string, Answer>()
  const asked: string[] = []
  let files = 0

  before(async () => {
    repositories = await temporaryFolder()
    server = createServer((request, response) => {
      const path = request.url ?? ''
      if (path.startsWith('/git/')) {
        asked.push(path)
        return answerFetch(request, response, { repositories, asked: [] })
      }
      const answer = answers.get(path)
      if (answer) answer(response, request.headers['if-none-match'])
      else response.writeHead(404).end()
      asked.push(`${path} ${response.statusCode}`)
    })
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(async () => {
    work = await temporaryFolder()
    folder = join(work, 'fetched')
    cache = openFetchCache(folder, { maxBytes: 1_000_000, log: testLog() })
    asked.length = 0
    answers.clear()
  })

  const options = () => ({
    allowed: allowedHosts(['127.0.0.0/8'], 'WEFT_FETCH_HOSTS'),
    mostBytes: 1_000_000,
    idleMs: 5000,
    signal: new AbortController().signal,
    shown: 'there',
  })
  /** What a program finds. */
  async function fetched(path: string, more: { sha256?: string; cache?: FetchCache } = {}) {
    const { sha256, ...others } = more
    const place = join(work, `given-${files++}`)
    const source = { kind: 'http', url: `${at}${path}`, ...(sha256 ? { sha256 } : {}) } as const
    await fetchSource(place, source, { ...options(), cache, ...others })
    return readFile(place, 'utf8')
  }
  const tagged =
    (text: string, tag: string, headers: Record<string, string> = {}): Answer =>
    (response, known) => {
      if (known === tag) response.writeHead(304, { etag: tag }).end()
      else response.writeHead(200, { etag: tag, ...headers }).end(text)
    }
  const stored = () => readdir(join(folder, 'files'))

  it('is not sent again while its server says that it is the same', async () => {
    answers.set('/x', tagged('one', '"1"'))
    assert.deepEqual([await fetched('/x'), await fetched('/x')], ['one', 'one'])
    answers.set('/x', tagged('two', '"2"'))
    assert.deepEqual([await fetched('/x'), await fetched('/x')], ['two', 'two'])
    assert.deepEqual(asked, ['/x 200', '/x 304', '/x 200', '/x 304'])
    assert.deepEqual((await stored()).toSorted(), [sumOf('one'), sumOf('two')].toSorted())
    answers.delete('/x')
    await assert.rejects(fetched('/x'), /answered 404/)
  })

  it('is not even asked for where its sum is known, and by that address only', async () => {
    answers.set('/x', (response) => void response.end('one'))
    const sha256 = sumOf('one')
    assert.deepEqual(
      [await fetched('/x', { sha256 }), await fetched('/x', { sha256 })],
      ['one', 'one'],
    )
    assert.deepEqual(asked, ['/x 200'])
    await assert.rejects(fetched('/y', { sha256 }), /answered 404/)
    await assert.rejects(fetched('/x', { sha256: sumOf('two') }), /not what its sha256 says/)
    assert.deepEqual(await stored(), [sha256])
  })

  it('is the program’s own: what it writes into it nobody else sees', async () => {
    answers.set('/x', tagged('one', '"1"'))
    await fetched('/x')
    await writeFile(join(work, `given-${files - 1}`), 'spoiled')
    assert.equal(await fetched('/x'), 'one')
  })

  it('is sent again where nothing tells it from another, or where it is not to be kept', async () => {
    const plain =
      (headers: Record<string, string>): Answer =>
      (response) =>
        void response.writeHead(200, headers).end('one')
    answers.set('/nothing', plain({}))
    answers.set('/weak', plain({ etag: 'W/"1"' }))
    answers.set('/secret', plain({ etag: '"1"', 'cache-control': 'private, no-store' }))
    answers.set('/new', plain({ 'last-modified': new Date().toUTCString() }))
    answers.set('/unframed', (response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\netag: "1"\r\nconnection: close\r\n\r\none')
    })
    for (const path of answers.keys()) {
      assert.deepEqual([await fetched(path), await fetched(path)], ['one', 'one'], path)
      assert.deepEqual(asked.splice(0), [`${path} 200`, `${path} 200`])
    }
    await assert.rejects(stat(join(folder, 'urls', nameOf('http', `${at}/nothing`, ''))))
  })

  it('is known by a time that is long past, and an older one is another', async () => {
    let begun = 0
    const dated =
      (text: string, modified: string): Answer =>
      (response) => {
        response.writeHead(200, { 'last-modified': modified, 'content-length': text.length })
        begun += 1
        response.end(text)
      }
    answers.set('/x', dated('one', OLD))
    await fetched('/x')
    // Of what is the same only the beginning is looked at, so another body would not be seen.
    answers.set('/x', dated('eno', OLD))
    assert.equal(await fetched('/x'), 'one')
    answers.set('/x', dated('longer', OLD))
    assert.equal(await fetched('/x'), 'longer')
    answers.set('/x', dated('before', 'Sun, 05 Jan 2025 10:00:00 GMT'))
    assert.equal(await fetched('/x'), 'before')
    assert.equal(begun, 4)
  })

  it('is another where redirects lead elsewhere, though it may be called the same', async () => {
    const to =
      (location: string): Answer =>
      (response) =>
        void response.writeHead(302, { location, etag: '"1"' }).end()
    answers.set('/x', to('/a'))
    answers.set('/a', tagged('one', '"1"'))
    answers.set('/b', tagged('two', '"1"'))
    assert.deepEqual([await fetched('/x'), await fetched('/x')], ['one', 'one'])
    answers.set('/x', to('/b'))
    assert.equal(await fetched('/x'), 'two')
    assert.deepEqual(
      asked.filter((one) => !one.startsWith('/x')),
      ['/a 200', '/a 304', '/b 200'],
    )
  })

  it('is sent once to many that want it at the same time', async () => {
    let waiting: ServerResponse[] = []
    const text = 'x'.repeat(100_000)
    answers.set('/x', (response, tag) => {
      if (tag) return void response.writeHead(304, { etag: '"1"' }).end()
      waiting.push(response)
      response.writeHead(200, { etag: '"1"' }).flushHeaders()
      // The others have begun before this one is through.
      setImmediate(() => response.end(text))
    })
    const all = await Promise.all(Array.from({ length: 8 }, () => fetched('/x')))
    assert.ok(all.every((one) => one === text))
    assert.equal(waiting.length, 1)
    waiting = []
    // Another runner with the same folder.
    const other = openFetchCache(folder, { maxBytes: 1_000_000, log: testLog() })
    assert.equal(await fetched('/x', { cache: other }), text)
    assert.equal(waiting.length, 0)
  })

  it('does not keep others waiting behind one that was told to stop, or that failed', async () => {
    const controller = new AbortController()
    const signal = controller.signal
    const first = cache.afterOthers('n', signal, () => {
      const { promise, reject } = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
      return promise
    })
    const stopped = new AbortController()
    const second = cache.afterOthers('n', stopped.signal, () => Promise.resolve('second'))
    const third = cache.afterOthers('n', new AbortController().signal, () =>
      Promise.resolve('third'),
    )
    stopped.abort(new Error('no more'))
    await assert.rejects(second, /no more/)
    controller.abort()
    await assert.rejects(first, /stopped/)
    assert.equal(await third, 'third')
  })

  it('is fetched anew where the disk has spoiled it, lost it, or does not answer', async () => {
    answers.set('/x', tagged('one', '"1"'))
    await fetched('/x')
    await writeFile(join(folder, 'files', sumOf('one')), 'eno')
    assert.equal(await fetched('/x'), 'one')
    const name = nameOf('http', `${at}/x`, '')
    await writeFile(join(folder, 'urls', name), '{"sha2')
    assert.equal(await fetched('/x'), 'one')
    await writeFile(join(folder, 'urls', name), JSON.stringify({ sha256: '../../x' }))
    assert.equal(await fetched('/x'), 'one')
    const broken = join(work, 'broken')
    await symlink('/proc/none', broken)
    const log = testLog()
    const none = openFetchCache(broken, { maxBytes: 1000, log })
    assert.equal(await fetched('/x', { cache: none }), 'one')
    assert.equal(await fetched('/x', { cache: none }), 'one')
  })

  it('has no more room than it was given: what was unused for longest goes', async () => {
    const small = openFetchCache(folder, { maxBytes: 10, log: testLog() })
    const texts = ['aaaa', 'bbbb', 'cccc']
    for (const [index, text] of texts.entries()) {
      answers.set(`/${index}`, tagged(text, `"${text}"`))
      if (index === 2) {
        // The first was used last.
        for (const [one, hour] of [
          ['aaaa', 11],
          ['bbbb', 10],
        ] as const) {
          const time = new Date(`2025-01-06T${hour}:00:00Z`)
          await utimes(join(folder, 'files', sumOf(one)), time, time)
        }
      }
      assert.equal(await fetched(`/${index}`, { cache: small }), text)
    }
    assert.deepEqual((await stored()).toSorted(), [sumOf('aaaa'), sumOf('cccc')].toSorted())
    answers.set('/large', tagged('x'.repeat(11), '"x"'))
    assert.equal((await fetched('/large', { cache: small })).length, 11)
    assert.equal((await stored()).length, 2)
    assert.equal(await fetched('/1', { cache: small }), 'bbbb')
  })

  it('that a runner died over leaves a draft, which is nobody’s and goes in time', async () => {
    const child = fileURLToPath(new URL('fixtures/keep-forever.ts', import.meta.url))
    const run = 'Deno' in globalThis ? ['run', '-A', '--no-check'] : ['--import', 'tsx']
    const dying = spawn(process.execPath, [...run, child, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => dying.stdout.once('data', resolve))
    dying.kill('SIGKILL')
    await new Promise((resolve) => dying.once('close', resolve))
    for (const sum of await stored())
      assert.equal(sumOf(await readFile(join(folder, 'files', sum), 'utf8')), sum)
    const past = new Date(Date.now() - 3 * 3_600_000)
    await mkdir(join(folder, 'drafts/old/content'), { recursive: true })
    await writeFile(join(folder, 'drafts/new'), 'of another runner')
    await utimes(join(folder, 'drafts/old'), past, past)
    answers.set('/x', tagged('one', '"1"'))
    assert.equal(await fetched('/x'), 'one')
    const left = await readdir(join(folder, 'drafts'))
    assert.deepEqual([left.includes('old'), left.includes('new')], [false, true])
  })

  const noGit = gitBackend() === undefined && 'needs git'
  it('is one commit, which is not fetched again', { skip: noGit }, async () => {
    const source = await temporaryFolder()
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', source, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        encoding: 'utf8',
      }).trim()
    const bare = join(repositories, 'code.git')
    const commit = async (text: string) => {
      await writeFile(join(source, 'run.sh'), text)
      git('add', '.')
      git('commit', '-q', '-m', text)
      return git('rev-parse', 'HEAD')
    }
    git('init', '-q', '-b', 'main')
    const first = await commit('first')
    git('tag', '-a', 'v1', '-m', 'one')
    git('clone', '-q', '--bare', source, bare)
    git('-C', bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
    git('remote', 'add', 'bare', bare)
    const clone = async (ref?: string) => {
      const place = join(work, `given-${files++}`)
      const from = { kind: 'git', url: `${at}/git/code.git`, ...(ref ? { ref } : {}) } as const
      await fetchSource(place, from, { ...options(), cache })
      const inside = (...args: string[]) =>
        execFileSync('git', ['-C', place, ...args], { encoding: 'utf8' }).trim()
      assert.equal(inside('status', '--porcelain'), '')
      assert.equal(inside('rev-list', '--count', 'HEAD'), '1')
      const packs = asked.splice(0).filter((one) => one.endsWith('/git-upload-pack')).length
      // What a name stands for is one request.
      const most = ref !== undefined && /^[0-9a-f]{40}$/.test(ref) ? 0 : 1
      return [await readFile(join(place, 'run.sh'), 'utf8'), packs > most ? 'fetched' : 'kept']
    }
    assert.deepEqual(await clone(), ['first', 'fetched'])
    assert.deepEqual(await clone(), ['first', 'kept'])
    assert.deepEqual(await clone('main'), ['first', 'kept'])
    assert.deepEqual(await clone(first), ['first', 'kept'])
    assert.deepEqual(await clone('v1'), ['first', 'fetched'])
    assert.deepEqual(await clone('v1'), ['first', 'kept'])
    await commit('second')
    git('push', '-q', 'bare', 'main')
    assert.deepEqual(await clone('main'), ['second', 'fetched'])
    assert.deepEqual(await clone('main'), ['second', 'kept'])
    assert.deepEqual(await clone(first), ['first', 'kept'])
    const kept = join(folder, 'repositories', nameOf('git', `${at}/git/code.git`, first))
    const objects = join(kept, 'content/objects')
    const [one = ''] = (await readdir(objects, { recursive: true })).filter((path) =>
      /^[0-9a-f]{2}\/[0-9a-f]{38}$|\.pack$/.test(path),
    )
    execFileSync('chmod', ['u+w', join(objects, one)])
    await writeFile(join(objects, one), 'spoiled')
    assert.deepEqual(await clone(first), ['first', 'fetched'])
    assert.deepEqual(await clone(first), ['first', 'kept'])
  })
})
