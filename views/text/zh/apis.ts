/**
 * Simplified Chinese for what the documents of APIs say: each API in a sentence, and FedLearn’s operations.
 * @module
 */

/** By the English sentence. */
export const API_TEXTS = {
  'Runner gateway': '运行器网关',
  'Federated jobs as a graph of components. Every answer has five keys and HTTP status 200; the result is in `retcode`.':
    '由组件图构成的联邦作业。每个应答都有五个键，HTTP 状态为 200；结果在 `retcode` 中。',
  'Matching, training and inference over several clients. Every answer has HTTP status 200; the result is in `code`.':
    '多个客户端之间的对齐、训练和推理。每个应答的 HTTP 状态都是 200；结果在 `code` 中。',
  'Jobs that run flow graphs. A body is read as JSON whatever its content type says; failures are `error_code` and `error_msg`.':
    '运行流图的作业。请求体一律按 JSON 读取，不论其内容类型；失败以 `error_code` 和 `error_msg` 表示。',
  'Jobs made of task roles, with attempts and versions.': '由任务角色组成的作业，带有尝试和版本。',
  'For runners of other organisations. `Authorization: Bearer` with a runner token; a request whose answer was lost may be sent again.':
    '供其他组织的运行器使用。以 `Authorization: Bearer` 携带运行器令牌；应答丢失的请求可以重发。',
  'What this server adds to the documented APIs.': '本服务器在已有 API 之外增加的内容。',
  'Works of Flink SQL and JARs: kept here, run on demand or by schedule. The first three digits of `code` are the HTTP status.':
    'Flink SQL 和 JAR 作业：保存在此，按需或按调度运行。`code` 的前三位是 HTTP 状态。',
  'Finds the ids that all clients have': '找出所有客户端共有的 id',
  'Forgets a match that is over': '删除已结束的对齐',
  'Forgets a model; the parts at the clients stay theirs': '删除模型；各客户端处的部分仍归其所有',
  'How far a match is': '对齐的进度',
  'How far a training is, and its metrics by round': '训练的进度及各轮指标',
  'How far a training is, in words': '用文字说明训练的进度',
  'How far the prediction of a file is': '文件预测的进度',
  'Predicts rows by id and waits for it': '按 id 预测并等待结果',
  'Predicts rows whose labels are known, and says how good that was':
    '预测已知标签的行，并给出效果评估',
  'Predicts the ids of a file that a client has': '预测客户端文件中的 id',
  'Says whether clients are there; keys are drawn by them for each training':
    '说明客户端是否在线；密钥由客户端在每次训练时生成',
  'Stops, suspends or resumes a training': '停止、挂起或恢复训练',
  'The algorithms and the ways to match ids': '可用的算法和对齐方法',
  'The data sets that a client offers, with their columns': '客户端提供的数据集及其列',
  'The matches of tasks, newest first': '各任务的对齐，最新的在前',
  'The parameters of an algorithm': '算法的参数',
  'The trainings of tasks, newest first': '各任务的训练，最新的在前',
  'Trains over the rows that a match has found': '在对齐得到的行上训练',
  'Trains with several sets of parameters, and keeps the best model':
    '用多组参数训练，保留最好的模型',
  'What a match was asked for, and what really ran': '对齐的请求内容及实际执行的协议',
  'What a training was asked for': '训练的请求内容',
  'What train/change does with the type stop': '等同于 type 为 stop 的 train/change',
  'What train/change does with the type suspend': '等同于 type 为 suspend 的 train/change',
  'What train/change does with the type resume': '等同于 type 为 resume 的 train/change',
} as const satisfies Readonly<Record<string, string>>
