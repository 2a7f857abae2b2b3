/**
 * Simplified Chinese for what the document of ModelBox’s API says.
 * @module
 */

/** By the English sentence. */
export const DOCS_MODELBOX = {
  '2 to 64 of A–Z a–z 0–9 - + ~ _ . ; no dot first':
    '2 至 64 个字符：A–Z a–z 0–9 - + ~ _ . ；不能以点开头',
  'The flow: an object, or its text as TOML or JSON': '流程图：一个对象，或 TOML、JSON 格式的文本',
  'Builds and starts a flow; the body is JSON whatever its content type says':
    '构建并启动流程图；不论内容类型如何，请求体一律按 JSON 读取',
  'It runs, or waits for a runner': '正在运行，或在等待运行器',
  'Why not; a job with a bad graph stays in the list as FAILED':
    '失败原因；图有错误的作业以 FAILED 状态留在列表中',
  'Every job, in the order in which they were made': '全部作业，按创建顺序排列',
  'The jobs': '作业列表',
  'The state of a job': '查询作业状态',
  'The job_id': '作业的 job_id',
  'Its state': '其状态',
  'There is no such job': '没有这个作业',
  'Stops and forgets a job': '停止并删除作业',
  'It is gone': '已删除',
} as const satisfies Readonly<Record<string, string>>
