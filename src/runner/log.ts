/**
 * The runner's own log, as pino has it. What a task says goes to its job instead.
 * @module
 */

export interface RunnerLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
