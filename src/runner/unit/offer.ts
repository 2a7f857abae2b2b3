/**
 * The flow units that this host can run, as the server is told of them.
 * @module
 */
import type { OfferedUnit } from '../../domain/work.ts'
import type { FlowUnit } from '../../flow/stream/unit.ts'

/** The units that lack nothing here, and a sentence for each that does. */
export async function offerUnits(
  units: readonly FlowUnit[],
): Promise<{ readonly offered: readonly OfferedUnit[]; readonly missing: readonly string[] }> {
  const looked = await Promise.all(
    units.map(async ({ descriptor, missing }) => ({ descriptor, lack: await missing?.() })),
  )
  return {
    offered: looked.flatMap(({ descriptor, lack }) => {
      if (lack !== undefined) return []
      const { name, device } = descriptor
      return [{ name, device, descriptor: { ...descriptor } }]
    }),
    missing: looked.flatMap(({ descriptor: { name, device }, lack }) =>
      lack === undefined ? [] : [`Flow unit ${name} (${device}) is not there: ${lack}`],
    ),
  }
}
