/**
 * Where the members of a component go on after some of them were stopped.
 *
 * Every member keeps its state after each step, the latest two. No step ends without all of them, so one that was
 * stopped is at most one step behind the others, and there is a step that all have. Were there none, because one lost
 * its directory or is done already, all start over: what is computed is the same either way.
 * @module
 */
import { address, type Address, type Disclosure } from '../federation/channel.ts'
import { json } from '../federation/codec.ts'
import type { Checkpoint, Role, TaskContext } from './define.ts'

/** The messages of `agreeOnStep`, to be declared by a component that uses it with the same roles. */
export function checkpointMessages(
  roles: readonly Role[],
): Record<'saved_steps' | 'resume_step', Disclosure> {
  return {
    saved_steps: {
      kind: 'plain',
      from: roles,
      to: [roles[0]],
      reveals: 'After which steps the sender has kept its state: how far an earlier try came.',
    },
    resume_step: {
      kind: 'plain',
      from: [roles[0]],
      to: roles,
      reveals: 'The step after which all members go on.',
    },
  }
}

/**
 * The latest state that every member has one of, or undefined where all start at the beginning. All members in `roles`
 * call it at the same place of their protocol; the first party of the first role asks the others and decides.
 */
export async function agreeOnStep(
  context: TaskContext,
  roles: readonly Role[],
): Promise<Checkpoint | undefined> {
  const { channel, checkpoints, members } = context
  const [leader, ...others] = roles.flatMap((role) =>
    (members[role] ?? []).map((party) => address(role, party)),
  )
  const own = await checkpoints.load()
  const steps = own.map(({ step }) => step)
  const agreed =
    channel.self === leader
      ? await decide(context, { steps, others })
      : await ask(context, { steps, leader })
  if (agreed === null) return undefined
  const found = own.find(({ step }) => step === agreed)
  if (!found) {
    throw new Error(`${leader} goes on after step ${agreed}, of which ${channel.self} has no state`)
  }
  context.log('info', `Goes on after step ${agreed} of an earlier attempt`)
  return found
}

async function decide(
  { channel }: TaskContext,
  { steps, others }: { steps: readonly number[]; others: readonly Address[] },
): Promise<number | null> {
  let common = steps
  for (const from of others) {
    const theirs = json.decode(await channel.receive(from, 'saved_steps'))
    if (!Array.isArray(theirs)) throw new Error(`${from} sent malformed saved_steps`)
    common = common.filter((step) => theirs.includes(step))
  }
  const agreed = common.length === 0 ? null : Math.max(...common)
  for (const to of others) await channel.send(to, 'resume_step', json.encode(agreed))
  return agreed
}

async function ask(
  { channel }: TaskContext,
  { steps, leader }: { steps: readonly number[]; leader: Address },
): Promise<number | null> {
  await channel.send(leader, 'saved_steps', json.encode([...steps]))
  const agreed = json.decode(await channel.receive(leader, 'resume_step'))
  if (agreed === null || typeof agreed === 'number') return agreed
  throw new Error(`${leader} sent a malformed resume_step`)
}
