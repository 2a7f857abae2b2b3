/**
 * Job documents that the console writes: examples, and the one that the form of the common case means.
 * @module
 */
import { stringify } from 'yaml'

import type { CommonValues } from '../../../views/openpai/submit.tsx'

const HEAD = (name: string) => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - { name: image, type: dockerimage, uri: 'python:3.12' }
`
const HOST = `extras:
  weft:
    host: true # a process of the host; without it the image is run
`

/** Documents to start from, by name. */
export const EXAMPLES: Readonly<Record<'single' | 'distributed' | 'parameters', string>> = {
  single: `${HEAD('hello')}taskRoles:
  main:
    instances: 1
    dockerImage: image
    resourcePerInstance: { cpu: 1, memoryMB: 256, gpu: 0 }
    commands:
      - echo "hello from $PAI_JOB_NAME"
${HOST}`,
  distributed: `${HEAD('distributed')}jobRetryCount: 1
taskRoles:
  ps:
    instances: 1
    dockerImage: image
    resourcePerInstance: { cpu: 1, memoryMB: 256, gpu: 0, ports: { sync: 1 } }
    commands:
      - echo "serving on $PAI_HOST_IP_ps_0 $PAI_PORT_LIST_ps_0_sync"
      - sleep 600
  worker:
    instances: 3
    completion: { minFailedInstances: 1, minSucceededInstances: 3 } # the end of all workers ends the job
    dockerImage: image
    resourcePerInstance: { cpu: 1, memoryMB: 256, gpu: 0 }
    commands:
      - echo "worker $PAI_CURRENT_TASK_ROLE_CURRENT_TASK_INDEX works with $PAI_HOST_IP_ps_0"
${HOST}`,
  parameters: `${HEAD('parameters')}jobRetryCount: 2
parameters:
  rate: 0.1
secrets:
  key: write it here
taskRoles:
  train:
    instances: 1
    dockerImage: image
    resourcePerInstance: { cpu: 1, memoryMB: 512, gpu: 0 }
    commands:
      - echo "learning rate <% $parameters.rate %>"
      - KEY='<% $secrets.key %>' env | grep -c '^KEY='
${HOST}`,
}

/** The document of the common case, or what is wrong with its fields. */
export function commonDocument(
  values: CommonValues,
): { text: string } | { errors: Readonly<Record<string, string>> } {
  const errors: Record<string, string> = {}
  const number = (name: keyof CommonValues, least: number): number => {
    if (!/^\d{1,9}$/.test(values[name]) || Number(values[name]) < least)
      errors[name] = `Give a whole number, ${least} or more.`
    return Number(values[name])
  }
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(values.name))
    errors['name'] = 'A name has letters, digits, _ and -.'
  const command = values.command.replaceAll('\r\n', '\n').trim()
  if (command === '') errors['command'] = 'Give the command that is to run.'
  const role = {
    instances: number('instances', 1),
    dockerImage: 'image',
    resourcePerInstance: {
      cpu: number('cpu', 0),
      memoryMB: number('memoryMB', 0),
      gpu: number('gpu', 0),
    },
    commands: [command],
  }
  const { image, virtualCluster, priority } = values
  const job = {
    protocolVersion: 2,
    name: values.name,
    type: 'job',
    jobRetryCount: number('retries', 0),
    prerequisites: [{ name: 'image', type: 'dockerimage', uri: image === '' ? 'none' : image }],
    taskRoles: { main: role },
    defaults: { virtualCluster },
    extras: {
      ...(image === '' ? { weft: { host: true } } : {}),
      ...(priority === '' ? {} : { hivedScheduler: { jobPriorityClass: priority } }),
    },
  }
  return Object.keys(errors).length > 0 ? { errors } : { text: stringify(job) }
}
