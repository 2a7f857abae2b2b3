import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import { inLanguage, t, told } from '../../../views/text/say.tsx'
import { BATCH } from '../../../views/text/zh/batch.ts'
import { CHART } from '../../../views/text/zh/chart.ts'
import { COMMON } from '../../../views/text/zh/common.ts'
import { DATA } from '../../../views/text/zh/data.ts'
import { DOCS } from '../../../views/text/zh/docs.ts'
import { FEDLEARN } from '../../../views/text/zh/fedlearn.ts'
import { FLOW } from '../../../views/text/zh/flow.ts'
import { FORM } from '../../../views/text/zh/form.ts'
import { ZH } from '../../../views/text/zh/index.ts'
import { JOB } from '../../../views/text/zh/job.ts'
import { MESSAGES } from '../../../views/text/zh/messages.ts'
import { RESULT } from '../../../views/text/zh/result.ts'
import { RUNNER } from '../../../views/text/zh/runner.ts'
import { WAITS } from '../../../views/text/zh/waits.ts'
import { WORKS } from '../../../views/text/zh/works.ts'
import { countOf, formatAgo, formatDuration, formatTime, listOf } from '../../../views/ui/format.ts'
import { ROOT } from '../../helpers/place.ts'

describe('words', () => {
  it('have values in their places, and are English outside of a page', () => {
    assert.equal(t('Attempt {number}', { number: 3 }), 'Attempt 3')
    assert.equal(
      inLanguage('zh', () => t('Attempt {number}', { number: 3 })),
      '第 3 次尝试',
    )
    assert.equal(t('Jobs'), 'Jobs')
  })

  it('leave a value alone that looks like a place', () => {
    assert.equal(t('Job {id}', { id: '{id} $& {x}' }), 'Job {id} $& {x}')
  })

  it('of messages made elsewhere are found by their sentence, and kept where nobody knows them', () => {
    const chinese = (message: string) => inLanguage('zh', () => told(message))
    assert.equal(
      chinese(
        'The attempt is over: 1 instances of role "ps" failed, and 1 are enough to fail the job',
      ),
      '本次尝试已结束：角色“ps”有 1 个实例失败，达到 1 个即判作业失败',
    )
    assert.equal(chinese('Waits for hetero_lr_0'), '等待 hetero_lr_0')
    assert.equal(
      chinese('dataio_0 at host 10000: attempt 1 was stopped: The job started'),
      'host 10000 的 dataio_0：第 1 次尝试被停止：作业已开始',
    )
    assert.equal(chinese('Something else.'), 'Something else.')
    assert.equal(told('Waits for hetero_lr_0'), 'Waits for hetero_lr_0')
  })

  it('of counts and times follow the language', () => {
    inLanguage('zh', () => {
      assert.equal(countOf(1, 'row'), '1 行')
      assert.equal(countOf(2, 'row'), '2 行')
      assert.equal(listOf(['a', 'b', 'c']), 'a、b和c')
      assert.equal(formatAgo(0, 180_000), '3 分钟前')
      assert.equal(formatDuration(185_000), '3 分 05 秒')
      assert.equal(formatTime(Date.UTC(2026, 0, 2, 3, 4, 5)), '2026年1月2日 03:04:05 UTC')
    })
  })
})

describe('the dictionary', () => {
  const parts = {
    BATCH,
    CHART,
    COMMON,
    DATA,
    DOCS,
    FEDLEARN,
    FLOW,
    FORM,
    JOB,
    RESULT,
    RUNNER,
    WORKS,
  }
  const placesOf = (text: string) => [...new Set(text.match(/\{\w+\}/g))].toSorted()

  it('has every sentence once', () => {
    const all = Object.values(parts).flatMap((part) => Object.keys(part))
    assert.deepEqual(
      all.filter((key, at) => all.indexOf(key) !== at),
      [],
    )
    assert.equal(all.length, Object.keys(ZH).length)
  })

  it('has the same places in both languages', () => {
    for (const [english, chinese] of Object.entries({ ...ZH, ...MESSAGES, ...WAITS })) {
      assert.deepEqual(placesOf(chinese), placesOf(english), english)
    }
  })

  it('has no sentence that nothing uses', () => {
    const source = ['views', 'src/console']
      .flatMap((folder) =>
        readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('text/zh/'))
          .map((name) => readFileSync(`${ROOT}/${folder}/${name}`, 'utf8')),
      )
      .join('\n')
    const counted = /^\{count\} (\w+?)s?$/
    const unused = Object.keys(ZH).filter((key) => {
      const noun = counted.exec(key)?.[1]
      const forms = [`'${key}'`, `"${key}"`, `'${key.replaceAll("'", String.raw`\'`)}'`]
      if (noun !== undefined) forms.push(`'${noun}')`)
      return !forms.some((form) => source.includes(form))
    })
    assert.deepEqual(unused, [])
  })
})
