/**
 * The pages of what is tested, one for each API; the texts are made by `test/api/coverage-page.ts`.
 * @module
 */
import { FATE_COVERAGE } from './fate.ts'
import { FEDLEARN_COVERAGE } from './fedlearn.ts'
import { MODELBOX_COVERAGE } from './modelbox.ts'
import { OPENPAI_COVERAGE } from './openpai.ts'
import { WEFT_COVERAGE } from './weft.ts'
import { WORKS_COVERAGE } from './works.ts'

/** A page of what an API has and its tests. */
export interface CoveragePage {
  readonly title: string
  /** In Markdown. */
  readonly text: string
}

/** By the name of the API. */
export const COVERAGE_PAGES: Readonly<Record<string, CoveragePage>> = {
  fate: { title: 'FATE-Flow', text: FATE_COVERAGE },
  fedlearn: { title: 'FedLearn', text: FEDLEARN_COVERAGE },
  modelbox: { title: 'ModelBox', text: MODELBOX_COVERAGE },
  openpai: { title: 'OpenPAI', text: OPENPAI_COVERAGE },
  works: { title: 'works', text: WORKS_COVERAGE },
  weft: { title: 'Weft', text: WEFT_COVERAGE },
}
