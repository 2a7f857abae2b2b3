import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { LedgerLine } from '../../../src/domain/ledger.ts'
import { LedgerTable, summarise } from '../../../views/job/ledger.tsx'

function line(change: Partial<LedgerLine>): LedgerLine {
  return {
    component: 'hetero_lr_0',
    sender: 'guest:9999',
    receiver: 'host:10000',
    tag: 'fore_gradient',
    kind: 'ciphertext',
    reveals: '',
    messages: 2,
    bytes: 1024,
    ...change,
  }
}

describe('ledger summary', () => {
  it('says that nothing was readable when nothing was', () => {
    const kinds = ['ciphertext', 'blinded', 'masked', 'share']
    assert.equal(
      summarise(kinds.map((kind) => line({ kind }))),
      'Nothing left a party in readable form: all of 8 messages, 4.0 KiB crossed encrypted, blinded, masked or as a secret share.',
    )
  })

  it('names every readable message once, with all its senders', () => {
    const sentence = summarise([
      line({}),
      line({ kind: 'aggregate', tag: 'loss', sender: 'arbiter:10000' }),
      line({ kind: 'plain', tag: 'converged', sender: 'arbiter:10000' }),
      line({ kind: 'plain', tag: 'converged', sender: 'guest:9999' }),
    ])
    assert.equal(
      sentence,
      'Nothing left a party in readable form except “loss” of hetero_lr_0 from arbiter 10000 (aggregate) and ' +
        '“converged” of hetero_lr_0 from arbiter 10000 and guest 9999 (plain). In all 8 messages, 4.0 KiB crossed.',
    )
  })

  it('only names the readable messages, by component, where there are many', () => {
    const tags = ['plan', 'stop', 'row_key', 'loss']
    const lines = tags.map((tag) => line({ kind: 'plain', tag }))
    assert.match(
      summarise([...lines, line({ kind: 'plain', tag: 'terms', component: 'intersection_0' })]),
      /except “plan”, “stop”, “row_key”, “loss” of hetero_lr_0 and “terms” of intersection_0\./,
    )
  })

  it('the table has what can be read first, and one line for a message to several', () => {
    const view: { toString(): string } = LedgerTable({
      lines: [
        line({}),
        line({
          kind: 'plain',
          tag: 'stop',
          sender: 'arbiter:1',
          receiver: 'guest:9999',
          messages: 3,
        }),
        line({
          kind: 'plain',
          tag: 'stop',
          sender: 'arbiter:1',
          receiver: 'host:10000',
          messages: 3,
        }),
      ],
    })
    const html = view.toString()
    const rows = html.split('<tr').slice(2)
    assert.equal(rows.length, 2)
    assert.match(rows[0].replaceAll(/<[^>]*>/g, ''), /arbiter 1 → guest 9999 → host 10000/)
    assert.match(rows[0], />6</)
    assert.match(rows[1], /fore_gradient/)
  })

  it('counts a kind that nobody knows as readable', () => {
    assert.match(summarise([line({ kind: 'novel' })]), /except “fore_gradient”.*\(novel\)/)
  })
})
