/**
 * A party's part of a model as a file: a manifest with the digest of every other file, what each component learnt, and
 * the same once more in plain JSON for people.
 *
 *     manifest.json          what the model is, and the SHA-256 of each file below
 *     manifest.sha256        the SHA-256 of the manifest
 *     parts/<component>.json what is imported, as data directories keep it
 *     plain/<component>.json { param, meta } in the original's words
 *
 * The digests tell an archive that was damaged or changed; they are no signature, and say nothing of who made it.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { type Artifact, listArtifacts } from '../../domain/artifact.ts'
import type { LearntModel } from '../../domain/catalog.ts'
import { DomainError, forbidden, invalid, notFound, unavailable } from '../../domain/error.ts'
import { type ImportedPart, importModel } from '../../domain/model-import.ts'
import { explainModel, findModel, type ModelVersion } from '../../domain/model.ts'
import { listTasks, type Task } from '../../domain/task.ts'
import type { AppDeps, FileStore } from '../deps.ts'
import { describeProblems, toProblems } from '../issue.ts'
import type { TarEntry } from '../tar.ts'
import { untarGzip } from '../untar.ts'
import { readModelText } from './model-text.ts'

/** A party's part of a version of a model. */
export interface PartName {
  readonly modelId: string
  readonly version: string
  readonly role: string
  readonly party: string
}

/** Bytes of an archive once it is unpacked. */
const MOST_BYTES = 128 * 1024 * 1024
const MOST_FILES = 2001
const FORMAT = 'weft model 1'

const Name = z.string().regex(/^[\w.-]{1,128}$/, 'expected letters, digits, ".", "_" and "-"')
const Party = z.string().regex(/^\d{1,32}$/)
const Digest = z.string().regex(/^[0-9a-f]{64}$/)
const Open = z.record(z.string(), z.unknown())

