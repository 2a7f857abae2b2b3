/**
 * A web server from which data, scripts and repositories are fetched.
 * @module
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'

/** What is at `/rows`. */
export const ROWS = 'rows of data\n'

/** Answers as a server of data does, well and badly; `/git/` leads to repositories. */
export function answerFetch(
  request: IncomingMessage,
  response: ServerResponse,
  { repositories, asked }: { repositories: string; asked: string[] },
): void {
  const path = (request.url ?? '').replace(/\?.*/, '')
  asked.push(path)
  const moved = (location: string) => response.writeHead(302, { location }).end()
  if (path.startsWith('/git/')) return serveGit(request, response, repositories)
  if (path.startsWith('/moved-git/'))
    return void moved(`/git/${request.url?.slice('/moved-git/'.length)}`)
  if (path === '/rows') return void response.end(ROWS)
  if (path === '/moved') return void moved('/rows')
  if (path === '/round') return void moved('/round')
  if (path === '/to-file') return void moved('file:///etc/passwd')
  if (path === '/to-private') return void moved('http://10.0.0.1/')
  if (path.startsWith('/busy')) return void response.writeHead(503).end()
  if (path === '/large')
    return void response.writeHead(200, { 'content-length': '100001' }).write('x')
  if (path === '/endless') return void response.end('x'.repeat(200_000))
  if (path === '/silent') return
  if (path === '/stops') return void response.write('x')
  if (path === '/torn') {
    response.writeHead(200, { 'content-length': '10' }).write('x', () => response.destroy())
    return
  }
  if (path === '/drip') {
    const timer = setInterval(() => response.write('x'), 50)
    response.once('close', () => clearInterval(timer))
    return
  }
  response.writeHead(404).end()
}

/** The program of git that speaks for repositories over HTTP; undefined where there is none. */
export function gitBackend(): string | undefined {
  try {
    const folder = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim()
    return existsSync(join(folder, 'git-http-backend'))
      ? join(folder, 'git-http-backend')
      : undefined
  } catch {
    return undefined
  }
}

/** Runs it as a web server does. */
function serveGit(request: IncomingMessage, response: ServerResponse, root: string): void {
  const url = new URL(request.url ?? '', 'http://here')
  const child = spawn(gitBackend() ?? 'false', {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname.slice('/git'.length),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  })
  request.pipe(child.stdin)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('close', () => {
    const all = Buffer.concat(chunks)
    const end = all.indexOf('\r\n\r\n')
    const heads = all.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(
      /^Status: (\d+)/.exec(heads.find((one) => one.startsWith('Status')) ?? '')?.[1] ?? 200,
    )
    response.writeHead(
      status,
      Object.fromEntries(
        heads.filter((one) => !one.startsWith('Status')).map((one) => one.split(': ')),
      ),
    )
    response.end(all.subarray(end + 4))
  })
}
