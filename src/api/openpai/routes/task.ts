/**
 * Single instances: every try at them, and what each printed.
 * @module
 */
import type { Principal } from '../../../domain/principal.ts'
import type { AppDeps } from '../../deps.ts'
import type { Api } from '../../surface.ts'
import { PaiFault } from '../fault.ts'
import { factsOf, findJob, jobName, versionOf } from '../find.ts'
import { taskHistory, taskStatus } from '../job-detail.ts'
import { answerLog, LOG_NAMES, type LogName, wantsTail } from '../log.ts'
import { type PaiContext, paiRoutes, wholeNumber } from '../route.ts'

const TASK = '/jobs/:name/attempts/:attempt/taskRoles/:role/taskIndex/:index/attempts'

/** Routes of instances. */
export function taskRoutes(api: Api, deps: AppDeps): void {
  const route = paiRoutes(api, deps)

  route(
    'get',
    TASK,
    { id: 'task.attempts', summary: 'Every try at an instance, newest first', query: ['version'] },
    async (c, caller) => {
      const { facts, member } = await findMember(c, caller)
      return c.json({ ...taskStatus(facts, member), attempts: taskHistory(facts, member) })
    },
  )

  route(
    'get',
    `${TASK}/:try/logs`,
    { id: 'task.logs', summary: 'Where logs are', query: ['tail-mode', 'tailMode', 'version'] },
    async (c, caller) => {
      const { facts, one, path } = await findTry(c, caller)
      const query = new URLSearchParams({ version: String(facts.framework.version) })
      if (wantsTail(c)) query.set('tail-mode', 'true')
      return c.json({
        locations: LOG_NAMES.map((name) => ({
          name,
          uri: `${facts.base}${path}/${one.number - 1}/logs/${name}?${query}`,
        })),
      })
    },
  )

  route(
    'get',
    `${TASK}/:try/logs/:log`,
    {
      id: 'task.log',
      summary: 'What a try printed; with follow=true until it ends',
      query: ['tail-mode', 'tailMode', 'follow', 'version'],
    },
    async (c, caller) => {
      const { facts, one } = await findTry(c, caller)
      const name = c.req.param('log') ?? ''
      if (!LOG_NAMES.includes(name as LogName)) throw noLog(name)
      const jobId = facts.framework.jobId
      return answerLog(c, deps, { jobId, attemptId: one.id, name: name as LogName })
    },
  )

  async function findMember(c: PaiContext, caller: Principal) {
    const role = c.req.param('role') ?? ''
    const index = wholeNumber(c.req.param('index'), 'The index of a task')
    const framework = await findJob(deps, caller, { name: jobName(c), version: versionOf(c) })
    const attempt = c.req.param('attempt')
    const facts = await factsOf(deps, c, { framework, attempt, role, index })
    const member = facts?.members[0]
    if (!facts || !member)
      throw new PaiFault(
        404,
        'NoTaskError',
        `Task ${role}[${index}] of attempt ${attempt} of job ${jobName(c)} is not found.`,
      )
    return { facts, member }
  }

  async function findTry(c: PaiContext, caller: Principal) {
    const { facts, member } = await findMember(c, caller)
    const wanted = c.req.param('try') ?? ''
    const one =
      wanted === 'latest'
        ? member.tries.at(-1)
        : member.tries.find(({ number }) => String(number - 1) === wanted)
    if (!one) throw noLog(`of attempt ${wanted}`)
    const { framework, attempt } = facts
    const path = `/api/v2/jobs/${framework.owner}~${framework.name}/attempts/${attempt.number}/taskRoles/${member.role}/taskIndex/${member.index}/attempts`
    return { facts, one, path }
  }
}

function noLog(what: string): PaiFault {
  return new PaiFault(404, 'NoTaskLogError', `Log ${what} of the task is not found.`)
}