const Manifest = z.object({
  format: z.literal(FORMAT),
  modelId: z.string().regex(/^[\w#.-]{1,512}$/),
  version: Name,
  /** The training whose components these are; another one than the version where that was deployed. */
  trainedBy: Name,
  role: z.enum(['guest', 'host', 'arbiter', 'local']),
  party: Party,
  members: z.record(z.string(), z.array(Party).max(1000)),
  pipeline: Open,
  components: z
    .array(
      z.object({
        name: Name,
        module: z.string().max(128),
        model: z.string().max(256),
        params: Open,
        run: z.boolean(),
        position: z.int().min(0),
        part: Digest.nullable(),
        plain: Digest.nullable(),
      }),
    )
    .max(1000),
})
type Manifest = z.output<typeof Manifest>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What components learnt, in plain JSON by their names. */
export async function plainModel(
  deps: AppDeps,
  name: PartName,
): Promise<Record<string, { param: unknown; meta: unknown }>> {
  const { tasks, artifacts } = await readPart(deps, name)
  return Object.fromEntries(
    tasks.flatMap((task) => {
      const artifact = artifacts.get(task.id)
      return artifact ? [[task.name, plainOf(artifact)]] : []
    }),
  )
}

/** The files of an archive. Throws a sentence where the part is not to be had. */
export async function modelEntries(deps: AppDeps, name: PartName): Promise<TarEntry[]> {
  const { model, tasks, artifacts } = await readPart(deps, name)
  const files = new Map<string, Uint8Array>()
  const components: Manifest['components'] = []
  for (const task of tasks) {
    if (task.spec.type !== 'component') continue
    const { name: component, position } = task
    const { module, params, run } = task.spec
    const artifact = artifacts.get(task.id)
    const common = { name: component, module, params, run, position }
    if (!artifact) {
      components.push({ ...common, model: '', part: null, plain: null })
      continue
    }
    const part = encoder.encode(
      await readModelText(deps, { jobId: model.jobId, name, component, artifact }),
    )
    const plain = encoder.encode(JSON.stringify(plainOf(artifact), null, 2))
    files.set(`parts/${component}.json`, part)
    files.set(`plain/${component}.json`, plain)
    components.push({
      ...common,
      model: String(artifact.summary['name']),
      part: await digest(part),
      plain: await digest(plain),
    })
  }
  const manifest: Manifest = {
    format: FORMAT,
    modelId: name.modelId,
    version: name.version,
    trainedBy: model.jobId,
    role: name.role as Manifest['role'],
    party: name.party,
    members: model.members,
    pipeline: model.pipeline,
    components,
  }
  const text = encoder.encode(JSON.stringify(manifest, null, 2))
  const all: [string, Uint8Array][] = [
    ['manifest.json', text],
    ['manifest.sha256', encoder.encode(await digest(text))],
    ...files,
  ]
  return all.map(([path, bytes]) => ({
    path,
    size: bytes.length,
    modifiedAt: model.createdAt,
    content: [bytes],
  }))
}

/** Takes a part in, all of it or nothing. Throws a sentence for an archive that is not as it was exported. */
export async function importArchive(
  deps: AppDeps,
  body: ReadableStream<Uint8Array>,
  options: { readonly expect: Partial<PartName>; readonly force: boolean },
): Promise<PartName> {
  const files = diskOf(deps)
  const path = /^(manifest\.json|manifest\.sha256|(parts|plain)\/[\w.-]{1,128}\.json)$/
  const found = await untarGzip(body, { bytes: MOST_BYTES, files: MOST_FILES, path })
  const manifest = await readManifest(found)
  const { modelId, version, role, party } = manifest
  for (const [key, wanted] of Object.entries(options.expect)) {
    const given = manifest[key as keyof PartName]
    if (wanted === undefined || wanted === given) continue
    throw invalid(
      `The archive has the ${key} "${given}", not "${wanted}": send that of the part you mean`,
    )
  }
  const parts: ImportedPart[] = []
  const texts: { node: string; text: string }[] = []
  for (const component of manifest.components) {
    const { name: node, part: wanted, plain, position, module, params, run, model } = component
    const entry = deps.catalog.get(module)
    if (!entry) throw invalid(`The archive has a component "${module}", which this server has not`)
    const preview = await checked(found, { path: `plain/${node}.json`, wanted: plain })
    const text = await checked(found, { path: `parts/${node}.json`, wanted })
    if (text !== undefined) texts.push({ node, text })
    parts.push({
      node,
      position,
      work: {
        type: 'component',
        module,
        params: entry.parseParams(params),
        members: manifest.members,
        data: [],
        models: [],
        run,
      },
      model: text === undefined ? null : { name: model, preview: JSON.parse(preview ?? 'null') },
    })
  }
  const known =
    2 +
    manifest.components.reduce(
      (sum, { part, plain }) => sum + Number(part !== null) + Number(plain !== null),
      0,
    )
  if (known !== found.size) throw invalid('The archive has files that its manifest does not name')
  await importModel(
    deps.db,
    {
      ...manifest,
      jobId: manifest.trainedBy,
      site: files.site ?? '',
      parts,
      force: options.force,
      owner: deps.owner,
    },
    async () => {
      for (const { node, text } of texts) {
        await files.saveModel({ jobId: manifest.trainedBy, role, party, node }, text)
      }
    },
  )
  return { modelId, version, role, party }
}

async function readManifest(files: ReadonlyMap<string, Uint8Array>): Promise<Manifest> {
  const text = files.get('manifest.json')
  const told = files.get('manifest.sha256')
  if (!text || !told) throw invalid('The archive has no manifest: send what model/export answered')
  if (decoder.decode(told).trim() !== (await digest(text))) throw tampered('manifest.json')
  const value = parseJson(decoder.decode(text), 'manifest.json')
  const parsed = Manifest.safeParse(value)
  if (parsed.success) {
    const { role, party, members } = parsed.data
    if (members[role]?.includes(party)) return parsed.data
    throw invalid(`The archive is of ${role} ${party}, which is no member of its own model`)
  }
  throw invalid(describeProblems(toProblems(parsed.error, value), 'manifest.json'))
}

/** A file that the manifest names, unless it is another one. */
async function checked(
  files: ReadonlyMap<string, Uint8Array>,
  { path, wanted }: { path: string; wanted: string | null },
): Promise<string | undefined> {
  const bytes = files.get(path)
  if (wanted === null && bytes === undefined) return undefined
  if (bytes === undefined) throw invalid(`The archive lacks ${path}, which its manifest names`)
  if ((await digest(bytes)) !== wanted) throw tampered(path)
  const text = decoder.decode(bytes)
  parseJson(text, path)
  return text
}

/** A party's part: the work of its components, and what they learnt. Throws where it is not to be had. */
export async function readPart(
  deps: AppDeps,
  name: PartName,
): Promise<{
  model: ModelVersion
  tasks: readonly Task[]
  artifacts: ReadonlyMap<string, Artifact>
}> {
  const { modelId, version, role, party } = name
  const model = await findModel(deps.db, { modelId, version })
  if (!model) {
    throw notFound(
      `There is no model ${modelId} of version ${version}: job/config of its training tells both`,
    )
  }
  const unusable = explainModel(model)
  if (unusable !== undefined) throw invalid(unusable)
  if (!model.members[role]?.includes(party)) {
    throw notFound(`Model ${modelId} version ${version} has no part at ${role} ${party}`)
  }
  const all = await listTasks(deps.db, model.jobId)
  const tasks = all.filter((task) => task.role === role && task.party === party)
  const ids = new Set(tasks.map(({ id }) => id))
  const found = await listArtifacts(deps.db, { jobId: model.jobId })
  const artifacts = new Map(
    found
      .filter(({ kind, taskId }) => kind === 'model' && ids.has(taskId))
      .map((artifact) => [artifact.taskId, artifact]),
  )
  for (const { preview } of artifacts.values()) {
    // The policy that hides what was learnt hides the file too.
    if (preview === null) {
      throw forbidden(`${role} ${party} keeps its models to itself: they are on its own runner`)
    }
  }
  return { model, tasks, artifacts }
}

/** The disk that models are taken in on. Throws where this server has none. */
export function diskOf({ files }: AppDeps): FileStore & Required<Pick<FileStore, 'saveModel'>> {
  if (files?.saveModel && files.site !== undefined) return { ...files, saveModel: files.saveModel }
  throw unavailable('This server has no disk and takes no models: import them where a runner works')
}

/** What a component learnt as clients read it. */
export function plainOf({ preview }: Artifact): Pick<LearntModel, 'param' | 'meta'> {
  const { param = {}, meta = {} } = (preview ?? {}) as Partial<LearntModel>
  return { param, meta }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DomainError('invalid', `${path} in the archive is not JSON`, { cause })
  }
}

function tampered(path: string): DomainError {
  return invalid(
    `${path} in the archive is not what was exported (its SHA-256 differs): nothing was imported`,
  )
}

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
