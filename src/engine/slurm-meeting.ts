/**
 * How jobs that are to know each other's nodes find out: each writes the address of its node into a folder they share,
 * waits for the others there, and fills the addresses into its environment. As lines of the batch script, since only
 * that runs where and when Slurm has decided.
 * @module
 */
import { readdir } from 'node:fs/promises'

import { type Meeting, NO_COMPANY } from './engine.ts'
import { quote } from './slurm-quote.ts'

/** The lines that publish the node's address and read those of the others into variables. */
/** `ended` is the word for the file in which the exit code is kept. */
export function meetingLines(meeting: Meeting, ended: string): string[] {
  const { folder, name, members, waitSeconds, giveUpSeconds } = meeting
  return [
    `meet=${quote(folder)}`,
    `own=${quote(name)}`,
    'node="${SLURMD_NODENAME:-$(hostname)}"',
    'here="$(scontrol show node -o "$node" 2> /dev/null | grep -o " NodeAddr=[^ ]*" | head -n 1 | cut -d = -f 2)"',
    '[ -n "$here" ] || here="$node"',
    'number="$(getent ahostsv4 "$here" 2> /dev/null | head -n 1 | cut -d " " -f 1)"',
    // Many a host knows its own name as a loopback address, which means another host elsewhere.
    'case "$here $number" in 127.*|*" "|*" 127."*) ;; *) here="$number" ;; esac',
    'echo "$here" > "$meet/$own.$me" && mv "$meet/$own.$me" "$meet/$own"',
    'waited=0',
    `for other in ${members.map((member) => quote(member.name)).join(' ')}; do`,
    '  until [ -e "$meet/$other" ]; do',
    ...(waitSeconds === undefined ? [] : [`    [ "$waited" -lt ${waitSeconds} ] || break`]),
    ...(giveUpSeconds === undefined ? [] : giveUpLines(giveUpSeconds, { members, ended })),
    '    sleep 1',
    '    waited=$((waited + 1))',
    // On NFS a file that was not there stays away until its folder is read again.
    '    ls "$meet" > /dev/null',
    '  done',
    'done',
    ...members.flatMap((member, index) => [
      `weft_place_${index}="$(cat "$meet"/${quote(member.name)} 2> /dev/null)"`,
      `[ -n "$weft_place_${index}" ] || weft_place_${index}=${quote(member.otherwise)}`,
    ]),
  ]
}

function giveUpLines(
  seconds: number,
  { members, ended }: { members: Meeting['members']; ended: string },
): string[] {
  return [
    `    if [ "$waited" -ge ${seconds} ]; then`,
    '      absent=',
    `      for each in ${members.map((member) => quote(member.name)).join(' ')}; do`,
    '        [ -e "$meet/$each" ] || absent="$absent $each"',
    '      done',
    `      echo "The cluster has had no room for all instances of the gang at once: after ${seconds} s on node $node there is none for$absent" >&2`,
    // Gone, so that nobody takes this one for present.
    '      rm -f "$meet/$own"',
    // Slurm would take so high a code for a signal.
    `      echo ${NO_COMPANY} > ${ended}.draft && mv ${ended}.draft ${ended}`,
    '      exit 1',
    '    fi',
  ]
}

/** Those that have no node yet, which the others wait for. */
export async function absentFrom(meeting: {
  readonly folder: string
  readonly names: readonly string[]
}): Promise<string[]> {
  const there = new Set(await readdir(meeting.folder).catch(() => []))
  return meeting.names.filter((name) => !there.has(name))
}

/** One word of the script that stands for `text` with the addresses in the place of their marks. */
export function withAddresses(text: string, meeting: Meeting | undefined): string {
  return (meeting?.members ?? []).reduce(
    (word, { mark }, index) => word.replaceAll(mark, `'"$weft_place_${index}"'`),
    quote(text),
  )
}

/** Refuses a meeting whose names or marks could mean anything else. */
export function checkMeeting({ folder, name, members }: Meeting): void {
  for (const one of [name, ...members.map((member) => member.name)])
    if (!/^[\w%~-][\w.%~-]*$/.test(one)) throw new RangeError(`"${one}" is no name in a meeting.`)
  for (const { mark } of members)
    if (!/^[\w-]{8,}$/.test(mark)) throw new RangeError(`"${mark}" is no mark for an address.`)
  if (!folder.startsWith('/')) throw new RangeError(`"${folder}" must be an absolute path.`)
}
