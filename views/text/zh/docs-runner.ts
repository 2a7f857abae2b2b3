/**
 * Simplified Chinese for what the document of the runner gateway says.
 * @module
 */

/** By the English sentence. */
export const DOCS_RUNNER = {
  'What the token opens: this gateway, or the database at `/hrana`':
    '令牌的用途：此网关，或 `/hrana` 处的数据库',
  'A data set that a party offers: name and columns': '参与方提供的数据集：名称和列',
  'A flow unit, with its ports and options': '功能单元及其端口和选项',
  'What the server wants: to take work, to take no more, or to end':
    '服务器的要求：接受任务、不再接受任务，或结束运行',
  'Busy share of the cores of the host since the last sample': '自上次采样以来主机各核的繁忙比例',
  'In use on the host': '主机上已使用的量',
  'The attempts whose outcome counts, now or when it was said before; of the others the lease was gone':
    '结果被采纳的尝试（本次或之前报告的）；其余尝试的租约已失效',
  'The jobs among them that are over for good': '其中已彻底结束的作业',
  'False: the lease is gone, start nothing': '为 false 时租约已失效，不要启动任何任务',
  'Exchanges a one-time code for a token': '用一次性邀请码换取令牌',
  'Made with "npm run cli -- runner invite"; capitals and separators do not matter':
    '由 "npm run cli -- runner invite" 生成；不区分大小写，分隔符可省略',
  'The token, shown this once': '令牌，只显示这一次',
  'No such code': '没有这个邀请码',
  'The code was used, or has expired': '邀请码已被使用或已过期',
  'Enters a runner, or enters it again after a restart': '登记运行器，或在重启后重新登记',
  'The token is missing, wrong or expired': '令牌缺失、错误或已过期',
  'Not within the rights of this token': '超出此令牌的权限',
  'Says that a runner is alive and how busy; answers what is wanted of it':
    '报告运行器在线及其繁忙程度；应答给出对它的要求',
  'Takes ready tasks of the runner’s parties, each under a lease':
    '领取运行器所服务参与方的就绪任务，每个任务附一份租约',
  'How long to wait for a task when none is ready': '没有就绪任务时等待的时长',
  'A name for this request: sent again, it gets the same tasks while their leases last':
    '此请求的名称：在租约有效期内重发会得到相同的任务',
  'Prolongs leases; answers those that are lost, with the reason':
    '续租；应答给出已失效的租约及原因',
  'Logs, events, metrics and results of tasks, in order': '任务的日志、事件、指标和结果，按顺序',
  'A name for this batch: the last one that was taken in counts once however often it comes':
    '此批次的名称：最近一次被接收的批次无论重发多少次都只计一次',
  'First rows or contents, or null': '前几行或内容，或 null',
  'Ends leases with the outcomes of their tasks, in order': '按顺序以任务的结果结束租约',
  'How its process ended, where it had one that did': '若有已结束的进程，该进程如何结束',
  'Which jobs are over, so that nothing has to be kept for going on with them':
    '哪些作业已结束，不必再为其继续运行保留任何内容',
  'Only those that ended longer ago': '只返回更早结束的作业',
  'Where the members of one component of a job run now': '作业中某个组件的各成员当前在哪里运行',
  'Online calls behind a number that wait for a held attempt of a guest':
    '某个编号之后、等待 guest 所持尝试处理的在线调用',
  'Answers online calls; those that nobody waits for any more are dropped':
    '应答在线调用；已无人等待的调用会被丢弃',
  'What the task of a held attempt is asked for, behind a number':
    '某个编号之后、对所持尝试的任务提出的请求',
  'Keeps by which an engine finds the process of a held attempt again':
    '保存引擎用来重新找到所持尝试的进程的句柄',
  'Tells where the others of an ensemble are; null while they are not complete':
    '给出同组其他成员的位置；成员未齐时为 null',
  'Handles of processes that are over or that nobody will follow':
    '已结束或不再有人跟踪的进程的句柄',
  'Forgets leftovers of which nothing is left': '删除已无残留的遗留记录',
  'Leaves a sealed message for another member of a job': '为作业的另一成员留下一条加密消息',
  'A sealed message': '一条加密消息',
  'It waits for its receiver': '等待接收方取走',
  'Takes the sealed messages that wait; they are gone from the server afterwards':
    '取走等待中的加密消息；之后服务器上不再保留',
  'See `domain/parcel.ts`': '参见 `domain/parcel.ts`',
  'Sealed messages': '加密消息列表',
  'The bytes of an upload that the runner was given': '分配给运行器的上传内容的字节',
  'The upload': '该上传',
  'As uploaded': '与上传时一致',
  'Takes the rows that the runner was asked for': '接收向运行器请求的数据行',
  'Lines of CSV': 'CSV 各行',
  'They are kept until they are read': '保留到被读取为止',
  'Removes an upload that the runner has read': '删除运行器已读取的上传内容',
  'The place of the byte to go on with; null where the server wants none of it: it has the same disk, or none, or the job is long over':
    '应从哪个字节继续；服务器不需要时为 null：它使用同一磁盘、没有磁盘，或作业早已结束',
  'A piece of what a program prints, at most 1048576 bytes; without any it asks for the place to begin':
    '程序输出的一段，至多 1048576 字节；不带内容时询问从何处开始',
  'The place of its first byte, counted from the first that was ever printed':
    '其首字节的位置，从最早输出的字节数起',
  'Nothing comes after it': '其后再无内容',
  'What was printed': '程序的输出',
  'It is kept': '已保存',
} as const satisfies Readonly<Record<string, string>>
