import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  curlOf,
  exampleOf,
  type OpenApi,
  operationsOf,
  typeWords,
} from '../../../views/docs/document.ts'

const DOCUMENT: OpenApi = {
  paths: {
    '/job/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true }],
      post: {
        summary: 'Change a job',
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Change' } } },
        },
        responses: { 200: { description: 'done' } },
      },
    },
  },
  components: {
    schemas: {
      Change: {
        type: 'object',
        required: ['name', 'next'],
        properties: {
          name: { type: 'string', example: "it's" },
          next: { $ref: '#/components/schemas/Change' },
          kind: { enum: ['a', 'b'] },
          many: { type: 'array', items: { type: 'integer' } },
        },
      },
    },
  },
}

describe('OpenAPI document', () => {
  it('operations carry the path they are served at and the parameters of their path', () => {
    const [operation] = operationsOf(DOCUMENT, '/v1')
    assert.equal(operation.path, '/v1/job/{id}')
    assert.equal(operation.method, 'POST')
    assert.deepEqual(
      operation.parameters.map(({ name }) => name),
      ['id'],
    )
    assert.equal(operationsOf({ paths: { '/v1/x': { get: {} } } }, '/v1')[0].path, '/v1/x')
  })

  it('an example of a schema within itself ends', () => {
    const example = JSON.stringify(exampleOf(DOCUMENT, { $ref: '#/components/schemas/Change' }))
    assert.ok(example.length < 400, example)
    assert.match(example, /^\{"name":"it's","next":\{"name":"it's"/)
  })

  it('types are words', () => {
    const words = (schema: object) => typeWords(DOCUMENT, schema)
    assert.equal(
      words({ type: 'array', items: { $ref: '#/components/schemas/Change' } }),
      'array of Change',
    )
    assert.equal(words({ enum: ['a', 'b'] }), '"a" | "b"')
    assert.equal(words({ anyOf: [{ type: 'string' }, { type: 'null' }] }), 'string or null')
    assert.equal(words({ type: ['integer', 'null'] }), 'integer or null')
  })

  it('the command line quotes what a shell would take apart', () => {
    const [operation] = operationsOf(DOCUMENT, '/v1')
    const command = curlOf(DOCUMENT, operation, 'http://h')
    assert.match(command, /^curl -X POST 'http:\/\/h\/v1\/job\/\{id\}' \\\n/)
    assert.ok(command.includes(String.raw`"it'\''s"`), command)
  })
})
