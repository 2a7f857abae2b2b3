/**
 * OpenPAI: where its tests are, and what has to be shown of it.
 * @module
 */
import { type ApiPage, claim, type Section } from '../coverage/page.ts'

const UNIT = 'test/api/openpai/openpai.test.ts'
const PROCESS = 'test/process/openpai.process.ts'
const PROTOCOL = 'test/flow/parse/pai-job.test.ts'
const CLIENT = 'test/pai/cli.pai.ts'

/** OpenPAI. */
export const OPENPAI: ApiPage = {
  api: 'openpai',
  title: 'OpenPAI',
  base: '/api/v2',
  bases: ['/rest-server/api/v2', '/rest-server/api/v1', '/api/v1'],
  tests: [
    'test/api/openpai',
    'test/process/openpai.process.ts',
    'test/process/large-log.process.ts',
    'test/pai',
    'test/container',
    'test/slurm/openpai.slurm.ts',
  ],
  parameter: /^[\w~.-]+$/,
  lead: 'The four GETs of the internal document are `/jobs/{name}` and those of `/frameworks`. `test/pai` is the original’s own command line.',
  sections: () => Promise.resolve(shown()),
}

function shown(): readonly Section[] {
  return [
    {
      heading: 'What has to be shown',
      head: ['what is shown'],
      rows: [
        claim(
          'The document’s four GETs of a job that failed, was tried twice again and succeeded',
          [UNIT, 'tells of a job that failed, was tried again twice and succeeded'],
          [PROCESS, 'one that fails twice and then succeeds is seen so in the four GETs'],
        ),
        claim('The same of a job with two versions', [
          UNIT,
          'has versions, each with attempts of its own',
        ]),
        claim('Every key of the document', [UNIT, 'has every key of the document']),
        claim('The codes of the document', [UNIT, 'answers with the codes of the document']),
        claim(
          'The golden cases of the job protocol',
          [PROTOCOL, 'judges the published cases as the original does'],
          [PROTOCOL, 'refuses them with the reason that the original gives'],
          [PROTOCOL, 'judges and fills in the published jobs as the original does'],
        ),
        claim(
          'The original’s command line logs in, submits, lists, reads and stops a job',
          [CLIENT, 'submits a job and reads how it ended'],
          [CLIENT, 'lists jobs, and a job that was stopped through its library'],
          [CLIENT, 'reads what was submitted, and lists what others have'],
        ),
        claim('Workers find their parameter server; one of them is killed and tried again', [
          PROCESS,
          'workers find their parameter server; when one is killed ${what}',
        ]),
        claim('The same on a real Slurm', [
          'test/slurm/openpai.slurm.ts',
          'workers find their parameter server; when one is killed ${what}',
        ]),
      ],
    },
    {
      heading: 'What is refused',
      head: ['what cannot be'],
      rows: [
        claim('A document that is not valid, at its path', [PROTOCOL, 'refuses ${what}']),
        claim('More than any runner has, when it is submitted', [
          UNIT,
          'refuses what cannot be, and says why',
        ]),
        claim(
          'What is not one’s own',
          [UNIT, 'may change their own jobs only, and only what they are allowed'],
          [CLIENT, 'is told why it may not'],
        ),
        claim('A log of a gigabyte in memory', [
          'test/process/large-log.process.ts',
          'is kept on disk, and read in pieces',
        ]),
      ],
    },
  ]
}
