/**
 * The answer task: writes the predictions of a file of ids into a file beside the others below the export directory.
 * @module
 */
import type { AnswerSpec } from '../domain/work.ts'
import { exportPath } from './data/export-path.ts'
import { writeAtomically } from './data/file.ts'
import { loadFrame } from './data/frame-store.ts'
import { answerPath, readIds } from './data/ids-file.ts'
import { outputLocation } from './data/path.ts'
import type { Job } from './job.ts'

const LINES_AT_ONCE = 4096

/**
 * Writes `<id>,<score>` a line, with `|` between the scores of several classes and `NaN` for an id that some client
 * does not have; all of the file or nothing. Rejects with a sentence for the user.
 */
export async function runAnswer({ task, settings, line }: Job, spec: AnswerSpec): Promise<void> {
  const { role, party, node, ids: file } = spec
  // The task was placed by its own party, and may not speak for another.
  if (task.party !== party) throw new Error(`The predictions of ${party} are not ${task.party}'s`)
  const place = outputLocation({ jobId: task.jobId, role, party, node }, 'table')
  const frame = await loadFrame(settings.dataDir, place)
  if (!frame) throw new Error(`${node} left no predictions at ${role} ${party}: start it again`)
  const { ids, headed } = await readIds(file, settings.importRoots)
  const target = answerPath(file.path, settings.importRoots)
  const path = await exportPath(target, settings.exportDir)
  const rows = new Map(frame.ids.map((id, row) => [id, row]))
  const scores = frame.columns.map(({ values }) => values)
  const heading = frame.columns.map(({ name }) => name).join('|')
  await writeAtomically(path, async (out) => {
    if (headed) await out.writeFile(`${file.heading},${heading}\n`)
    for (let start = 0; start < ids.length; start += LINES_AT_ONCE) {
      line.signal.throwIfAborted()
      const part = ids.slice(start, start + LINES_AT_ONCE).map((id) => {
        const row = rows.get(id)
        const found = scores.map((values) => (row === undefined ? 'NaN' : String(values[row])))
        return `${id},${found.join('|')}\n`
      })
      await out.writeFile(part.join(''))
    }
  })
  const known = ids.reduce((count, id) => count + Number(rows.has(id)), 0)
  const text = `Wrote ${ids.length} predictions to ${target}, ${ids.length - known} of them NaN`
  line.report({ type: 'log', level: 'info', text })
  line.report({
    type: 'metric',
    namespace: 'inference',
    name: 'answers',
    points: [
      ['ids', ids.length],
      ['known', known],
    ],
    meta: { name: 'answers', metric_type: 'DOWNLOAD' },
  })
}
