/**
 * Simplified Chinese for what the document of FATE-Flow’s API says of fields and parameters.
 * @module
 */

/** By the English sentence. */
export const DOCS_FATE_FIELDS = {
  '0 when it went well': '成功时为 0',
  '"success", or what is wrong and what helps': '"success"，或出错原因及解决办法',
  "A path under the server's import folders": '服务器导入文件夹下的路径',
  'Whether the first line names the columns; 1 by default': '首行是否为列名；默认 1',
  'A comma by default': '默认为逗号',
  "A path below the server's export folder": '服务器导出文件夹下的路径',
  'Parameters that nothing knows; the key is there only where there are some':
    '无法识别的参数；只有存在此类参数时才有这个键',
  'A DSL and runtime configuration, version 1 or 2; a prediction brings no DSL':
    'DSL 和运行配置，版本 1 或 2；预测作业不带 DSL',
  'JSON: party ids by role': 'JSON：按角色列出的参与方 ID',
  JSON: 'JSON 文本',
  'JSON: task ids': 'JSON：任务 ID 列表',
  'Place of a waiting job in the line, from 1; null for any other':
    '等待中的作业在队列中的位置，从 1 开始；其他作业为 null',
  'Milliseconds since 1970': '自 1970 年起的毫秒数',
  Milliseconds: '毫秒',
  'Fields that are given must all be equal': '给出的字段必须全部匹配',
  'The name as the document spells it': '与文档写法一致的名称',
  'The module, and its parameters under the name of their class': '模块，以及以参数类名为键的参数',
  'Whether a heading comes first: from version 1.4, unless it is false':
    '是否以表头开始：自 1.4 版起，除非为 false',
  'Rows at most; all of them without it or with -1': '最多返回的行数；不填或为 -1 时返回全部',
  'From version 1.1': '自 1.1 版起',
  '`<role>#<party>#<model id>`, or a model id': '`<role>#<party>#<model id>`，或模型 ID',
  'A result code for each job that waited': '每个等待中作业的结果码',
  'One entry for each upload by its job, newest first': '每次上传一条，按作业列出，最新的在前',
  'The names as a text with commas': '以逗号分隔的名称文本',
  'The description, as later clients call it': '描述，较新客户端所用的名称',
  'The components that are done again': '要重新执行的组件',
  'Where it begins again, although that has succeeded; what follows is done again too':
    '从哪个组件重新开始，即使它已成功；其后的组件也会重新执行',
  'Does everything again': '全部重新执行',
  'How much is gone, and the jobs that delete rows on other hosts':
    '删除的数量，以及在其他主机上删除数据行的作业',
  'Of jobs submitted on that day, in UTC': '当天（UTC）提交的作业',
  'Sends the summary as a file of this name': '以此名称的文件发送摘要',
  'PATH, LOCALFS or FILE': 'PATH、LOCALFS 或 FILE',
  'json answers what the components learnt, in plain JSON': 'json 以普通 JSON 返回各组件学到的内容',
  'What model/export answered': 'model/export 返回的内容',
  'Puts it in the place of a part that is there already': '替换已有的模型部分',
  'The names are checked against the archive where they are given': '给出名称时会与归档内容核对',
  'The new version as model_version, and a result code for each party':
    '新版本（model_version），以及每个参与方的结果码',
  'The components that predictions keep; all of the pipeline without it':
    '预测时保留的组件；不填则为整个流水线',
  'A whole inference DSL instead': '改为给出完整的预测 DSL',
  'Restores over a part that is there; what is stored is always replaced':
    '恢复时覆盖已有的部分；存储中的内容总是被替换',
  'Models are stored in the folder WEFT_MODEL_STORE of the server: {"storage": "file"}, or nothing; any other storage is refused':
    '模型存储在服务器的 WEFT_MODEL_STORE 文件夹中：填 {"storage": "file"} 或不填；其他存储会被拒绝',
  'One row for each role and party of a version, newest first, at most 300 versions':
    '版本的每个角色和参与方一行，最新的在前，最多 300 个版本',
  'Keys that are wanted only': '只返回所需的键',
  'Up to 100 characters': '最多 100 个字符',
  'At most so many, by name; 20 unless given': '最多返回的数量，按名称排列；默认 20',
  '`tags`; or `models`, one for each party of a version, where they were asked for':
    '`tags`；若请求了模型，则为 `models`，版本的每个参与方一项',
  'Tags that have this in their name; the very tag where `with_model` asks for models':
    '名称包含此内容的标签；用 `with_model` 请求模型时须为标签全名',
  'Stays as it is where it is absent': '不填则保持不变',
  'The id of the training, or the version of a deployment': '训练的 ID，或部署的版本',
  'Where versions of several models are named so': '多个模型有同名版本时使用',
  'The new model as model_id and model_version; by role and party a result code, and the reasons under `detail`':
    '新模型的 model_id 和 model_version；按角色和参与方给出结果码，原因见 `detail`',
  'The parties that have it, as it was trained': '训练时拥有该模型的参与方',
  'Who is to have it: as many of every role, one in the place of the other':
    '迁移后的参与方：每个角色数量相同，逐一对应替换',
  'Whose parts are taken over now; parties of role':
    '本次迁移哪些参与方的部分；属于 role 中的参与方',
  'Not used: every runner is asked alike': '不使用：所有运行器同等对待',
  'The version that is made; the same one for parties that follow':
    '生成的版本；后续迁移的参与方使用同一版本',
  'A result code for each party, and from version 1.4 on the reasons under `detail`':
    '每个参与方的结果码；自 1.4 版起原因见 `detail`',
  'The training, or the version of a deployment, in place of all the rest (1.5)':
    '训练或部署的版本，可代替其余所有字段（1.5）',
  'As for a prediction: args.data.eval_data names the tables in which parties look their features up; those of the training where it is absent':
    '与预测作业相同：args.data.eval_data 指定各方查找特征的数据表；不填则为训练时的数据表',
  'Not used: this server serves': '不使用：由本服务器提供在线服务',
  "The name to ask for; model/online takes the guest's party id where it is absent":
    '请求时使用的名称；不填时 model/online 取 guest 的参与方 ID',
} as const satisfies Readonly<Record<string, string>>
