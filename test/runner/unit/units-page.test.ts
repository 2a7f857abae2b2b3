/**
 * The page of the flow units, and the units against the ports, options and defaults that graphs of the original rely on.
 * @module
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import type { UnitOption } from '../../../src/flow/stream/unit.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { PAGE, testsOf, unitsPage } from './units-page.ts'

/** `name kind in > out | option=default …` of the original; `*` marks what a node has to set. */
const ORIGINAL = `
httpserver_sync_receive normal > out_request_info | endpoint* max_requests=1000 time_out_ms keepalive_timeout_sec=200 cert key passwd key_pass
httpserver_sync_reply stream in_reply_info > | content_type=txt
httpserver_async normal > out_request_info | endpoint* max_requests=1000 keepalive_timeout_sec=200 cert key passwd key_pass
video_input normal > out_video_url | source_url* repeat=1
data_source_generator normal > out_data | source_type url url_type
data_source_parser stream in_data > out_video_url | retry_enable=false retry_interval_ms=1000 retry_count_limit=-1
output_broker stream in_output_info > | mode retry_count_limit retry_interval_base_ms retry_interval_increment_ms retry_interval_limit_ms queue_size=100
video_demuxer stream in_video_url > out_video_packet | key_frame_only=false
video_decoder stream in_video_packet > out_video_frame | pix_fmt
video_encoder stream in_video_frame > | default_dest_url* format=rtsp encoder=mpeg4 bit_rate=3200000
video_out stream in_video_frame > | default_dest_url*
image_decoder normal in_encoded_image > out_image | pix_fmt=bgr
resize normal in_image > out_image | image_width=640 image_height=480 interpolation=inter_linear
crop normal in_image,in_region > out_image |
padding normal in_image > out_image | image_width* image_height* vertical_align=top horizontal_align=left padding_data=0,0,0 need_scale=true interpolation
mean normal in_data > out_data | mean*
normalize normal in_data > out_data | standard_deviation_inverse*
image_preprocess normal in_image > out_data | output_layout* mean standard_deviation_inverse
color_convert normal in_image > out_image | out_pix_fmt*
packed_planar_transpose normal in_image > out_image |
image_rotate normal in_image > out_image | rotate_angle=0
draw_bbox normal in_image,in_region > out_image |
base64_decoder normal in_data > out_data | data_format key
buff_meta_mapping stream in_data > out_data | src_meta* dest_meta* rules
`

describe('flow units', () => {
  for (const line of ORIGINAL.trim().split('\n')) {
    const [head, given] = line.split('|').map((part) => part.trim())
    const [left, out = ''] = head.split('>').map((part) => part.trim())
    const [name, kind, ins = ''] = left.split(' ')
    it(`${name} has the ports, the options and the defaults of the original`, () => {
      const unit = UNITS.find(({ descriptor }) => descriptor.name === name)?.descriptor
      assert.ok(unit)
      assert.equal(unit.kind, kind)
      assert.deepEqual(
        [unit.inputs, unit.outputs].map((ports) => ports.map((port) => port.name).join()),
        [ins, out],
      )
      for (const option of given.split(' ').filter((word) => word !== '')) {
        const [, key, star, value] = /^(\w+)(\*)?(?:=(.*))?$/.exec(option) ?? []
        const found: UnitOption | undefined = unit.options.find((each) => each.name === key)
        assert.ok(found, `${name} has no ${key}`)
        assert.equal(found.required === true, star === '*', key)
        if (value !== undefined) assert.equal(found.default, value, key)
      }
    })
  }

  it('each is used by a test, and the page says which', () => {
    for (const { descriptor } of UNITS)
      assert.ok(testsOf(descriptor.name).length > 0, `no test uses ${descriptor.name}`)
    assert.equal(
      readFileSync(PAGE, 'utf8'),
      unitsPage(),
      'Write it anew: node --import tsx test/runner/unit/units-page.ts',
    )
  })
})
