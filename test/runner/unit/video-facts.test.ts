/**
 * What is read of the lines in which ffmpeg describes a video.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { factsReader, videoMetas } from '../../../src/runner/unit/video-facts.ts'

const track = { header: new Uint8Array(), codec: 'V_TEST', width: 64, height: 48, frameNs: 0 }

function read(...lines: string[]) {
  const reader = factsReader()
  for (const line of lines) reader.read(line)
  return reader
}

describe('facts of a video', () => {
  it('are the duration, and the rotation of the first video stream alone', () => {
    const reader = read(
      "Input #0, mov,mp4, from 'a.mp4':",
      '  Metadata:',
      '    Duration        : 00:00:09.00, start: 0',
      '  Duration: 01:02:03.75, start: 0.000000, bitrate: 124 kb/s',
      '  Stream #0:0(und): Audio: aac',
      '      displaymatrix: rotation of 180.00 degrees',
      '  Stream #0:1[0x1](und): Video: h264, yuv420p, 128x96',
      '    Metadata:',
      '      displaymatrix   : rotation of 180.00 degrees',
      '      displaymatrix: rotation of -90.00 degrees',
      '  Stream #0:2: Video: mjpeg',
      '      displaymatrix: rotation of 180.00 degrees',
    )
    assert.equal(reader.done, false)
    assert.deepEqual(reader.facts, { seconds: 3723.75, angle: 90 })
    reader.read('Stream mapping:')
    reader.read('  Duration: 00:00:01.00, start')
    assert.equal(reader.done, true)
    assert.equal(reader.facts.seconds, 3723.75)
    assert.deepEqual(videoMetas(track, { facts: reader.facts, url: 'a.mp4' }), {
      width: 64,
      height: 48,
      rate_num: 25,
      rate_den: 1,
      duration: 3723,
      rotate_angle: 90,
      url: 'a.mp4',
    })
  })

  it('are nothing where the container says nothing', () => {
    const { facts } = read(
      '  Duration: N/A, start: 0.000000, bitrate: N/A',
      '  Stream #0:0: Video: h264',
      "Output #0, matroska, to 'pipe:1':",
    )
    assert.deepEqual(facts, { seconds: 0, angle: 0 })
  })

  it('an angle is clockwise, and a quarter where it is nearly one', () => {
    const angle = (turned: string) =>
      read('  Stream #0:0: Video: h264', `      displaymatrix: rotation of ${turned} degrees`).facts
        .angle
    assert.deepEqual(
      ['90.00', '-90.00', '-180.00', '180.00', '0.40', '-0.40', '-90.70', '-45.00'].map(angle),
      [270, 90, 180, 180, 0, 0, 90, 45],
    )
  })
})
