/**
 * Users and groups.
 * @module
 */
import { z } from '@hono/zod-openapi'

import {
  type AccountGroup,
  changeGroup,
  createGroup,
  getGroup,
  listGroups,
  removeGroup,
} from '../../../domain/account-group.ts'
import {
  type Account,
  changeAccount,
  checkPassword,
  clustersOf,
  createAccount,
  getAccount,
  listAccounts,
  removeAccount,
  storagesOf,
} from '../../../domain/account.ts'
import { openStorages } from '../../../domain/framework-room.ts'
import type { AppDeps } from '../../deps.ts'
import type { Api } from '../../surface.ts'
import { requireAdmin, requirePerson } from '../caller.ts'
import { asFault, forbiddenUser, invalidParameters, PaiFault } from '../fault.ts'
import { passwordsOf } from '../passwords.ts'
import { checkFields, paiRoutes, readFields } from '../route.ts'

const Extension = z.record(z.string(), z.unknown())
/** Whether what is not given stays; otherwise it is the whole. */
const Patch = z.boolean().default(false)
const Email = z
  .string()
  .max(320)
  .regex(/^([^\s@]+@[^\s@]+)?$/, 'this is no email address: give one, or an empty text for none')
const Change = z.object({
  email: Email.optional(),
  password: z.string().optional(),
  virtualCluster: z.array(z.string()).optional(),
  grouplist: z.array(z.string()).optional(),
  admin: z.boolean().optional(),
  extension: Extension.optional(),
})
const NewUser = Change.extend({ username: z.string(), password: z.string() })
const Own = z.object({
  username: z.string(),
  email: Email.optional(),
  newPassword: z.string().optional(),
  oldPassword: z.string().optional(),
  extension: Extension.optional(),
})
const Group = z.object({
  groupname: z.string(),
  description: z.string().max(4096).optional(),
  externalName: z.string().max(255).optional(),
  extension: Extension.optional(),
})

const USER_FAULTS = {
  not_found: [404, 'NoUserError'],
  'not_found group': [404, 'NoGroupError'],
  'not_found virtual cluster': [404, 'NoVirtualClusterError'],
  conflict: [409, 'ConflictUserError'],
  forbidden: [403, 'RemoveAdminError'],
} as const
const GROUP_FAULTS = {
  not_found: [404, 'NoGroupError'],
  conflict: [409, 'ConflictGroupError'],
} as const

