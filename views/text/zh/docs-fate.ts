/**
 * Simplified Chinese for what the document of FATE-Flow’s API says of operations and their answers.
 * @module
 */

/** By the English sentence. */
export const DOCS_FATE = {
  'Upload a table: name a file on the server, or send it as a part of a form':
    '上传数据表：指定服务器上的文件，或作为表单的一部分发送',
  'With a form, the other fields may stand in the query string, also as one JSON document':
    '使用表单时，其余字段可放在查询字符串中，也可合为一个 JSON 文档',
  'The upload that was queued': '已排队的上传',
  'Write a table into a file below the export folder of the runner that holds it':
    '将数据表写入持有它的运行器的导出文件夹下的文件',
  'The download that was queued': '已排队的下载',
  'How many rows a table has; 0 for one that is not there': '数据表的行数；不存在时为 0',
  'Name, namespace and count': '名称、命名空间和行数',
  'Submit a job': '提交作业',
  'The job that was entered': '已创建的作业',
  'Stop a job; one that is over stays as it is': '停止作业；已结束的保持不变',
  'The job is stopped': '作业已停止',
  'Find jobs: one row for each role and party, newest first, at most 300 jobs':
    '查询作业：每个角色和参与方一行，最新的在前，最多 300 个作业',
  'The jobs found': '查到的作业',
  'The DSL and configuration of the first job found': '查到的第一个作业的 DSL 和配置',
  'Find tasks that have started; without a filter all of them, at most 1000':
    '查询已开始的任务；不带条件时返回全部，最多 1000 个',
  'The tasks found': '查到的任务',
  'The logs of a job as an archive': '以归档形式返回作业日志',
  'A gzipped tar with `<role>/<party>/…` in it; empty for an unknown job':
    'gzip 压缩的 tar，内含 `<role>/<party>/…`；未知作业时为空',
  'On Node the job id may also stand in a JSON body': '在 Node 上，作业 ID 也可放在 JSON 请求体中',
  'The same, where versions from 1.7 on look for it': '同上，1.7 及以后版本使用的路径',
  'Partners and tables of a job': '作业的合作方和数据表',
  'Partners, tables and roles': '合作方、数据表和角色',
  'Names of the metrics of a component, by namespace': '组件的指标名称，按命名空间列出',
  'Names by namespace': '按命名空间列出的名称',
  'Every metric of a component with its points': '组件的所有指标及其数据点',
  'Points and meta by namespace and name': '按命名空间和名称列出的数据点和元信息',
  'The points of one metric, by x': '一个指标的数据点，按 x 排列',
  'Points and meta': '数据点和元信息',
  'The parameters a component runs with at one party': '组件在某一方运行时的参数',
  'The module and its parameters': '模块及其参数',
  'What a component has learnt at one party': '组件在某一方学到的内容',
  'The model and its meta': '模型及其元信息',
  'The first 100 rows of a component at one party': '组件在某一方输出的前 100 行',
  'Rows and header': '数据行和表头',
  'All rows of a component at one party as an archive':
    '以归档形式返回组件在某一方输出的全部数据行',
  'On Node the fields may also stand in a JSON body': '在 Node 上，各字段也可放在 JSON 请求体中',
  'A gzipped tar with `output_data.csv` and `output_data_meta.json`':
    'gzip 压缩的 tar，内含 `output_data.csv` 和 `output_data_meta.json`',
  'There are no rows, or they are out of reach': '没有数据行，或无法取得',
  'The components of a job and what each depends on': '作业的组件及其依赖关系',
  'Components in topological order': '按拓扑顺序排列的组件',
  "The last ten versions of a party's model, newest first": '某一方模型的最近十个版本，最新的在前',
  'Versions; none for an unknown model': '版本列表；未知模型时为空',
  'Cancel a job that still waits (1.1)': '取消仍在等待的作业（1.1）',
  'It is canceled': '已取消',
  'Cancel all jobs that wait in line (1.4)': '取消所有排队中的作业（1.4）',
  'A result code for each': '每一项的结果码',
  'The components of a job in the order of its graph (1.5)': '按图的顺序列出作业的组件（1.5）',
  'Jobs, newest first, also without a filter (1.5)': '作业列表，最新的在前，可不带条件（1.5）',
  'One row for each role and party': '每个角色和参与方一行',
  'Tasks that have started, newest job first (1.5)': '已开始的任务，最新的作业在前（1.5）',
  'The tasks': '任务列表',
  'What was uploaded, newest first (1.2)': '上传记录，最新的在前（1.2）',
  'At most 300 uploads': '最多 300 次上传',
  'Delete an uploaded table with its rows (1.2)': '删除上传的数据表及其数据行（1.2）',
  'Whose words this server speaks (1.4)': '本服务器所用的方言版本（1.4）',
  'The dialect of this request': '此请求所用的方言',
  'The inference DSL of a training DSL (1.5)': '由训练 DSL 得到预测 DSL（1.5）',
  'The DSL': 'DSL 文档',
  'The inference DSL of a model (1.5)': '模型的预测 DSL（1.5）',
  'A configuration to predict with a model, its tables to be filled in (1.5)':
    '用模型进行预测的配置，数据表待填写（1.5）',
  'The configuration': '配置',
  'Write notes, a name or a tag on a job (1.2)': '为作业写入备注、名称或标签（1.2）',
  'It is written': '已写入',
  'Run a job again that is over, from what has not succeeded (1.5)':
    '重新运行已结束的作业，从未成功处开始（1.5）',
  'It is in line again': '已重新排队',
  'Delete the tables and metrics that a job which is over has left; models stay (1.3)':
    '删除已结束作业留下的数据表和指标；模型保留（1.3）',
  'They are gone': '已全部删除',
  'Delete metrics of a job, or of the jobs of a day (1.2)':
    '删除某个作业或某一天各作业的指标（1.2）',
  'How many series are gone': '删除的指标序列数',
  'Every table that the components of a job have left (1.2)': '作业各组件留下的所有数据表（1.2）',
  'One row for each table': '每张数据表一行',
  'The names of the tables that a component has left at one party (1.2)':
    '组件在某一方留下的数据表名称（1.2）',
  'What a component has come to in a few numbers, also as a file (1.5)':
    '组件结果的数值摘要，也可作为文件返回（1.5）',
  'The summary; with `filename` it alone, as a file': '摘要；带 `filename` 时仅以文件返回摘要',
  'The modules of components that jobs may name (1.7)': '作业可使用的组件模块（1.7）',
  'A module: its roles, inputs, outputs and parameters (1.7)':
    '一个模块：其角色、输入、输出和参数（1.7）',
  'The module, its parameters as JSON Schema': '模块，其参数以 JSON Schema 表示',
  'The page of a job in the console (1.5)': '作业在控制台中的页面（1.5）',
  'Its address': '其地址',
  'Make a table of a file in the import folders (1.5)': '用导入文件夹中的文件创建数据表（1.5）',
  'The rows are copied, as by an upload, whose job the answer names':
    '数据行会像上传一样被复制，应答给出对应的作业',
  "A party's part of a model as a file": '以文件返回某一方的模型部分',
  'A tar.gz with the part and the digests of its files; or JSON':
    'tar.gz，内含模型部分及各文件的摘要值；或 JSON',
  "Take a party's part of a model in from a file, all of it or nothing":
    '从文件导入某一方的模型部分，要么全部成功，要么不做改动',
  'The part that is there now': '现有的模型部分',
  'Make a version of a model that predicts with the chosen components only':
    '部署模型：生成仅用所选组件进行预测的版本',
  'The new version': '新版本',
  'Put a model into the store of the server, as archives (1.4)':
    '将模型以归档形式存入服务器的模型存储（1.4）',
  'The parts that are stored': '已存储的部分',
  'Take a model back from the store (1.4)': '从存储中恢复模型（1.4）',
  'The parts that are there again': '已恢复的部分',
  'Versions of models with their parties and pipelines (1.5)':
    '模型的各版本及其参与方和流水线（1.5）',
  'The versions': '版本列表',
  'Make a tag (1.5)': '创建标签（1.5）',
  'It is there': '已创建',
  'Tags by name, and how many versions have each (1.5)':
    '按名称列出标签，以及各标签对应的版本数（1.5）',
  'The tags': '标签列表',
  'Tags by a part of their name; or the models that have one (1.5)':
    '按名称的一部分查找标签；或查找带有某标签的模型（1.5）',
  'The tags, or the models': '标签列表，或模型列表',
  'Give a tag another name or description (1.5)': '修改标签的名称或描述（1.5）',
  'It is changed': '已修改',
  'Delete a tag; models that had it stay (1.5)': '删除标签；带有该标签的模型保留（1.5）',
  'Put a tag on a version of a model, a new one where there is none of that name (1.5)':
    '为模型的某个版本添加标签；没有此名称的标签时新建（1.5）',
  'It has the tag': '已添加标签',
  'Take a tag off a version of a model (1.5)': '移除模型某个版本的标签（1.5）',
  'It has not the tag any more': '已移除标签',
  'The tags of a version of a model (1.5)': '模型某个版本的标签（1.5）',
  'Take parts of a model over to other parties, as a model of theirs (1.5)':
    '将模型的各部分迁移给其他参与方，成为他们的模型（1.5）',
  'What became of every part': '每个部分的结果',
  'Load a trained model at its parties, ready to be published':
    '在各参与方加载训练好的模型，以备发布',
  'A result code for each party': '每个参与方的结果码',
  "Publish a model under its guest's party id, or under service_id":
    '以 guest 的参与方 ID 或 service_id 发布模型',
  'Versions 1.0 and 1.1; it then answers POST /api/weft/serving/<name>':
    '1.0 和 1.1 版；之后可通过 POST /api/weft/serving/<name> 请求',
  'It answers': '已可应答',
  'Publish a model under service_id': '以 service_id 发布模型',
  'From version 1.2 on, instead of model/online': '自 1.2 版起，代替 model/online',
} as const satisfies Readonly<Record<string, string>>
