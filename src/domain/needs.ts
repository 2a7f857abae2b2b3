/**
 * What a task may ask for.
 * @module
 */
import type { Needs } from '../db/table/job.ts'
import { invalid } from './error.ts'

/** Refuses what nobody can mean, naming the task. */
export function checkNeeds(task: string, needs: Needs): void {
  const { cores, labels = {}, engine } = needs
  if (cores !== undefined && !(Number.isFinite(cores) && cores > 0)) {
    throw invalid(`Task ${task} asks for ${cores} cores: ask for a number above 0, or leave it out`)
  }
  for (const name of ['memoryMb', 'gpus', 'ports'] as const) {
    const much = needs[name]
    if (much === undefined || (Number.isSafeInteger(much) && much >= 0)) continue
    throw invalid(`Task ${task} asks for ${name} ${much}: ask for a whole number`)
  }
  for (const [key, value] of Object.entries(labels)) {
    if (key !== '' && typeof value === 'string') continue
    throw invalid(`Task ${task} asks for a label ${key || '(empty)'}: labels are names with a text`)
  }
  if (engine === '') throw invalid(`Task ${task} names an empty engine: name one, or leave it out`)
}
