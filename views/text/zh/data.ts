/**
 * Words of tables and models online.
 * @module
 */

/** By the English sentence. */
export const DATA = {
  'A CSV file with a heading line and an id in its first column, through the FATE-Flow API:':
    '带标题行、第一列为 id 的 CSV 文件，通过 FATE-Flow API 上传：',
  'A JSON object by column; left empty, they are looked up too.':
    '按列给出的 JSON 对象；留空则同样由系统查找。',
  'Answered in {tookMs} ms.': '用时 {tookMs} 毫秒。',
  'By which every party looks its features up.': '各参与方据此查找自己的特征。',
  'Command that puts a model online': '让模型上线的命令',
  'Data that parties have uploaded. The rows stay in the data directory of the party’s runner; the server keeps names, shapes and, where the party allows it, a preview.':
    '各参与方上传的数据。数据行留在该参与方运行器的数据目录中；服务器只保存名称、结构，以及参与方允许时的预览。',
  Facts: '基本信息',
  'Features of the guest': 'guest 的特征',
  'First rows': '前几行',
  'Id column': 'id 列',
  'Id of the row': '行的 id',
  'in namespace {namespace}': '位于命名空间 {namespace}',
  ledger: '账本',
  'Models online': '在线模型',
  'No model is online.': '没有在线的模型。',
  'No tables yet.': '还没有数据表。',
  offline: '离线',
  online: '在线',
  Owner: '所有者',
  Parties: '参与方',
  Partitions: '分区',
  Predict: '预测',
  'Put a model online': '让模型上线',
  'Put one online as shown below.': '按下面的方法让一个模型上线。',
  Service: '服务',
  Services: '服务',
  'Services by name': '按名称排列的服务',
  State: '状态',
  'Tables, newest first': '数据表，最新的在前',
  'The party keeps its rows to itself: there is no preview.': '该参与方不公开数据行：没有预览。',
  'The prediction': '预测结果',
  'Trained models that answer single rows under a name. The features of hosts are looked up by their own runners; only their parts of the answer leave them.':
    '按名称对单行数据作出预测的已训练模型。host 的特征由其自己的运行器查找，只有它那一部分结果会离开。',
  'Try a row': '试一行',
  'Upload a table': '上传数据表',
  'Upload command': '上传命令',
  'Upload one as shown below, or {link}, which brings two.':
    '按下面的方法上传一张，或{link}，它会带来两张表。',
  Uploaded: '上传时间',
  Version: '版本',
  'What crosses': '传输内容',
} as const
