/**
 * Simplified Chinese for what the document of Weft’s own API says.
 * @module
 */

/** By the English sentence. */
export const DOCS_WEFT = {
  'The account whose it is; null for the operator’s': '所属账号；属于管理员时为 null',
  'Give it as `after` for what follows': '作为 `after` 传入，以获取后续内容',
  'Why it waits, what it does now, or why it failed': '等待的原因、当前所做的事，或失败的原因',
  'What crossed between the parties of a job': '作业各参与方之间传递的内容',
  'What it was given; null where it asked for nothing': '分配到的资源；没有请求时为 null',
  'How its process ended, where it had one of its own': '若有自己的进程，该进程如何结束',
  'Whether it was heard of within 15 seconds': '15 秒内是否有消息',
  'Null for every party': '服务于所有参与方时为 null',
  'Every 5 seconds for a quarter of an hour, every minute for a day':
    '最近一刻钟每 5 秒一个，最近一天每分钟一个',
  'Why it cannot answer now': '当前无法应答的原因',
  'Its events and its ledger are those of this job': '其事件和账本即此作业的事件和账本',
  'Where parties look their features up by id; without it in the tables that the model was trained with':
    '各方按 id 查找特征的数据表；不填则为训练该模型的数据表',
  'The columns of the prediction: predict_result, predict_score, predict_detail, and what components after the model add; or error, where the row of a batch has none':
    '预测结果的各列：predict_result、predict_score、predict_detail，以及模型之后的组件所添加的列；批量请求中没有结果的行则为 error',
  'What the guest knows of the row, by column; null is a missing value. Without it the row is looked up in the table of the guest; with it, it goes before what stands there':
    'guest 所知的该行内容，按列给出；null 表示缺失值。不填时在 guest 的数据表中查找该行；填写时优先于表中的内容',
  'Several rows at once, instead of one; each has a result or an error of its own':
    '一次预测多行，代替单行；每行各有自己的结果或错误',
  'How many runners run it at once; with a port in its graph, each on another host':
    '同时由多少个运行器运行；图中使用端口时，每个运行器在不同主机上',
  'Its job: events, logs and metrics are there': '其作业：事件、日志和指标都在其中',
  'Whether all of its units are open': '其所有功能单元是否已打开',
  'Those that are wanted, and those all of whose units are open':
    '所需的数量，以及所有功能单元已打开的数量',
  'Unique within the job': '在作业内唯一',
  'Program and arguments; no shell reads them': '程序及其参数；不经过 shell 解析',
  'Instead of a command: a text with "#!", else for /bin/sh':
    '代替命令：以 "#!" 开头的文本，否则由 /bin/sh 执行',
  'Texts by path below the working directory; at most 4 MiB of a job':
    '以工作目录下的路径为键的文本；每个作业最多 4 MiB',
  'How often it is tried again when it fails; not after a limit':
    '失败后重试的次数；因超出限制而失败时不重试',
  'As the runner does when it is not given': '不填则按运行器的设置',
  'Whether a sandbox lets it use the network': '沙箱是否允许其使用网络',
  'Whose runner is to run it; any that serves all parties without':
    '由哪个参与方的运行器执行；不填则为任一服务于所有参与方的运行器',
  'The least that a task gets, and the most that it may use':
    '任务至少得到的资源，也是其可用的上限',
  'Of a process: info for what it printed, error for its standard error':
    '进程的日志级别：标准输出为 info，标准错误为 error',
  'Jobs of every API, newest first': '所有 API 的作业，最新的在前',
  'Such as fate or weft': '例如 fate 或 weft',
  'Uploads are listed only when named': '仅在指定时才列出上传作业',
  'Part of an id or a name': 'ID 或名称的一部分',
  'At most 50 jobs unless more are asked for': '最多 50 个作业，除非请求更多',
  'Runs programs: every task a process of its own, through an engine of some runner':
    '运行程序：每个任务是一个独立进程，由某个运行器的引擎启动',
  'The tasks know nothing of each other; the first that fails for good ends the job. Only runners whose operator allows it (`WEFT_PROCESSES`) run programs.':
    '各任务互不知晓；第一个最终失败的任务会结束整个作业。只有管理员允许（`WEFT_PROCESSES`）的运行器才运行程序。',
  'The job, waiting or running': '该作业，处于等待或运行状态',
  'A field is missing or wrong': '缺少字段或字段有误',
  'No live runner can run one of the tasks; the message says what is missing':
    '没有在线的运行器能运行其中某个任务；消息中说明缺少什么',
  'A job and its tasks, each with its reason': '作业及其任务，每个任务附原因',
  'The job': '该作业',
  'Sets a job aside; what its trainings have reached stays with their parties':
    '挂起作业；训练的进展保留在各参与方处',
  'The job, suspended': '该作业，已挂起',
  'The job is over': '作业已结束',
  'Takes up a suspended job where it was; it waits in line like any other':
    '从中断处恢复已挂起的作业；与其他作业一样排队',
  'Ends a job for good; one that is over stays as it is': '终止作业；已结束的保持不变',
  'The disclosure ledger: what crossed between the parties, of which kind, and what it reveals':
    '信息披露账本：各方之间传递了什么、属于哪一类、会泄露什么',
  'One line for each sender, receiver and tag': '每个发送方、接收方和标签一行',
  'What happened, oldest first': '发生的事件，最早的在前',
  'Only events after this one': '只返回此事件之后的事件',
  'At most 500 events unless more are asked for': '最多 500 个事件，除非请求更多',
  'Every metric of every task with its points': '每个任务的所有指标及其数据点',
  'Metrics in the order in which they began': '按开始的先后列出的指标',
  'Every try at a task, oldest first, with what it was given and how it ended':
    '任务的每次尝试，最早的在前，附分配的资源和结束方式',
  'The attempts': '尝试列表',
  'There is no such job, task or attempt': '没有这个作业、任务或尝试',
  'What happened to one attempt, oldest first': '某次尝试中发生的事件，最早的在前',
  'What one attempt logged, oldest first; paged in both directions':
    '某次尝试的日志，最早的在前；可双向翻页',
  'The oldest lines after this one': '此行之后最早的若干行',
  'The newest lines before this one; without `after` and `before` the newest of all':
    '此行之前最新的若干行；`after` 和 `before` 都不填时返回最新的若干行',
  'The least level': '最低级别',
  'Only lines that contain it': '只返回包含此内容的行',
  'At most 200 lines unless more are asked for': '最多 200 行，除非请求更多',
  'The runners heard of within the last hour, live ones first, and what each works on':
    '最近一小时内有消息的运行器，在线的在前，以及各自正在执行的任务',
  'The runners': '运行器列表',
  'A runner, what it works on, and how busy its host was within the last day':
    '一个运行器、它正在执行的任务，以及其主机最近一天的繁忙程度',
  'The runner': '该运行器',
  'There is no such runner': '没有这个运行器',
  'Takes a runner that is gone, or drained and idle, off the lists':
    '将已失联、或已停止接任务且空闲的运行器从列表中移除',
  'The runner, removed': '该运行器，已移除',
  'Not in its state; the message says what to do first': '其当前状态不允许；消息中说明应先做什么',
  'Gives a runner no more work; what it has it finishes': '不再给运行器分配任务；手头的任务会完成',
  'The runner, draining': '该运行器，正在排空',
  'Lets a drained runner take work again': '让已排空的运行器重新接受任务',
  'The runner, active': '该运行器，正常接受任务',
  'The names under which models answer': '模型应答所用的名称',
  'A service and whether it can answer': '一个服务，以及它能否应答',
  'The service': '该服务',
  'There is no such service, or no row of that id': '没有这个服务，或没有该 id 的行',
  'Puts a model online under a name; the one that had it before is taken offline':
    '以某个名称上线模型；原先使用此名称的模型下线',
  'The service; a model that takes long to load is not online yet':
    '该服务；加载较慢的模型此时尚未上线',
  'There is no such model, or table': '没有这个模型或数据表',
  'Some party has lost its part, or has no live runner':
    '某个参与方丢失了其模型部分，或没有在线的运行器',
  'Takes a name away; a model without any is taken offline': '撤销名称；没有任何名称的模型下线',
  'Predicts a row, or some, with the model that is online under the name':
    '用以该名称上线的模型预测一行或多行',
  'The prediction, or one for each row': '预测结果，或每行一个结果',
  'It cannot answer now; the message says why': '当前无法应答；消息中说明原因',
  'Checks a flow without running it; tells every problem with its line and column':
    '检查流程图而不运行；给出每个问题的行号和列号',
  'Its problems, or its nodes and edges': '其问题，或其节点和边',
  'The flows there are': '现有的流程',
  'Flows in the order in which they were made': '按创建顺序排列的流程',
  'A flow and how it does': '一个流程及其运行情况',
  'The flow': '该流程',
  'There is no such flow': '没有这个流程',
  'Starts a flow, in place of the one of that name if there is one':
    '启动流程；若有同名流程则替换它',
  'The flow, as it begins': '该流程，刚开始时的状态',
  'The flow cannot run; every problem is told': '流程无法运行；给出所有问题',
  'Ends a flow and forgets it': '结束并删除流程',
  'Its last calls in the Trace Event Format, for chrome://tracing and Perfetto':
    '最近的调用，采用 Trace Event 格式，可用 chrome://tracing 和 Perfetto 打开',
  'The trace, as a file': '跟踪文件',
  'There is no such flow, or its description has no profile.trace':
    '没有这个流程，或其描述中没有 profile.trace',
  'Ends a flow and begins it again': '结束流程并重新开始',
  'The flow units that runners have, with their ports and options':
    '各运行器拥有的功能单元及其端口和选项',
  'Units by name and device': '按名称和设备列出的功能单元',
  'One part of what the client sent, such as job_dsl': '客户端提交内容的一部分，例如 job_dsl',
  'The part, as it was sent': '该部分，与提交时一致',
  'What its tasks logged, oldest first': '其任务的日志，最早的在前',
  'Only lines after this one': '只返回此行之后的行',
  'At most 1000 lines unless more are asked for': '最多 1000 行，除非请求更多',
} as const satisfies Readonly<Record<string, string>>
