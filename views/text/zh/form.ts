/**
 * Words of the forms for jobs.
 * @module
 */

/** By the English sentence. */
export const FORM = {
  '2048 bits': '2048 位',
  '3072 bits': '3072 位',
  '4096 bits': '4096 位',
  'A column of the guest table that holds 0 or 1.': 'guest 表中取值为 0 或 1 的一列。',
  'Arbiter party': 'arbiter 参与方',
  'As a FATE-Flow client sends them to /v1/job/submit: the DSL names components and how they are connected, the configuration roles, tables and parameters.':
    '与 FATE-Flow 客户端发送到 /v1/job/submit 的内容相同：DSL 列出组件及其连接方式，配置给出角色、数据表和参数。',
  'As JSON; empty for none.': 'JSON 格式；留空表示无。',
  'Best a party without data.': '最好是没有数据的参与方。',
  'choose a table': '选择一张表',
  Command: '命令',
  'Configuration (job_runtime_conf)': '配置（job_runtime_conf）',
  'DSL (job_dsl)': 'DSL（job_dsl）',
  'DSL and configuration': 'DSL 与配置',
  'Edit as JSON': '以 JSON 编辑',
  'Every component with its own parameters; what is left alone keeps the value shown.':
    '每个组件都有自己的参数；不改动的保持所示的值。',
  'From a template': '从模板创建',
  'Guest party': 'guest 参与方',
  'Guest table': 'guest 表',
  'Host party': 'host 参与方',
  'Host table': 'host 表',
  'Label column': '标签列',
  'Learning rate': '学习率',
  'Logistic regression': '逻辑回归',
  'Most iterations': '最大迭代次数',
  'Name of the job (optional)': '作业名称（可选）',
  'Name of the new job': '新作业的名称',
  'New job': '新建作业',
  'no tables yet': '还没有数据表',
  'Nothing was submitted yet.': '尚未提交任何内容。',
  'Nothing was submitted: see the fields marked below.': '没有提交：请查看下面标出的字段。',
  Optimizer: '优化器',
  'Paillier key': 'Paillier 密钥',
  Penalty: '惩罚项',
  'Rows in a batch': '每批行数',
  'Show as curl': '显示为 curl 命令',
  'Strength of the penalty': '惩罚强度',
  'Submit job': '提交作业',
  Templates: '模板',
  'The guest has the label, the host further columns of the same people. The arbiter holds the key for the gradients and sees no rows: best a party without data, as a holder of data could decrypt what it is sent.':
    'guest 拥有标签，host 拥有同一批对象的其他列。arbiter 持有梯度的密钥而看不到数据行：最好由没有数据的参与方担任，因为持有数据的一方可能解密发给它的内容。',
  'The same as a command': '等价的命令',
  Training: '训练',
  'Way to describe the job': '描述作业的方式',
  'What is changed here holds for all parties; tables, roles and the graph stay as they are.':
    '这里的改动对所有参与方生效；数据表、角色和流程图保持不变。',
  '{faults} to mend': '{faults} 处需要修改',
  '{table} (party {party})': '{table}（参与方 {party}）',
  '−1 takes all rows at once.': '−1 表示一次使用所有行。',
} as const
