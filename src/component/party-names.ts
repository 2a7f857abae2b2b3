/**
 * Names of parties in what models show: `host_10000_3` is the fourth column of host 10000. A model that goes over to
 * other parties gets theirs.
 * @module
 */

/** The new party of an old one, by role. */
export type PartyNames = Readonly<Record<string, ReadonlyMap<string, string>>>

/** `host_10000` or `host_10000_3` with the new party in it; any other text as it is. */
export function renameParty(text: string, names: PartyNames): string {
  const [, role, party, rest] = /^(guest|host|arbiter)_(\d+)(_\d+)?$/.exec(text) ?? []
  const now = role === undefined ? undefined : names[role]?.get(party)
  return now === undefined ? text : `${role}_${now}${rest ?? ''}`
}

/** The same in every key and text of a plain value, and in its `partyId` and `party` of the role that it has, host if none. */
export function renameParties(value: unknown, names: PartyNames): unknown {
  if (typeof value === 'string') return renameParty(value, names)
  if (Array.isArray(value)) return value.map((entry) => renameParties(entry, names))
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const { role = 'host' } = value as { role?: unknown }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]): [string, unknown] => {
      if ((key === 'partyId' || key === 'party') && typeof entry === 'string') {
        return [key, names[String(role)]?.get(entry) ?? entry]
      }
      return [renameParty(key, names), renameParties(entry, names)]
    }),
  )
}
