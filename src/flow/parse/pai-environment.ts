/**
 * The environment variables by which programs of an OpenPAI job know themselves and find each other.
 * @module
 */

/** A role as the variables tell of it. */
export interface PaiRoleShape {
  readonly name: string
  readonly instances: number
  readonly minFailed: number | null
  readonly minSucceeded: number | null
  readonly cpu: number
  readonly memoryMb: number
  readonly gpu: number
  readonly shmMb: number
  /** How many ports by label, in the order in which they are given. */
  readonly ports: Readonly<Record<string, number>>
}

/** Where an instance of a role runs. */
export interface PaiPlace {
  readonly role: string
  readonly index: number
  readonly host: string
  /** In the order of the labels of its role. */
  readonly ports: readonly number[]
}

/** Every role has these beside its own. */
const COMMON = { ssh: 1, http: 1 }

/** The labels of a role with the number of their ports, in the order in which they are given. */
export function paiPorts(own: Readonly<Record<string, number>>): Record<string, number> {
  return { ...COMMON, ...own }
}

/** What is the same for all attempts: the job and its shape. */
export function paiJobEnvironment(job: {
  readonly user: string
  readonly name: string
  readonly virtualCluster: string
  readonly roles: readonly PaiRoleShape[]
}): Record<string, string> {
  const { user, name, virtualCluster, roles } = job
  const framework = `${user}~${name}`
  const tasks = String(roles.reduce((sum, role) => sum + role.instances, 0))
  const names = roles.map((role) => role.name).join(',')
  return {
    PAI_FRAMEWORK_NAME: framework,
    PAI_JOB_NAME: framework,
    PAI_USER_NAME: user,
    PAI_USERNAME: user,
    PAI_DEFAULT_FS_URI: '',
    PAI_VIRTUAL_CLUSTER: virtualCluster,
    PAI_TASKS_NUM: tasks,
    PAI_JOB_TASK_COUNT: tasks,
    PAI_TASK_ROLES_NUM: String(roles.length),
    PAI_JOB_TASK_ROLE_COUNT: String(roles.length),
    PAI_TASK_ROLE_COUNT: String(roles.length),
    PAI_JOB_TASK_ROLE_LIST: names,
    PAI_TASK_ROLE_LIST: names,
    FC_FRAMEWORK_NAME: framework,
    ...Object.fromEntries(roles.flatMap(ofRole)),
  }
}

function ofRole(role: PaiRoleShape): [string, string][] {
  const { name, gpu, cpu, memoryMb, shmMb } = role
  return [
    [`PAI_TASK_ROLE_TASK_COUNT_${name}`, String(role.instances)],
    [`PAI_RESOURCE_${name}`, [gpu, cpu, memoryMb, shmMb].join(',')],
    [`PAI_MIN_FAILED_TASK_COUNT_${name}`, String(role.minFailed ?? -1)],
    [`PAI_MIN_SUCCEEDED_TASK_COUNT_${name}`, String(role.minSucceeded ?? -1)],
  ]
}

/** What one instance is told of itself and of the places of all that have one. */
export function paiTaskEnvironment(task: {
  readonly role: string
  readonly index: number
  readonly roles: readonly Pick<PaiRoleShape, 'name' | 'ports'>[]
  readonly places: readonly PaiPlace[]
  readonly frameworkAttempt: number
  readonly taskAttempt: number
}): Record<string, string> {
  const { role, index, roles, places } = task
  const labels = new Map(roles.map(({ name, ports }) => [name, paiPorts(ports)]))
  const labelled = places.map((place) => ({
    ...place,
    byLabel: deal(place.ports, labels.get(place.role) ?? {}),
  }))
  const self = labelled.find((place) => place.role === role && place.index === index)
  const own = self?.byLabel ?? {}
  return {
    PAI_CURRENT_TASK_ROLE_NAME: role,
    PAI_CURRENT_TASK_ROLE_CURRENT_TASK_INDEX: String(index),
    PAI_TASK_INDEX: String(index),
    FC_TASKROLE_NAME: role,
    FC_TASK_INDEX: String(index),
    FC_FRAMEWORK_ATTEMPT_ID: String(task.frameworkAttempt),
    FC_TASK_ATTEMPT_ID: String(task.taskAttempt),
    PAI_TASK_ROLE_INSTANCES: places.map((one) => `${one.role}:${one.index}`).join(','),
    ...Object.fromEntries(
      labelled.flatMap((place) => [
        [`PAI_HOST_IP_${place.role}_${place.index}`, place.host],
        ...Object.entries(place.byLabel).flatMap(([label, ports]) => [
          [`PAI_PORT_LIST_${place.role}_${place.index}_${label}`, ports.join(',')],
          [`PAI_${place.role}_${place.index}_${label}_PORT`, ports.join(',')],
        ]),
      ]),
    ),
    ...Object.fromEntries(
      [...Map.groupBy(labelled, (place) => place.role)].map(([name, members]) => [
        `PAI_TASK_ROLE_${name}_HOST_LIST`,
        members.map(({ host, byLabel }) => `${host}:${byLabel.http?.[0] ?? ''}`).join(','),
      ]),
    ),
    ...(self
      ? {
          PAI_CURRENT_CONTAINER_IP: self.host,
          PAI_CONTAINER_HOST_IP: self.host,
          PAI_CURRENT_CONTAINER_PORT: String(own.http?.[0] ?? ''),
          PAI_CONTAINER_HOST_PORT: String(own.http?.[0] ?? ''),
          PAI_CONTAINER_SSH_PORT: String(own.ssh?.[0] ?? ''),
          PAI_CONTAINER_HOST_PORT_LIST: Object.entries(own)
            .map(([label, ports]) => `${label}:${ports.join(',')};`)
            .join(''),
        }
      : {}),
    ...Object.fromEntries(
      Object.entries(own).map(([label, ports]) => [
        `PAI_CONTAINER_HOST_${label}_PORT_LIST`,
        ports.join(','),
      ]),
    ),
  }
}

/** The ports by label, as many as each has. */
export function deal(
  ports: readonly number[],
  labels: Readonly<Record<string, number>>,
): Record<string, number[]> {
  let next = 0
  return Object.fromEntries(
    Object.entries(labels).map(([label, count]) => [label, ports.slice(next, (next += count))]),
  )
}
