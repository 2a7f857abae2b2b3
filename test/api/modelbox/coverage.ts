/**
 * ModelBox: where its tests are, its flow units, and what has to be shown.
 * @module
 */
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { testsOf } from '../../runner/unit/units-page.ts'
import { type ApiPage, claim, type Section } from '../coverage/page.ts'

const SURFACE = 'test/api/modelbox.test.ts'
const GRAPH = 'test/flow/stream/graph.test.ts'
const LOAD = 'test/runner/flow/load.test.ts'

/** ModelBox. */
export const MODELBOX: ApiPage = {
  api: 'modelbox',
  title: 'ModelBox',
  base: '/v1/modelbox',
  tests: [SURFACE, 'test/process/modelbox.process.ts'],
  parameter: /^[\w-]+$/,
  lead: 'Ports and options of the units are in [UNITS.md](../../runner/unit/UNITS.md).',
  sections: () => Promise.resolve(sections()),
}

function sections(): readonly Section[] {
  return [
    {
      heading: 'Flow units',
      head: ['unit', 'kind', 'device'],
      rows: UNITS.map(({ descriptor: { name, kind, device } }) => ({
        cells: [name, kind, device],
        found: testsOf(name).map((path) => ({ path })),
      })).toSorted((a, b) => a.cells[0].localeCompare(b.cells[0])),
    },
    {
      heading: 'What has to be shown',
      head: ['what is shown'],
      rows: [
        claim(
          'The document’s example, over a restart of everything',
          [SURFACE, 'takes the document’s example, runs it, shows it, deletes it'],
          [
            'test/process/modelbox.process.ts',
            'is taken, echoes, outlives a restart of everything, tells of a port in use, and is deleted',
          ],
        ),
        claim('An image over HTTP to the answer of a model', [
          'test/process/flow-image.process.ts',
          'gives what the same arithmetic gives without it, and says at once what is no image',
        ]),
        claim('A video with its number of frames kept', [
          'test/process/flow-video.process.ts',
          'keeps the number of frames and ends as succeeded; a file that is no video fails',
        ]),
        claim('24,000 sessions with failures and slow consumers', [
          LOAD,
          'answers 24,000 sessions once each, with failures, slow consumers and full queues',
        ]),
        claim('Memory within the queues', [
          LOAD,
          'holds no more than its queues, however fast the source and slow the end',
        ]),
      ],
    },
    {
      heading: 'What is refused',
      head: ['what cannot be'],
      rows: [
        claim('A body or a graph that cannot be, with the codes of the document', [
          SURFACE,
          'refuses ${name} with ${wanted}',
        ]),
        claim('A graph with several faults: all are told, each with its place', [
          GRAPH,
          'all are told at once, each with its place',
        ]),
        claim('A request body that is too large', [
          'test/runner/unit/http-hostile.test.ts',
          'is refused while it comes, is not held, and the flow goes on',
        ]),
      ],
    },
  ]
}
