import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { LedgerLine } from '../../../src/domain/ledger.ts'
import { summarise } from '../../../views/job/ledger.tsx'

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

  it('counts a kind that nobody knows as readable', () => {
    assert.match(summarise([line({ kind: 'novel' })]), /except “fore_gradient”.*\(novel\)/)
  })
})
