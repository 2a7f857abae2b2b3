/**
 * Which hosts what users name may lead to: those of the public internet, and those of this network that the operator has
 * allowed. It is the address that is connected to which counts, so a name that changes what it stands for between the
 * look and the call gains nothing.
 * @module
 */
import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, isIPv4, isIPv6, type LookupFunction } from 'node:net'

/** Networks that are nobody's on the public internet: RFC 6890 and its registries, multicast, what is reserved. */
const PRIVATE_V4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3`
/** Of version 6 only 2000::/3 is handed out; these are parts of it that lead elsewhere, some into version 4. */
const PRIVATE_V6 =
  '::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 3fff::/20 2620:4f:8000::/48'

const PRIVATE = networksOf(`${PRIVATE_V4} ${PRIVATE_V6}`.split(/\s+/))

/** What an operator allows beside the public internet: addresses, networks, names of hosts; `*` for all there is. */
export interface AllowedHosts {
  readonly names: ReadonlySet<string>
  readonly networks: Networks
  readonly all: boolean
  /** The variable in which they stand. */
  readonly setting: string
}

/** Reads a list of them. Throws RangeError for an entry that is none. */
export function allowedHosts(
  entries: readonly string[],
  setting = 'WEFT_WEBHOOK_HOSTS',
): AllowedHosts {
  const plain = entries.map((entry) => entry.toLowerCase().replace(/^\[(.*)\]$/, '$1'))
  const isNetwork = (entry: string) => isIP(entry.replace(/\/.*/, '')) !== 0
  const names = plain.filter((entry) => !isNetwork(entry) && entry !== '*')
  const odd = names.find((name) => !/^[a-z0-9_]([a-z0-9._-]*[a-z0-9])?$/.test(name))
  if (odd !== undefined)
    throw new RangeError(`${setting}: "${odd}" is no host, address or network as 10.0.0.0/8`)
  return {
    names: new Set(names),
    networks: networksOf(plain.filter(isNetwork), setting),
    all: plain.includes('*'),
    setting,
  }
}

/** A host that the operator has not allowed. */
export class UnreachableHost extends Error {}

/** How a connection to the host of an address finds its way. Throws UnreachableHost for an address that is none of those. */
export function wayTo(allowed: AllowedHosts, url: URL): LookupFunction {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const anyAddress = allowed.all || allowed.names.has(host)
  if (anyAddress) return lookup as LookupFunction
  if (isIP(host) !== 0) requireReachable(allowed, { host, address: host })
  return lookupOf(allowed)
}

/** Whether an address is one of the public internet. */
export function isPublic(address: string): boolean {
  return isIP(address) !== 0 && !isIn(PRIVATE, address)
}

function requireReachable(
  { networks, setting }: AllowedHosts,
  { host, address }: { host: string; address: string },
): void {
  if (isPublic(address) || isIn(networks, address)) return
  const what = host === address ? host : `${host} is ${address}, which`
  throw new UnreachableHost(
    `${what} is not on the public internet: who runs the server can allow it with ${setting}`,
  )
}

/** What names stand for; refuses those of which any address may not be reached. */
function lookupOf(allowed: AllowedHosts): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return done(error, '')
      try {
        for (const { address } of found) requireReachable(allowed, { host, address })
      } catch (refusal) {
        return done(refusal as Error, '')
      }
      const [first] = found
      if (options.all === true) return done(null, found)
      return done(null, first?.address ?? '', first?.family)
    })
  }
}

/** Of each version by itself: one list would take every address of version 4 for one of version 6 as well. */
interface Networks {
  readonly ipv4: BlockList
  readonly ipv6: BlockList
}

function networksOf(entries: readonly string[], setting = ''): Networks {
  const networks = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const most = family === 'ipv4' ? 32 : 128
    const width = bits === undefined ? most : Number(bits)
    if (!/^\d*$/.test(bits ?? '') || width > most)
      throw new RangeError(`${setting}: "${entry}" is no network: up to ${most} bits are counted`)
    networks[family].addSubnet(address, width, family)
  }
  return networks
}

function isIn(networks: Networks, address: string): boolean {
  const plain = embedded(address)
  const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
  return networks[family].check(plain, family)
}

/** An address of version 4 that is written as one of version 6: mapped (RFC 4291), or through a translator (RFC 6052). */
function embedded(address: string): string {
  if (isIPv4(address)) return address
  const bare = address.replace(/%.*$/, '')
  const parts = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const found = /^(?:::ffff:|64:ff9b::)([\da-f]{1,4}):([\da-f]{1,4})$/.exec(parts)
  if (!found) return bare
  const [high, low] = [Number.parseInt(found[1] ?? '', 16), Number.parseInt(found[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
