/**
 * The residuals of HeteroSSHELR with several hosts: from shares that add up over all parties to shares between the guest and
 * each host.
 * @module
 */
import { addShares, type Shares, splitShares, wrapShare } from '../../compute/crypto/shared-real.ts'
import type { Address } from '../../federation/channel.ts'
import { blob } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf, hostsOf } from './row-alignment.ts'

const SHARE_BYTES = 20

/**
 * From shares of d that add up over all parties to shares of it between the guest and each host: at the guest one for each
 * host, at a host its own.
 */
export async function shareSlopes(context: TaskContext, slopes: Shares): Promise<Shares[]> {
  const { channel, random } = context
  const hosts = hostsOf(context)
  if (hosts.length === 1) return [slopes]
  const read = async (from: Address): Promise<Shares> =>
    sharesFrom(blob.decode(await channel.receive(from, 'residual_share')), slopes.length, from)
  if (context.role === 'guest') {
    const parts = new Map<Address, Shares>()
    for (const host of hosts) parts.set(host, await read(host))
    return hosts.map((peer) =>
      hosts.reduce(
        (sum, host) => (host === peer ? sum : addShares(sum, parts.get(host) ?? [])),
        slopes,
      ),
    )
  }
  const others = hosts.filter((host) => host !== channel.self)
  const { own, other } = splitShares(slopes, random)
  await channel.send(guestOf(context), 'residual_share', blob.encode(bytesOf(own)))
  for (const host of others) {
    await channel.send(host, 'residual_share', blob.encode(bytesOf(other)))
  }
  let sum = slopes
  for (const host of others) sum = addShares(sum, await read(host))
  return [sum]
}

/** Shares as bytes of one width: their two's complement of 160 bits. */
function bytesOf(shares: Shares): Uint8Array {
  const bytes = new Uint8Array(shares.length * SHARE_BYTES)
  shares.forEach((share, at) => {
    let rest = BigInt.asUintN(8 * SHARE_BYTES, share)
    for (let byte = at * SHARE_BYTES; rest > 0n; byte++, rest >>= 8n)
      bytes[byte] = Number(rest & 255n)
  })
  return bytes
}

function sharesFrom(bytes: Uint8Array, length: number, from: Address): Shares {
  if (bytes.length !== length * SHARE_BYTES)
    throw new Error(`${from} sent a malformed residual_share`)
  return Array.from({ length }, (_, at) => {
    const own = bytes.subarray(at * SHARE_BYTES, (at + 1) * SHARE_BYTES)
    return wrapShare(own.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n))
  })
}
