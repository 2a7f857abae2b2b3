/**
 * What there is of FedLearn beside its endpoints: algorithms, matches, parameters; and what has to be shown of it.
 * @module
 */
import {
  ALGORITHM_NAMES,
  type AlgorithmName,
  algorithmOf,
  algorithmParams,
} from '../../../src/api/fedlearn/algorithms.ts'
import { MATCH_ALIASES, MATCH_NAMES, matchMethod } from '../../../src/api/fedlearn/match-method.ts'
import { trainerOf } from '../../../src/api/fedlearn/trainer.ts'
import { type Evidence, placesOf, testFiles } from '../coverage/mention.ts'
import type { ApiPage, Row } from '../coverage/page.ts'
import { componentFiles, componentTests } from '../fate/coverage.ts'
import { shown } from './coverage-claims.ts'
import { TRIALS } from './parameter-cases.ts'

const TESTS = ['test/api/fedlearn', 'test/process']

/** FedLearn. */
export const FEDLEARN: ApiPage = {
  api: 'fedlearn',
  title: 'FedLearn',
  base: '/api',
  tests: TESTS,
  parameter: /^$/,
  lead: 'What is called `test/process` runs on real processes: an app, three clients with a runner each.',
  async sections() {
    return [
      {
        heading: 'Algorithms',
        head: ['name', 'trained as', 'parameters'],
        rows: await algorithmRows(),
      },
      { heading: 'Ways to match ids', head: ['name', 'what really runs'], rows: matchRows() },
      {
        heading: 'Parameters',
        lead: 'Each is tried with a training that has it and one that has not: what is learnt, which metrics there are or what is warned of has to differ.',
        head: ['parameter', 'what may be sent', 'default'],
        rows: parameterRows(),
      },
      ...shown(),
    ]
  },
}

async function algorithmRows(): Promise<readonly Row[]> {
  const files = await componentFiles()
  return ALGORITHM_NAMES.map((name) => {
    const { algorithm, module } = trainerOf(name)
    const own = algorithm === name
    const count = algorithmParams(algorithm).length
    return {
      cells: [name, own ? `the component \`${module}\`` : algorithm, own ? String(count) : ''],
      found: [
        ...(own ? componentTests(module, files.get(module) ?? '') : []),
        ...named(name),
        ...(own ? [] : inEvery(/ALGORITHM_NAMES/g, name)),
      ],
    }
  })
}

function matchRows(): readonly Row[] {
  return [...MATCH_NAMES, ...Object.keys(MATCH_ALIASES)].map((name) => {
    const method = matchMethod(name)
    const own = method?.name === name
    return {
      cells: [name, own ? (method?.protocol ?? '') : `as ${method?.name}`],
      found: named(name),
    }
  })
}

function parameterRows(): readonly Row[] {
  const [effects] = testFiles(['test/api/fedlearn/parameter-effect.test.ts'])
  const outside = 'test/api/fedlearn/parameter-rows.test.ts'
  const [tried] = placesOf([effects], /it\(`of \$\{field\} /g)
  return Object.keys(TRIALS).flatMap((name) => {
    const algorithm = name as AlgorithmName
    return algorithmParams(algorithm).map(({ field, describe, defaultValue, type }) => ({
      cells: [
        `${algorithm} ${field}`,
        type === 'NUMS' ? describe.join(' to ') : describe.join(', '),
        String(defaultValue),
      ],
      found: Object.hasOwn(TRIALS[algorithm].effects, field)
        ? [tried]
        : placesOf(testFiles([outside]), new RegExp(`\\b${field} is the `, 'g')),
    }))
  })
}

/** Tests that send a name. */
function named(name: string): readonly Evidence[] {
  return placesOf(testFiles(TESTS), new RegExp(`(['"\`])${name}\\1`, 'g'))
}

/** Tests that go through all names, of which this is one. */
function inEvery(list: RegExp, name: string): readonly Evidence[] {
  if (algorithmOf(name) === undefined) return []
  return placesOf(testFiles(['test/api/fedlearn']), list).filter(({ title }) => title !== undefined)
}
