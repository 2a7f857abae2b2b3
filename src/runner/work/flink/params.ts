/**
 * The parameters of a work, as the `flink` command has them: `-Dkey=value` sets up the job, all others are its own.
 * @module
 */

export interface Params {
  readonly configuration: Readonly<Record<string, string>>
  readonly args: readonly string[]
}

/** Tells the two apart. */
export function splitParams(params: readonly string[]): Params {
  const configuration: Record<string, string> = {}
  const args: string[] = []
  for (const param of params) {
    const found = /^-D([\w.$-]+)=(.*)$/s.exec(param)
    if (found) configuration[String(found[1])] = String(found[2])
    else args.push(param)
  }
  return { configuration, args }
}
