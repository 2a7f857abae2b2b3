/**
 * Works: where its tests are, what SQL runs without Flink, and what has to be shown.
 * @module
 */
import { CASES, FILES } from '../../flink/cases.ts'
import { placesOf, testFiles } from '../coverage/mention.ts'
import { type ApiPage, claim, type Row, type Section } from '../coverage/page.ts'

const DOCUMENT = 'test/process/works-document.process.ts'
const LOCAL = 'test/process/works-local.process.ts'
const ENGINE = 'test/flink/engine.flink.ts'
const TICK = 'test/domain/works-tick.test.ts'
const UNIT = 'test/api/works/works.test.ts'

/** Works. */
export const WORKS: ApiPage = {
  api: 'works',
  title: 'works',
  base: '/api/v1/works',
  tests: ['test/api/works', DOCUMENT, LOCAL, 'test/flink'],
  parameter: /^[0-9a-f]{32}$/,
  lead: 'What is called `test/flink` runs on a real Flink.',
  sections: () => Promise.resolve(sections()),
}

function sections(): readonly Section[] {
  const { length } = CASES
  return [
    {
      heading: 'What has to be shown',
      head: ['what is shown'],
      rows: [
        claim('Document, creating', [
          DOCUMENT,
          '0: a work is created with every parameter of the table',
        ]),
        claim('Document, reading', [
          DOCUMENT,
          '1: it is read with every key of the sample, in its order',
        ]),
        claim('Document, changing', [
          DOCUMENT,
          '2: the sample of a change is refused as it is written, and taken without its commas',
        ]),
        claim('Document, deleting', [DOCUMENT, '3: it is deleted, and is not found from then on']),
        claim('Document, list and search', [
          DOCUMENT,
          '4 and 5: it is listed and found, as a bare array',
        ]),
        claim('Document, tasks', [
          DOCUMENT,
          '6 and 7: its tasks, asked for with the body of the sample, and one of them in detail',
        ]),
        claim('On a real Flink, a batch of SQL', [
          ENGINE,
          'run a batch of statements, one after the other, and keep the rows of a query',
        ]),
        claim('On a real Flink, a stream with a savepoint, and one that goes on from it', [
          ENGINE,
          'run an endless stream, write a savepoint, stop with one, and go on from it',
        ]),
        claim('On a real Flink, a JAR', [
          ENGINE,
          'run the main class of a JAR with its parameters',
        ]),
        claim('On a real Flink, one that is stopped', [
          ENGINE,
          'stop at their time limit, at the cluster as well',
        ]),
        claim('On a real Flink, one whose cluster was killed', [
          ENGINE,
          'have failed when the cluster was killed and knows their job no more',
        ]),
        claim('Nothing twice by a runner that was killed', [
          LOCAL,
          'is begun again by another runner, and has written everything once',
        ]),
        claim('A schedule fires once, whoever looks', [
          TICK,
          'fire once, whoever looks, and again an hour later',
        ]),
        claim('A server that was down fires what is due once', [
          TICK,
          'fire what is due once after nobody was there for a day',
        ]),
        claim('500 that are due at once', [
          TICK,
          'fire 500 that are due at once in seconds, of which `bench works-fire` tells how many',
        ]),
        claim('Summer time', [TICK, 'counts no time twice and leaves none out']),
      ],
    },
    {
      heading: 'What is refused',
      head: ['what cannot be'],
      rows: [
        claim('A comma too many, with its place', [
          DOCUMENT,
          '2: the sample of a change is refused as it is written, and taken without its commas',
        ]),
        claim('A field that cannot be, by its name', [UNIT, 'refuses ${what}']),
        claim('A page that cannot be', [UNIT, 'refuses ?${query} by the name of the field']),
        claim('A JAR without a cluster', [UNIT, 'refuses a JAR where no cluster is, by name']),
        claim('SQL that is not there without Flink, with line and column', [
          'test/api/works/check.test.ts',
          'has ${what}, at its line and column',
        ]),
      ],
    },
    {
      heading: 'SQL without Flink',
      lead: `Each of these ${length + FILES.length} is asked of a real Flink and of the engine that is built in: names, types and rows have to be the same.`,
      head: ['construct'],
      rows: [...constructs('CASES', CASES), ...constructs('FILES', FILES)],
    },
  ]
}

/** Rows of a list that a test goes through. */
function constructs(list: string, cases: readonly { readonly name: string }[]): readonly Row[] {
  const found = placesOf(testFiles(['test/flink']), new RegExp(`\\bof ${list}\\) \\{`, 'g'))
  return cases.map(({ name }) => ({ cells: [name], found }))
}
