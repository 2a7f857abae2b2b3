/**
 * Archives of models in a folder of this host, where `model/store` puts them and `model/restore` finds them again:
 *
 *     <folder>/<model id>/<version>/<role>@<party>.tar.gz
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { ModelShelf, ShelvedPart } from '../api/deps.ts'
import { randomId } from '../domain/id.ts'
import { absent } from '../runner/absent.ts'
import { segment } from '../runner/data/path.ts'

const FILE = /^([a-z]+)@(\d{1,32})\.tar\.gz$/

/** The archives below `folder`, which is made when the first is put there. */
export function modelShelf(folder: string): ModelShelf {
  const folderOf = ({ modelId, version }: { modelId: string; version: string }) =>
    join(folder, segment(modelId), segment(version))
  const pathOf = (part: ShelvedPart) => {
    const name = `${part.role}@${part.party}.tar.gz`
    if (!FILE.test(name)) throw new TypeError(`${part.role} ${part.party} is no party of a model`)
    return join(folderOf(part), name)
  }
  return {
    async put(part, body) {
      const path = pathOf(part)
      await mkdir(dirname(path), { recursive: true })
      const draft = `${path}.${randomId()}`
      try {
        const target = createWriteStream(draft, { flags: 'wx', mode: 0o600 })
        await pipeline(Readable.fromWeb(body as never), target)
        const { size } = await stat(draft)
        await rename(draft, path)
        return size
      } finally {
        await rm(draft, { force: true })
      }
    },
    async list(model) {
      const names = (await readdir(folderOf(model)).catch(absent)) ?? []
      const sorted = names.toSorted((a, b) => a.localeCompare(b))
      return sorted.flatMap((name) => {
        const [, role, party] = FILE.exec(name) ?? []
        return role === undefined ? [] : [{ ...model, role, party }]
      })
    },
    async open(part) {
      return Readable.toWeb(createReadStream(pathOf(part))) as ReadableStream<Uint8Array>
    },
  }
}
