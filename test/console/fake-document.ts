/**
 * A small OpenAPI document with the shapes that documentation has to show.
 * @module
 */
import type { DocsSource } from '../../src/console/docs.tsx'

/** One operation with a parameter, a nested body and two answers. */
export function fakeDocument(): DocsSource {
  return {
    name: 'fake',
    title: 'A small API',
    path: '/v9',
    load: () =>
      Promise.resolve({
        openapi: '3.1.0',
        info: { title: 'Fake', version: '1', description: 'For `tests` only <script>' },
        paths: {
          '/thing': {
            post: {
              summary: 'Makes a thing',
              parameters: [
                { name: 'dry', in: 'query', required: true, schema: { type: 'boolean' } },
              ],
              requestBody: {
                content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
              },
              responses: { 200: { description: 'made' }, 404: { description: 'no such place' } },
            },
          },
        },
        components: {
          schemas: {
            Thing: {
              type: 'object',
              required: ['name'],
              properties: {
                name: { type: 'string', description: 'What it is called' },
                inner: { $ref: '#/components/schemas/Inner' },
                again: { $ref: '#/components/schemas/Thing' },
              },
            },
            Inner: {
              type: 'object',
              properties: { depth: { type: 'integer', minimum: 1, maximum: 9 } },
            },
          },
        },
      }),
  }
}
