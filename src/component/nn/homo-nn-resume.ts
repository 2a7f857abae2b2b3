/**
 * What the parties of HomoNN keep of a training, and where they go on from.
 * @module
 */
import { agreeOnOpened } from '../aggregate/opened-sum.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { dataParties } from '../linear/homo-training.ts'
import { arbiterOf } from '../linear/row-alignment.ts'
import { HOMO_NN_ROLES, type HomoNNParam } from './homo-nn-param.ts'
import type { NnRound, NnSpared } from './homo-nn-training.ts'

type Context = TaskContext<HomoNNParam>

/** Where parties may be lost there is a state before the first round too: that one must not be added up again of others. */
export function keep<S extends NnRound>(context: Context, state: S): Promise<void> {
  const { checkpoints, params } = context
  return checkpoints.save(state.losses.length + (params.min_parties === null ? 0 : 1), state)
}

/** Where the parties go on, and what the next round came to already. */
export async function resumeNn<S extends NnRound>(
  context: Context,
  classes?: readonly number[],
): Promise<{
  saved: S | undefined
  opened: Float64Array | undefined
  spared: NnSpared
  /** Whether to keep a state before the first round. */
  first: boolean
}> {
  const found = await agreeOnStep(context, HOMO_NN_ROLES)
  const saved = found?.state as S | undefined
  if (context.params.min_parties === null)
    return { saved, opened: undefined, spared: {}, first: false }
  const contributors = dataParties(context)
  const opened = await agreeOnOpened(context, found, { server: arbiterOf(context), contributors })
  const spared: NnSpared = {
    opened: { of: contributors },
    ...(classes ? { classes } : {}),
  }
  return { saved, opened, spared, first: found === undefined }
}
