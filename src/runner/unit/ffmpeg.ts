/**
 * ffmpeg as a child process: whether it is there, what it may read, what it says when it fails.
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { promisify } from 'node:util'

import type { UnitHost } from '../../flow/stream/unit.ts'

/** A file can name no other file, and a stream no file. */
const FILE_FORMATS =
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,h264,hevc,m4v,ivf,ogg,asf,nut,yuv4mpegpipe,gif,av1,obu,mjpeg'
const NET_PROTOCOLS =
  'http,https,httpproxy,tcp,tls,udp,rtp,rtcp,rtsp,rtsps,rtmp,rtmps,rtmpt,srt,crypto'
const NET_SCHEMES = /^(https?|rtsps?|rtmps?|rtmpt|srt|udp|tcp|rtp):\/\//i

/** A line of its log: who says it, how bad it is, what it is. */
const LINE = /^(\[[^\]]+ @ [^\]]+\] )?\[(\w+)\] (.*)$/
const COMPLAINTS = new Set(['error', 'fatal', 'panic'])

let looked: Promise<string | undefined> | undefined

/** Why videos cannot be worked on here. */
export function lackOfFfmpeg(): Promise<string | undefined> {
  looked ??= promisify(execFile)('ffmpeg', ['-version']).then(
    () => undefined,
    () => 'the program ffmpeg is not installed on this host: install it, or put it into the PATH',
  )
  return looked
}

/** Whether a source or a destination is reached over the network rather than a file. */
export function isNetwork(url: string): boolean {
  return NET_SCHEMES.test(url)
}

/** The options that let ffmpeg read this source and no other; a file has to be where flows may read. */
export async function sourceOptions(url: string, host: UnitHost): Promise<string[]> {
  if (isNetwork(url)) {
    const overTcp = /^rtsps?:/i.test(url) ? ['-rtsp_transport', 'tcp'] : []
    return ['-protocol_whitelist', NET_PROTOCOLS, ...overTcp, '-i', url]
  }
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]
  if (scheme !== undefined && scheme.toLowerCase() !== 'file')
    throw new Error(
      `Videos are not read from "${scheme}:": name a file, http, https, rtsp, rtmp or srt`,
    )
  const path = await host.readable(url.replace(/^file:(\/\/)?/i, ''))
  return ['-protocol_whitelist', 'file', '-format_whitelist', FILE_FORMATS, '-i', `file:${path}`]
}

export interface Ffmpeg {
  readonly input: Writable
  readonly output: Readable
  /** Resolves when it has ended, with what it complained of last where it failed. */
  readonly ended: Promise<string | undefined>
  kill(): void
}

/**
 * Starts ffmpeg; it ends with `signal`. Line by line, `told` hears what it says of its input and its output, and `listed`
 * what it writes to `pipe:3`.
 */
export function startFfmpeg(
  args: readonly string[],
  signal: AbortSignal,
  {
    told,
    listed,
  }: { readonly told?: (line: string) => void; readonly listed?: (line: string) => void } = {},
): Ffmpeg {
  const level = told ? ['-nostats', '-loglevel', 'level+info'] : ['-loglevel', 'level+error']
  const child: ChildProcess = spawn(
    'ffmpeg',
    ['-hide_banner', '-nostdin', ...level, '-y', ...args],
    { stdio: ['pipe', 'pipe', 'pipe', ...(listed ? ['pipe' as const] : [])] },
  )
  const [input, output, errors, list] = child.stdio as unknown as [
    Writable,
    Readable,
    Readable,
    Readable | undefined,
  ]
  if (list && listed) createInterface({ input: list }).on('line', listed)
  const words: string[] = []
  createInterface({ input: errors }).on('line', (line) => {
    const [, component = '', kind, text] = LINE.exec(line) ?? [line, '', 'error', line]
    if (kind === 'info') told?.(text)
    if (!COMPLAINTS.has(kind)) return
    words.push((component + text).slice(0, 400))
    if (words.length > 4) words.shift()
  })
  // It may end before it has read everything; why is told by how it ends.
  input.on('error', () => undefined)
  const kill = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  const ended = once(child, 'close').then(
    ([code, by]) => {
      signal.removeEventListener('abort', kill)
      if (code === 0) return undefined
      return words.at(-1) ?? `ffmpeg ended with ${by ?? `code ${code}`}`
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  return { input, output, ended, kill }
}

/**
 * Writes and waits while the pipe is full and more than two of these wait for it; gives up quietly where the reader has
 * gone.
 */
export async function writeAll({ input, ended }: Ffmpeg, bytes: Uint8Array): Promise<void> {
  if (input.destroyed || input.write(bytes) || input.writableLength <= 2 * bytes.length) return
  const drained = Promise.withResolvers<void>()
  input.once('drain', drained.resolve)
  input.once('close', drained.resolve)
  await Promise.race([drained.promise, ended])
  input.off('drain', drained.resolve)
  input.off('close', drained.resolve)
}
