/**
 * Logins of registries: they travel among the secrets of a job, which only the runner of a task gets and nobody keeps.
 * @module
 */
import type { PaiJob } from './pai-job.ts'
import { renderPai } from './pai-template.ts'

/** Who fetches an image. */
export interface ImageLogin {
  /** Empty for docker's own. */
  readonly registry: string
  readonly username: string
  readonly password: string
}

type Secrets = Readonly<Record<string, unknown>>

/** No template can name this. */
const KEY = 'image logins'

/** The secrets of a job together with the logins of its roles' images. */
export function withLogins(job: PaiJob): Secrets {
  const logins = job.roles.flatMap(({ name, auth }) => {
    if (auth === null) return []
    const text = (key: string) => renderPai(auth[key] ?? '', { secrets: job.secrets })
    const [registry, username, password] = ['registryuri', 'username', 'password'].map(text)
    return [[name, { registry, username, password }] as const]
  })
  return logins.length === 0 ? job.secrets : { ...job.secrets, [KEY]: Object.fromEntries(logins) }
}

/** What templates may name, and apart from it the login of the role's image. */
export function withoutLogin(
  all: Secrets,
  role: string,
): { readonly secrets: Secrets; readonly login: ImageLogin | undefined } {
  const { [KEY]: logins = {}, ...secrets } = all
  const own = logins as Readonly<Record<string, ImageLogin>>
  return { secrets, login: Object.hasOwn(own, role) ? own[role] : undefined }
}
