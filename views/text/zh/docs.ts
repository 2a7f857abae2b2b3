/**
 * Words of the documentation.
 * @module
 */

/** By the English sentence. */
export const DOCS = {
  'What follows is in English, as it is made from the code itself.':
    '以下内容由代码自动生成，保留英文原文。',
  'any other name': '任何其他名称',
  either: '其一',
  or: '或',
  with: '并且',
  ' and ': ' 和 ',
  ' or ': ' 或 ',
  'array of {type}': '{type} 的数组',
  Body: '请求体',
  'command for {path}': '{path} 的命令',
  'default {value}': '默认 {value}',
  'Every API that this server speaks. The documents themselves are OpenAPI 3.1, for tools that generate clients.':
    '本服务器支持的所有 API。文档本身为 OpenAPI 3.1 格式，可供工具生成客户端。',
  'Every endpoint, algorithm, component and unit of each API, each with its tests.':
    '各 API 的每个端点、算法、组件和流单元，以及各自的测试。',
  'Everything that an API has, beside the tests that cover it. These pages are made from the code; a test fails where something has no test.':
    '各 API 的全部内容，以及覆盖它们的测试。这些页面由代码生成；若有内容没有测试，则有一项测试失败。',
  Fields: '字段',
  'from {minimum}': '最小 {minimum}',
  'in {place}': '位于 {place}',
  'like {pattern}': '形如 {pattern}',
  'No content.': '无内容。',
  'of {name}': '：{name}',
  Operations: '操作',
  required: '必填',
  Responses: '响应',
  Sections: '章节',
  'This API has no operations.': '此 API 没有操作。',
  'To whom, what that rests on, its source, and what is not constant in time; every message that a component may send.':
    '向谁泄露、其依据、出处，以及哪些运算并非恒定时间；组件可能发送的每一种消息。',
  'to {maximum}': '最大 {maximum}',
  'Try it': '试一试',
  'What is tested': '测试覆盖',
  '{name}, as above.': '{name}，同上。',
  '{operations} under {code} · {link}': '{code} 下有 {operations} · {link}',
} as const
