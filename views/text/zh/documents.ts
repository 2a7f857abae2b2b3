/**
 * Simplified Chinese for what the documents of APIs say, by the English sentence; for the pages that show them, and
 * beside the dictionary of all other pages.
 * @module
 */
import { API_TEXTS } from './apis.ts'
import { DOCS_FATE_FIELDS } from './docs-fate-fields.ts'
import { DOCS_FATE } from './docs-fate.ts'
import { DOCS_FEDLEARN } from './docs-fedlearn.ts'
import { DOCS_MODELBOX } from './docs-modelbox.ts'
import { DOCS_OPENPAI } from './docs-openpai.ts'
import { DOCS_RUNNER } from './docs-runner.ts'
import { DOCS_WEFT } from './docs-weft.ts'
import { DOCS_WORKS } from './docs-works.ts'

/** One dictionary an API; what several say stands with the first. */
export const DOCUMENTS: readonly Readonly<Record<string, string>>[] = [
  API_TEXTS,
  DOCS_FEDLEARN,
  DOCS_WORKS,
  DOCS_MODELBOX,
  DOCS_OPENPAI,
  DOCS_FATE,
  DOCS_FATE_FIELDS,
  DOCS_WEFT,
  DOCS_RUNNER,
]
