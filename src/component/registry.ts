/**
 * Every component, one line each. A static list: bundlers and single binaries see all of it.
 * @module
 */
import type { Component } from './define.ts'
import { evaluation } from './evaluate/evaluation.ts'
import { dataIo } from './io/data-io.ts'
import { heteroLr } from './linear/hetero-lr.ts'
import { intersection } from './psi/intersection.ts'
import { heteroSecureBoost } from './tree/hetero-secure-boost.ts'

const LIST: readonly Component[] = [dataIo, intersection, heteroLr, heteroSecureBoost, evaluation]

/** Components by module name. */
export const COMPONENTS: ReadonlyMap<string, Component> = new Map(
  LIST.map((component) => [component.name, component]),
)
if (COMPONENTS.size !== LIST.length) throw new Error('Two components have the same name')