/** Routes of accounts. */
export function userRoutes(api: Api, deps: AppDeps): void {
  const { db } = deps
  const route = paiRoutes(api, deps)
  const info = async (account: Account) => ({
    username: account.name,
    admin: account.admin,
    virtualCluster: await clustersOf(db, account),
    storageConfig: (await storagesOf(db, account, (await openStorages(db)).keys())).all,
    email: account.email,
    extension: account.extension,
    grouplist: account.groups,
  })

  route('get', '/users', { id: 'user.list', summary: 'All users', also: ['/user'] }, async (c) =>
    c.json(await Promise.all((await listAccounts(db)).map(info))),
  )
  route(
    'post',
    '/users',
    { id: 'user.create', summary: 'Enters a user', also: ['/user'] },
    async (c, caller) => {
      requireAdmin(caller)
      const { username, virtualCluster, grouplist, ...rest } = checkFields(
        NewUser,
        await readFields(c),
      )
      await asFault(USER_FAULTS, () =>
        createAccount(
          db,
          { name: username, virtualClusters: virtualCluster, groups: grouplist, ...rest },
          { passwords: passwordsOf(deps), at: deps.now() },
        ),
      )
      return c.json({ message: 'User is created successfully' }, 201)
    },
  )
  route('put', '/users', { id: 'user.change', summary: 'Changes a user' }, async (c, caller) => {
    requireAdmin(caller)
    const { data, patch } = checkFields(
      z.object({ data: Change.extend({ username: z.string() }), patch: Patch }),
      await readFields(c),
    )
    if (!patch) requireAll(data, ['email', 'virtualCluster', 'admin', 'password', 'extension'])
    await change(data.username, data, patch)
    return c.json({ message: `Update user ${data.username} successfully.` }, 201)
  })
  route(
    'put',
    '/users/me',
    { id: 'user.changeOwn', summary: 'Changes oneself' },
    async (c, caller) => {
      requirePerson(caller)
      const { data, patch } = checkFields(
        z.object({ data: Own, patch: Patch }),
        await readFields(c),
      )
      if (data.username !== caller.name || !caller.account)
        throw forbiddenUser(`User ${caller.name} is not allowed to change ${data.username}.`)
      if (!patch) requireAll(data, ['email', 'newPassword', 'oldPassword', 'extension'])
      const { newPassword, oldPassword = '', ...rest } = data
      if (newPassword !== undefined) {
        const login = { name: caller.name, password: oldPassword }
        if (!(await checkPassword(db, login, passwordsOf(deps))))
          throw new PaiFault(400, 'IncorrectPasswordError', 'Password is incorrect.')
      }
      const password = newPassword === undefined ? {} : { password: newPassword }
      await change(caller.name, { ...rest, ...password }, patch)
      return c.json({ message: `Update user ${caller.name} successfully.` }, 201)
    },
  )
  route(
    'get',
    '/users/:user',
    { id: 'user.get', summary: 'One user', also: ['/user/:user'] },
    async (c) => {
      const name = c.req.param('user') ?? ''
      return c.json(await info(await asFault(USER_FAULTS, () => getAccount(db, name))))
    },
  )
  route(
    'delete',
    '/users/:user',
    { id: 'user.remove', summary: 'Removes a user', also: ['/user/:user'] },
    async (c, caller) => {
      requireAdmin(caller)
      await asFault(USER_FAULTS, () => removeAccount(db, c.req.param('user') ?? '', deps.now()))
      return c.json({ message: 'User is removed successfully' })
    },
  )
  // One field at a time, as older clients have it.
  for (const field of ['grouplist', 'extension', 'virtualcluster', 'password', 'email', 'admin']) {
    route(
      'put',
      `/users/:user/${field}`,
      {
        id: `user.change.${field}`,
        summary: `Changes a user’s ${field}`,
        also: [`/user/:user/${field}`],
      },
      async (c, caller) => {
        const name = c.req.param('user') ?? ''
        const own = name === caller.name && (field === 'email' || field === 'extension')
        if (!own) requireAdmin(caller)
        const fields = await readFields(c)
        const key = field === 'virtualcluster' ? 'virtualCluster' : field
        const value = fields[key] ?? fields[field] ?? fields.newPassword
        if (value === undefined) throw invalidParameters(`The body has no "${key}" to change to`)
        await change(name, checkFields(Change, { [key]: value }))
        return c.json({ message: `Update user ${field} data successfully.` }, 201)
      },
    )
  }
  const Membership = z.object({ groupname: z.string() })
  for (const method of ['put', 'delete'] as const) {
    const joins = method === 'put'
    route(
      method,
      '/users/:user/group',
      {
        id: joins ? 'user.join' : 'user.leave',
        summary: joins ? 'Puts a user into one more group' : 'Takes a user out of a group',
        also: ['/user/:user/group'],
      },
      async (c, caller) => {
        requireAdmin(caller)
        const name = c.req.param('user') ?? ''
        const { groupname } = checkFields(Membership, await readFields(c))
        const { groups } = await asFault(USER_FAULTS, () => getAccount(db, name))
        const others = groups.filter((group) => group !== groupname)
        await change(name, { grouplist: joins ? [...others, groupname] : others })
        const message = joins
          ? `User ${name} is in group ${groupname}.`
          : `User ${name} is not in group ${groupname}.`
        return c.json({ message }, joins ? 201 : 200)
      },
    )
  }

  route(
    'get',
    '/groups',
    { id: 'group.list', summary: 'All groups', also: ['/group'] },
    async (c) => c.json((await listGroups(db)).map(groupInfo)),
  )
  route(
    'post',
    '/groups',
    { id: 'group.create', summary: 'Enters a group', also: ['/group'] },
    async (c, caller) => {
      requireAdmin(caller)
      const { groupname, ...rest } = checkFields(Group, await readFields(c))
      await asFault(GROUP_FAULTS, () => createGroup(db, { name: groupname, ...rest }, deps.now()))
      return c.json({ message: 'group is created successfully' }, 201)
    },
  )
  route('put', '/groups', { id: 'group.change', summary: 'Changes a group' }, async (c, caller) => {
    requireAdmin(caller)
    const { data, patch } = checkFields(
      z.object({ data: Group, patch: Patch }),
      await readFields(c),
    )
    const { groupname, ...rest } = data
    await asFault(GROUP_FAULTS, async () => {
      const { extension } = await getGroup(db, groupname)
      await changeGroup(
        db,
        groupname,
        patch
          ? { ...rest, extension: { ...extension, ...rest.extension } }
          : { description: '', externalName: '', extension: {}, ...rest },
      )
    })
    return c.json({ message: `update group ${groupname} successfully.` }, 201)
  })
  route(
    'get',
    '/groups/:group',
    { id: 'group.get', summary: 'One group', also: ['/group/:group'] },
    async (c) => {
      const name = c.req.param('group') ?? ''
      return c.json(groupInfo(await asFault(GROUP_FAULTS, () => getGroup(db, name))))
    },
  )
  route(
    'delete',
    '/groups/:group',
    { id: 'group.remove', summary: 'Removes a group', also: ['/group/:group'] },
    async (c, caller) => {
      requireAdmin(caller)
      await asFault(GROUP_FAULTS, () => removeGroup(db, c.req.param('group') ?? ''))
      return c.json({ message: 'group is removed successfully' })
    },
  )
  route(
    'get',
    '/groups/:group/userlist',
    { id: 'group.users', summary: 'The users of a group', also: ['/group/:group/userlist'] },
    async (c) => {
      const { name } = await asFault(GROUP_FAULTS, () => getGroup(db, c.req.param('group') ?? ''))
      const members = (await listAccounts(db)).filter(({ groups }) => groups.includes(name))
      return c.json(members.map((one) => ({ username: one.name, alias: one.name })))
    },
  )

  async function change(
    name: string,
    fields: z.infer<typeof Change>,
    patch = false,
  ): Promise<void> {
    const { virtualCluster, grouplist, extension, ...rest } = fields
    await asFault(USER_FAULTS, async () => {
      const kept = patch && extension ? (await getAccount(db, name)).extension : {}
      await changeAccount(db, name, {
        change: {
          ...rest,
          virtualClusters: virtualCluster,
          groups: grouplist,
          extension: extension && { ...kept, ...extension },
        },
        passwords: passwordsOf(deps),
      })
    })
  }
}

/** Refuses a whole that lacks one of these. */
function requireAll(data: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
  const missing = fields.find((field) => data[field] === undefined)
  if (missing !== undefined)
    throw invalidParameters(
      `data.${missing} is required unless patch is true, which leaves alone what is not given`,
    )
}

function groupInfo(group: AccountGroup) {
  return {
    groupname: group.name,
    description: group.description,
    externalName: group.externalName,
    extension: group.extension,
  }
}
