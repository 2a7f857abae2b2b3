/**
 * Tables: lists that become cards on a narrow screen, and grids of data that scroll inside their own box.
 * @module
 */
import type { Child } from 'hono/jsx'

import { formatNumber } from './format.ts'
import { ScrollBox } from './scroll.tsx'

export interface ListColumn<T> {
  readonly head: string
  readonly cell: (item: T) => Child
  /** `number` aligns right with tabular digits. */
  readonly kind?: 'text' | 'number' | 'action'
}

/* oxlint-disable jsx-a11y/no-redundant-roles, jsx-a11y/no-interactive-element-to-noninteractive-role --
   a table that the style sheet lays out as blocks is no table to screen readers unless its roles are said */

/** A list of things, one row each. The roles keep it a table where the style sheet lays it out as cards. */
export function ListTable<T>(props: {
  caption: string
  columns: readonly ListColumn<T>[]
  items: readonly T[]
  rowId?: (item: T) => string
}) {
  const { caption, columns, items, rowId } = props
  return (
    <table class="list" role="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th role="columnheader" scope="col" class={`cell-${column.kind ?? 'text'}`}>
              {column.kind === 'action' ? (
                <span class="visually-hidden">{column.head}</span>
              ) : (
                column.head
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((item) => (
          <tr role="row" id={rowId?.(item)}>
            {columns.map((column) => (
              <td role="cell" data-label={column.head} class={`cell-${column.kind ?? 'text'}`}>
                <div class="cell">{column.cell(item)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Rows of data under their headings, in a box of its own that scrolls by pointer and by keyboard. */
export function DataGrid(props: {
  label: string
  header: readonly string[]
  rows: readonly (readonly unknown[])[]
}) {
  return (
    <ScrollBox class="scroll" label={props.label}>
      <table class="grid">
        <thead>
          <tr>
            {props.header.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr>
              {row.map((value) => (
                <td class={typeof value === 'number' ? 'cell-number' : undefined}>
                  {showValue(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

/** Names and values. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: Child])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Any JSON value as a short text. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}
