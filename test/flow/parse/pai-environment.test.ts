/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  paiJobEnvironment,
  type PaiRoleShape,
  paiTaskEnvironment,
} from '../../../src/flow/parse/pai-environment.ts'

const shape = { minFailed: 1, minSucceeded: null, cpu: 2, memoryMb: 512, gpu: 1, shmMb: 64 }
const roles: readonly PaiRoleShape[] = [
  { ...shape, name: 'ps', instances: 1, ports: { grpc: 2 } },
  { ...shape, name: 'worker', instances: 2, ports: {} },
]

describe('the environment of an OpenPAI job', () => {
  it('tells the job and the shape of its roles', () => {
    const env = paiJobEnvironment({ user: 'ann', name: 'a', virtualCluster: 'default', roles })
    assert.equal(env.PAI_JOB_NAME, 'ann~a')
    assert.equal(env.PAI_TASK_ROLE_LIST, 'ps,worker')
    assert.equal(env.PAI_JOB_TASK_COUNT, '3')
    assert.equal(env.PAI_RESOURCE_worker, '1,2,512,64')
    assert.equal(env.PAI_TASK_ROLE_TASK_COUNT_worker, '2')
    assert.equal(env.PAI_MIN_FAILED_TASK_COUNT_ps, '1')
    assert.equal(env.PAI_MIN_SUCCEEDED_TASK_COUNT_ps, '-1')
  })

  it('tells an instance who it is and where all others are', () => {
    const env = paiTaskEnvironment({
      role: 'ps',
      index: 0,
      roles,
      places: [
        { role: 'ps', index: 0, host: '10.0.0.1', ports: [1, 2, 3, 4] },
        { role: 'worker', index: 0, host: '10.0.0.1', ports: [5, 6] },
        { role: 'worker', index: 1, host: '10.0.0.2', ports: [5, 6] },
      ],
      frameworkAttempt: 2,
      taskAttempt: 0,
    })
    assert.equal(env.PAI_HOST_IP_worker_1, '10.0.0.2')
    assert.equal(env.PAI_PORT_LIST_ps_0_grpc, '3,4')
    assert.equal(env.PAI_PORT_LIST_worker_0_http, '6')
    assert.equal(env.PAI_TASK_ROLE_worker_HOST_LIST, '10.0.0.1:6,10.0.0.2:6')
    assert.equal(env.PAI_CONTAINER_HOST_PORT_LIST, 'ssh:1;http:2;grpc:3,4;')
    assert.equal(env.PAI_CONTAINER_HOST_grpc_PORT_LIST, '3,4')
    assert.equal(env.PAI_TASK_ROLE_INSTANCES, 'ps:0,worker:0,worker:1')
    assert.equal(env.FC_FRAMEWORK_ATTEMPT_ID, '2')
  })
})
