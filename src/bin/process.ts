/**
 * What every entry does with its process: report a failed start in one sentence, stop cleanly on a signal.
 * @module
 */

/** One signal may come from several sides at once: the terminal, the service manager, and npm, which passes it on. */
const SAME_MS = 1000

/** Whether a signal at a time is another one than that of the first time, in milliseconds. */
export function isAnother(first: number, at: number): boolean {
  return at - first >= SAME_MS
}

/** The oldest major version of Node that has what is used here. */
const OLDEST_NODE = 22

/** Tells a runner to stop when its standard input ends. */
export const WHILE_HELD = '--while-held'

/** Runs an entry; a failure to start is printed without a stack and ends the process with 1. */
export function runMain(main: () => Promise<void>): void {
  const start = async () => {
    checkVersion(process.versions.node)
    await main()
  }
  start().catch((error: unknown) => {
    console.error(`weft: ${error instanceof Error ? error.message : String(error)}`)
    if (process.env['WEFT_LOG_LEVEL'] === 'debug') console.error(error)
    process.exit(1)
  })
}

/** Throws a sentence where this Node is too old. */
export function checkVersion(version: string): void {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return
  throw new Error(
    `This is Node ${version}, and Weft needs ${OLDEST_NODE} or newer: run it through npm ("npm start"), which has the right one after "npm ci"`,
  )
}

/** Why nothing can listen at a place, in a sentence; undefined for what nobody foresaw. */
export function listenFault(
  code: string | undefined,
  place: string,
  { host, remedy }: { host: string; remedy: string },
): string | undefined {
  if (code === 'EADDRINUSE') return `${place} is taken: stop what listens there, or ${remedy}`
  if (code === 'EACCES')
    return `${place} is not for this user: give it CAP_NET_BIND_SERVICE, or ${remedy}`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `WEFT_HOST is "${host}", which is no address of this machine: name one, or 0.0.0.0 for all`
  return undefined
}

/**
 * Calls `stop` once on SIGINT or SIGTERM and exits with 0; a second signal, a second or more later, exits at once. Answers a function that does
 * the same without a signal.
 */
export function onStop(stop: (signal: NodeJS.Signals) => Promise<void>): () => void {
  let stopping: number | undefined
  const end = (signal: NodeJS.Signals) => {
    if (stopping !== undefined) return
    stopping = performance.now()
    stop(signal).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`weft: could not stop cleanly: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  const handle = (signal: NodeJS.Signals) => {
    if (stopping !== undefined && isAnother(stopping, performance.now())) process.exit(130)
    end(signal)
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
  return () => end('SIGTERM')
}
