/**
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { FlowError } from '../../../src/flow/error.ts'
import { maskPaiSecrets } from '../../../src/flow/parse/pai-edit.ts'
import { parsePaiJob } from '../../../src/flow/parse/pai-job.ts'

const DATA = fileURLToPath(new URL('../../../../shared/data/openpai/', import.meta.url))
const HEAD = `protocolVersion: 2
name: one
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
`
const ROLE = `taskRoles:
  w:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
`
const PLAIN = `${HEAD}${ROLE}    commands: [echo hi]\n`

describe('parsePaiJob', () => {
  it('reads a job with what it does not say as by default', () => {
    const job = parsePaiJob(PLAIN)
    assert.deepEqual([job.name, job.version, job.retries, job.extras.gang], ['one', null, 0, true])
    const [role] = job.roles
    assert.deepEqual(
      [role.name, role.instances, role.minFailed, role.minSucceeded, role.entrypoint],
      ['w', 1, 1, 1, 'echo hi'],
    )
  })

  it('fills in everything but secrets', () => {
    const [role] = parsePaiJob(
      `${HEAD}${ROLE}    commands:
      - ' run <% $parameters.lr %> <% $parameters.a.b[1] %> <% $parameters.zero %> '
      - <% $secrets.k %> <% $parameters.__proto__ %> <%$parameters.off%>
parameters: { lr: 0.1, a: { b: [1, 2] }, zero: 0, off: false }
secrets: { k: v }
`,
    ).roles
    assert.equal(role.entrypoint, 'run 0.1 2 0\n<% $secrets.k %> <% $parameters.__proto__ %> false')
  })

  it('applies the deployment that the defaults name, and no other', () => {
    const [role] = parsePaiJob(
      `${PLAIN}deployments:
  - { name: a, taskRoles: { w: { preCommands: [before], postCommands: [after] } } }
  - { name: b, taskRoles: { w: { preCommands: [other] } } }
defaults: { deployment: a }
`,
    ).roles
    assert.equal(role.entrypoint, 'before\necho hi\nafter')
  })

  it('has plugins and the prerequisites of a role run commands before and after its own', () => {
    const [role] = parsePaiJob(
      `protocolVersion: "2"
name: p
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
  - { name: d, type: data, uri: [http://x/y] }
  - name: load
    type: script
    plugin: com.microsoft.pai.runtimeplugin.cmd
    callbacks:
      - { event: taskStarts, commands: ['get <% $data.uri[0] %>'] }
      - { event: taskSucceeds, commands: [put] }
${ROLE}    commands: [work]
    data: d
    prerequisites: [load]
extras:
  com.microsoft.pai.runtimeplugin:
    - { plugin: cmd, taskroles: [w], parameters: { preCommands: [first] } }
    - { plugin: cmd, taskroles: [other], parameters: { preCommands: [never] } }
`,
    ).roles
    assert.equal(role.script, 'first\nget http://x/y\nwork\nput')
    assert.equal(role.entrypoint, 'work')
  })

  it('wants the data and scripts that a role names, but for those with commands of their own', () => {
    const [role, other] = parsePaiJob(`${HEAD}  - { name: d, type: data, uri: [http://x/y, data/z] }
  - { name: code, type: script, uri: github.com/a/b }
  - { name: more, type: script, uri: http://x/more }
  - { name: load, type: script, plugin: com.microsoft.pai.runtimeplugin.cmd, uri: http://x/load }
  - { name: out, type: output, uri: hdfs://x/out }
${ROLE}    commands: ['get <% $data.uri[0] %>']
    data: d
    script: code
    output: out
    prerequisites: [load, more, code]
  v:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: [work]
`).roles
    assert.deepEqual(
      role.wanted.map(({ prerequisite, named }) => [prerequisite.name, prerequisite.uris, named]),
      [
        ['d', ['http://x/y', 'data/z'], true],
        ['code', ['github.com/a/b'], false],
        ['more', ['http://x/more'], false],
      ],
    )
    assert.deepEqual(other.wanted, [])
  })

  const refused: [what: string, text: string, message: RegExp][] = [
    ['text that is no YAML', 'a: [', /line 1/],
    ['several documents', `${PLAIN}---\na: 1\n`, /one valid YAML document/],
    ['a list', '- 1\n', /The job \(line 1\) should be object/],
    ['a key twice', `${PLAIN}name: two\n`, /line 11/],
    ['an unknown key', `${PLAIN}foo: 1\n`, /foo \(line \d+\) should not be there/],
    [
      'no commands',
      `${HEAD}${ROLE}`,
      /taskRoles\.w \(line 8\) should have required property 'commands'/,
    ],
    [
      'an image that is not there',
      PLAIN.replace('Image: img', 'Image: no'),
      /taskRoles\.w\.dockerImage \(line 8\).*Prerequisite no does not exist\./,
    ],
    [
      'half a core',
      PLAIN.replace('cpu: 1', 'cpu: 0.5'),
      /resourcePerInstance\.cpu \(line 9\) should be integer/,
    ],
    [
      'no instance',
      PLAIN.replace('  w:\n', '  w:\n    instances: 0\n'),
      /taskRoles\.w\.instances \(line 8\) should be >= 1/,
    ],
    ['a role with a dash', PLAIN.replace('  w:', '  w-1:'), /taskRoles\.w-1/],
    [
      'a deployment that is not there',
      `${PLAIN}defaults: { deployment: x }\n`,
      /defaults\.deployment/,
    ],
    [
      'a wrong priority',
      `${PLAIN}extras: { hivedScheduler: { jobPriorityClass: high } }\n`,
      /jobPriorityClass.*crit, prod, test, oppo/,
    ],
    [
      'aliases without end',
      `a: &a [1]\n${Array.from({ length: 9 }, (_, i) => `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${Array.from({ length: 9 }, () => `*${String.fromCharCode(97 + i)}`).join(',')}]`).join('\n')}\n`,
      /too often/,
    ],
  ]
  for (const [what, text, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parsePaiJob(text),
        (error: unknown) => {
          assert.ok(error instanceof FlowError, String(error))
          assert.match(error.message, message)
          return true
        },
      )
    })
  }

  const skip = !existsSync(DATA) && 'the published cases are not on this machine'
  it('judges the published cases as the original does', { skip }, () => {
    const cases = readJson<{ yaml: string; valid: boolean; entrypoint?: string }>(
      'golden-cases.json',
    )
    for (const [name, { yaml, valid, entrypoint }] of Object.entries(cases)) {
      assert.equal(verdict(yaml), valid ? 'valid' : 'refused', name)
      if (valid && entrypoint !== undefined)
        assert.equal(parsePaiJob(yaml).roles[0].entrypoint, entrypoint, name)
    }
    assert.ok(Object.keys(cases).length > 20)
  })
  it('refuses them with the reason that the original gives', { skip }, () => {
    const cases = readJson<{ yaml: string; valid: boolean; message?: string }>('golden-cases.json')
    for (const [name, { yaml, valid, message = '' }] of Object.entries(cases)) {
      if (valid) continue
      // This one is told with the keys there are.
      const said = refusalOf(yaml).replace(
        'should not be there',
        'should NOT have additional properties',
      )
      const reasons = message.startsWith('[')
        ? (JSON.parse(message) as { message: string }[]).map((one) => one.message)
        : [message]
      assert.ok(
        reasons.some((reason) => said.includes(reason)),
        `${name}: "${said}" has none of ${reasons.join(' | ')}`,
      )
    }
  })
  it('judges every published job there is', { skip }, () => {
    const known = Object.keys(readJson('golden-validate-render.json'))
    const jobs = ['examples', 'docs', 'runtime-tests'].flatMap((folder) =>
      readdirSync(`${DATA}${folder}`)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => `${folder}/${name}`),
    )
    assert.deepEqual(known.toSorted(byName), jobs.toSorted(byName))
  })
  it('judges and fills in the published jobs as the original does', { skip }, () => {
    const cases = readJson<{
      valid: boolean
      name: string
      taskRoles?: Record<string, { instances: number; entrypoint: string }>
    }>('golden-validate-render.json')
    for (const [name, expected] of Object.entries(cases)) {
      const text = readFileSync(`${DATA}${name}`, 'utf8')
      assert.equal(verdict(text), expected.valid ? 'valid' : 'refused', name)
      if (!expected.valid) continue
      const job = parsePaiJob(text)
      assert.equal(job.name, expected.name)
      const roles = job.roles.map(({ name: role, instances, entrypoint }) => [
        role,
        { instances, entrypoint },
      ])
      assert.deepEqual(Object.fromEntries(roles), expected.taskRoles, name)
    }
  })
})

describe('maskPaiSecrets', () => {
  it('hides the secrets and leaves the rest as it was written', () => {
    const text = `${HEAD}secrets:\n  k: hidden\n  # a note\n  l:\n    - hidden too\n${ROLE}    commands: [a] # kept\n`
    const masked = maskPaiSecrets(text)
    assert.equal(masked, `${HEAD}secrets: "******"\n${ROLE}    commands: [a] # kept\n`)
  })
  it('leaves a document without secrets alone', () => {
    assert.equal(maskPaiSecrets(PLAIN), PLAIN)
  })
  it('hides the password of a registry, unless it is written as a secret', () => {
    const image = (name: string, password: string) =>
      `  - name: ${name}\n    type: dockerimage\n    uri: registry.example/${name}\n    auth:\n      username: reader\n      password: ${password}\n`
    const text = (first: string) =>
      `${HEAD}${image('one', first)}${image('two', '<% $secrets.k %>')}${ROLE}`
    for (const plain of ['hidden', "'hid''den' # a note", '17', '|\n        hidden\n        17']) {
      const masked = maskPaiSecrets(text(plain))
      assert.ok(masked.includes('password: "******"') && !/hid|17/.test(masked), masked)
      assert.ok(masked.includes('password: <% $secrets.k %>') && masked.includes('reader'), masked)
    }
  })
  it('is not misled by texts that look like keys', () => {
    const text = `${PLAIN}description: "a\n  secrets: no"\n"secrets":\n  k: hidden\n`
    const masked = maskPaiSecrets(text)
    assert.ok(!masked.includes('hidden') && masked.includes('secrets: no'), masked)
    assert.equal(parsePaiJob(PLAIN).name, 'one')
  })
  it('hides those of a document on one line', () => {
    assert.equal(
      maskPaiSecrets('{ a: 1, secrets: { k: v }, b: 2 }'),
      '{ a: 1, secrets: "******", b: 2 }',
    )
  })
  it('hides those at the end, and those on one line', () => {
    assert.equal(maskPaiSecrets(`${PLAIN}secrets: { k: v }\n`), `${PLAIN}secrets: "******"\n`)
  })
})

function verdict(text: string): 'valid' | 'refused' {
  try {
    parsePaiJob(text)
    return 'valid'
  } catch (error) {
    if (!(error instanceof FlowError)) throw error
    return 'refused'
  }
}

function readJson<T>(name: string): Record<string, T> {
  return JSON.parse(readFileSync(`${DATA}${name}`, 'utf8')) as Record<string, T>
}

function refusalOf(text: string): string {
  try {
    parsePaiJob(text)
    return ''
  } catch (error) {
    if (!(error instanceof FlowError)) throw error
    return error.message
  }
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1
}
