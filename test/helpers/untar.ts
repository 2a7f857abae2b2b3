/**
 * Reads tar archives, for tests of what writes them.
 * @module
 */

/** The regular files of an uncompressed ustar archive, with their contents as text. */
export function untar(archive: Uint8Array): Map<string, string> {
  const files = new Map<string, string>()
  const decoder = new TextDecoder()
  let at = 0
  const text = (from: number, length: number) =>
    decoder.decode(archive.subarray(at + from, at + from + length)).split('\u0000')[0]
  while (archive[at] !== 0) {
    if (text(257, 5) !== 'ustar') throw new Error(`No ustar header at ${at}`)
    const stored = Number.parseInt(text(148, 8), 8)
    let sum = 0
    for (let byte = 0; byte < 512; byte++) {
      sum += byte >= 148 && byte < 156 ? 32 : archive[at + byte]
    }
    if (sum !== stored)
      throw new Error(`The header at ${at} has the checksum ${stored}, not ${sum}`)
    const size = Number.parseInt(text(124, 12), 8)
    const path = [text(345, 155), text(0, 100)].filter((part) => part !== '').join('/')
    files.set(path, decoder.decode(archive.subarray(at + 512, at + 512 + size)))
    at += 512 + Math.ceil(size / 512) * 512
  }
  const tail = archive.subarray(at)
  if (tail.length < 1024 || tail.some((byte) => byte !== 0)) throw new Error('No end of archive')
  return files
}

/** The files of a gzipped archive. */
export async function untarGzip(body: ReadableStream<Uint8Array>): Promise<Map<string, string>> {
  const stream = body.pipeThrough(
    new DecompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>,
  )
  return untar(
    new Uint8Array(
      await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
    ),
  )
}
