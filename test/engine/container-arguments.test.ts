/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  containerName,
  createArguments,
  environmentFile,
  fullName,
  loginFile,
  pullArguments,
} from '../../src/engine/container-arguments.ts'
import { read } from '../../src/engine/container-life.ts'
import type { ContainerRequest, ProcessSpec } from '../../src/engine/engine.ts'

const container: ContainerRequest = {
  image: 'registry.example:5000/team/net:1.2',
  shmMb: 512,
  network: true,
  mounts: [{ source: '/srv/data', target: '/mnt/data', readOnly: true }],
}
const spec = {
  name: 'job_task',
  command: { argv: ['/bin/run', '--fast', 'two words'] },
  cwd: '/srv/work',
  resources: { cpus: 1.5, memoryMb: 300, gpus: ['0', 'GPU-5'] },
  container,
} satisfies ProcessSpec
const place = {
  program: 'docker',
  name: 'weft-x',
  envFile: '/srv/env',
  scriptFile: null,
  labels: { 'weft.owner': 'a.1.2' },
  limits: true,
} as const

describe('what podman and docker are told', () => {
  it('names image, limits, devices, folders and the program, each as one argument', () => {
    const args = createArguments(spec, place)
    assert.equal(args[0], 'create')
    for (const arg of [
      '--name=weft-x',
      '--pull=never',
      '--network=host',
      '--cpus=1.5',
      '--memory=300m',
      '--memory-swap=300m',
      '--shm-size=512m',
      '--gpus="device=0,GPU-5"',
      '--env-file=/srv/env',
      '--label=weft.owner=a.1.2',
      '--security-opt=no-new-privileges',
      '--cap-drop=ALL',
      '--mount=type=bind,source=/srv/work,target=/weft/work',
      '--mount=type=bind,source=/srv/data,target=/mnt/data,readonly',
    ])
      assert.ok(args.includes(arg), arg)
    assert.deepEqual(args.slice(-4), [
      '--entrypoint=/bin/run',
      container.image,
      '--fast',
      'two words',
    ])
    assert.ok(!args.some((arg) => /privileged$|^--pid|^--ipc|SYS_ADMIN|NET_/.test(arg)))
  })

  it('gives podman devices by their names, and limits only where they can be kept', () => {
    const args = createArguments(spec, { ...place, program: 'podman', limits: false })
    assert.deepEqual(
      args.filter((arg) => /^--(device|gpus|cpus|memory)/.test(arg)),
      ['--device=nvidia.com/gpu=0', '--device=nvidia.com/gpu=GPU-5'],
    )
  })

  it('runs a script by what its first line names, else by a shell', () => {
    const of = (script: string) => {
      const args = createArguments(
        { ...spec, command: { script } },
        { ...place, scriptFile: '/srv/script' },
      )
      assert.ok(args.includes('--mount=type=bind,source=/srv/script,target=/weft/script,readonly'))
      return args.slice(args.findIndex((arg) => arg.startsWith('--entrypoint')))
    }
    assert.deepEqual(of('#!/usr/bin/env python3\nprint()'), [
      '--entrypoint=/usr/bin/env',
      container.image,
      'python3',
      '/weft/script',
    ])
    assert.deepEqual(of('echo\n#!/bin/no'), [
      '--entrypoint=/bin/sh',
      container.image,
      '/weft/script',
    ])
  })

  for (const image of ['', '--privileged', 'a b', 'a\nb', '-v/:/host', 'a;b'])
    it(`refuses ${JSON.stringify(image)} as an image`, () => {
      const bad = { ...spec, container: { ...container, image } }
      assert.throws(() => createArguments(bad, place), /is no name of an image/)
      assert.throws(() => pullArguments(image, { program: 'podman', folder: null }), /no name/)
    })

  for (const target of ['mnt', '/a,readonly=false', '/a/../b', '/a"b'])
    it(`refuses to mount at ${target}`, () => {
      const mounts = [{ source: '/srv', target, readOnly: true }]
      const bad = { ...spec, container: { ...container, mounts } }
      assert.throws(() => createArguments(bad, place), /cannot be mounted/)
    })

  it('writes the environment line by line, hides devices that were not given', () => {
    const env = { set: { A: '1 "2" #3', B: '' } }
    assert.equal(
      environmentFile({ ...spec, env }),
      'OMP_NUM_THREADS=1\nCUDA_VISIBLE_DEVICES=0,1\nA=1 "2" #3\nB=\n',
    )
    assert.equal(
      environmentFile({ ...spec, resources: {} }),
      'CUDA_VISIBLE_DEVICES=\nNVIDIA_VISIBLE_DEVICES=void\n',
    )
    assert.throws(
      () => environmentFile({ ...spec, env: { set: { A: 'x\nB=y' } } }),
      /several lines/,
    )
  })

  it('completes names as docker does', () => {
    assert.equal(fullName('busybox'), 'docker.io/library/busybox')
    assert.equal(fullName('python:3.12'), 'docker.io/library/python:3.12')
    assert.equal(fullName('team/net'), 'docker.io/team/net')
    for (const image of ['localhost/a', 'quay.io/a/b', 'host:5000/a'])
      assert.equal(fullName(image), image)
  })

  it('a login is in a file and never among the arguments', () => {
    const login = {
      registry: 'https://registry.example:5000/v2/',
      username: 'me',
      password: 'secret',
    }
    assert.deepEqual(JSON.parse(loginFile(login)), {
      auths: { 'registry.example:5000': { auth: btoa('me:secret') } },
    })
    assert.deepEqual(Object.keys(JSON.parse(loginFile({ ...login, registry: '' })).auths), [
      'https://index.docker.io/v1/',
      'docker.io',
    ])
    const from = { folder: '/srv/login' }
    const podman = pullArguments('team/net', { ...from, program: 'podman' })
    assert.deepEqual(podman, ['pull', '--authfile=/srv/login/config.json', 'docker.io/team/net'])
    const docker = pullArguments('team/net', { ...from, program: 'docker' })
    assert.deepEqual(docker, ['--config=/srv/login', 'pull', 'team/net'])
    const args = createArguments({ ...spec, container: { ...container, login } }, place)
    assert.doesNotMatch(args.join(' '), /secret|bWU6c2VjcmV0/)
  })

  it('names a container after its task, in words that both take', () => {
    assert.equal(containerName('j1_attempt-0:w:1', '0123456789'), 'weft-j1-attempt-0-w-1-01234567')
  })
})

describe('what the state of a container means', () => {
  const state = {
    Running: false,
    OOMKilled: false,
    ExitCode: 0,
    StartedAt: '2026-01-01T00:00:00Z',
  }
  const of = (more: Partial<typeof state> & { Error?: string }) => {
    const { reason, exitCode } = read({ ...state, ...more }, { spec, code: 125, lastWords: '' })
    return [reason, exitCode]
  }
  const never = '0001-01-01T00:00:00Z'

  it('tells ends, limits, and what never began apart', () => {
    assert.deepEqual(of({}), ['exited', 0])
    assert.deepEqual(of({ ExitCode: 139 }), ['exited', 139])
    assert.deepEqual(of({ ExitCode: 137, OOMKilled: true }), ['memory-limit', 137])
    assert.deepEqual(of({ OOMKilled: true }), ['exited', 0])
    assert.deepEqual(of({ Running: true }), ['lost', null])
    assert.deepEqual(of({ StartedAt: never, Error: 'no space' }), ['failed-to-start', null])
    assert.deepEqual(of({ StartedAt: never, Error: 'exec: "x": not found' }), ['exited', 127])
  })
})
