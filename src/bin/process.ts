/**
 * What every entry does with its process: report a failed start in one sentence, stop cleanly on a signal.
 * @module
 */

/** Runs an entry; a failure to start is printed without a stack and ends the process with 1. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(`weft: ${error instanceof Error ? error.message : String(error)}`)
    if (process.env['WEFT_LOG_LEVEL'] === 'debug') console.error(error)
    process.exit(1)
  })
}

/**
 * Calls `stop` once on SIGINT or SIGTERM and exits with 0; a second signal exits at once. Answers a function that does
 * the same without a signal.
 */
export function onStop(stop: (signal: NodeJS.Signals) => Promise<void>): () => void {
  let stopping = false
  const end = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    stop(signal).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`weft: could not stop cleanly: ${String(error)}`)
        process.exit(1)
      },
    )
  }
  const handle = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130)
    end(signal)
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
  return () => end('SIGTERM')
}
