/**
 * Simplified Chinese for why something waits or has ended, and for what happens to jobs, as the domain words it. Places
 * called `amounts…` take counts of resources, those called `listed…` names with commas and "and", `digits` nothing else.
 * @module
 */

/** By the English sentence, the more special ones first. */
export const WAITS = {
  // With more behind.
  '{reason} (retry {at} of {all})': '{reason}（第 {at} 次重试，共 {all} 次）',
  '{reason} ({task} waited {seconds} s)': '{reason}（{task} 已等待 {seconds} 秒）',
  // The line of jobs.
  'Next in line: {count} jobs run at once': '队列中的下一个：最多同时运行 {count} 个作业',
  'Number {place} in line: {count} jobs run at once':
    '队列中第 {place} 个：最多同时运行 {count} 个作业',
  // What a task waits for.
  'Waits for its job to start': '等待其作业启动',
  'Its job is suspended': '其作业已挂起',
  '{reason}; {digits} task ahead of it': '{reason}；前面还有 {digits} 个任务',
  '{reason}; {digits} tasks ahead of it': '{reason}；前面还有 {digits} 个任务',
  'Waits for {count} task ahead': '等待前面的 {count} 个任务',
  'Waits for {count} tasks ahead': '等待前面的 {count} 个任务',
  'About to be taken by a runner': '即将由运行器领取',
  'About to be taken by its runner': '即将由其运行器领取',
  'Waits for a free slot of its runner': '等待其运行器的空闲槽位',
  'Waits for a free slot; 0 of {count} runner has one':
    '等待空闲槽位；{count} 个运行器都没有空闲槽位',
  'Waits for a free slot; 0 of {count} runners have one':
    '等待空闲槽位；{count} 个运行器都没有空闲槽位',
  'Waits for the runner that holds its data: {count} live, none with that data directory':
    '等待存有其数据的运行器：{count} 个在线，都没有该数据目录',
  'Waits for the member of its group in role {role}: {reason}':
    '等待同组中角色 {role} 的成员：{reason}',
  'Waits for the member of its group on party {party}: {reason}':
    '等待同组中参与方 {party} 的成员：{reason}',
  'Waits for the member of its group : {reason}': '等待同组的成员：{reason}',
  'Its group of {count} tasks begins together; there is not yet room for all of them':
    '同组的 {count} 个任务须同时启动；目前还容纳不下全部',
  'The other members of its group have begun; runner "{runner}" is to take it':
    '同组的其他成员已开始；将由运行器“{runner}”领取',
  'Waits for {listed}': '等待 {listed}',
  'Needs {amounts}; 0 of {count} runner has all of that free':
    '需要 {amounts}；{count} 个运行器都没有足够的空闲',
  'Needs {amounts}; 0 of {count} runners have all of that free':
    '需要 {amounts}；{count} 个运行器都没有足够的空闲',
  'Needs {amounts}; 0 of {count} runner has one free': '需要 {amounts}；{count} 个运行器都没有空闲',
  'Needs {amounts}; 0 of {count} runners have one free':
    '需要 {amounts}；{count} 个运行器都没有空闲',
  'Needs {amounts}; 0 of {count} runner has that much free, the most is {amountsMost}':
    '需要 {amounts}；{count} 个运行器都没有这么多空闲，最多为 {amountsMost}',
  'Needs {amounts}; 0 of {count} runners have that much free, the most is {amountsMost}':
    '需要 {amounts}；{count} 个运行器都没有这么多空闲，最多为 {amountsMost}',
  // What it waits for in vain.
  'Can never start on the runners that live now: none has {amounts} together':
    '在现有的运行器上无法启动：没有一个同时有 {amounts}',
  'Can never start on the runners that live now: needs {amounts}, the only runner for it has {amountsMost}':
    '在现有的运行器上无法启动：需要 {amounts}，唯一可用的运行器有 {amountsMost}',
  'Can never start on the runners that live now: needs {amounts}, the largest runner for it has {amountsMost}':
    '在现有的运行器上无法启动：需要 {amounts}，可用的最大运行器有 {amountsMost}',
  'Can never start on the runners that live now: its group of {count} tasks begins together and needs more than fits on all runners at once; of {digits} task, {amounts} each, there is room for {places}':
    '在现有的运行器上无法启动：同组的 {count} 个任务须同时启动，超出所有运行器的容量；其中各需 {amounts} 的 {digits} 个任务只放得下 {places} 个',
  'Can never start on the runners that live now: its group of {count} tasks begins together and needs more than fits on all runners at once; of {digits} task there is room for {places}':
    '在现有的运行器上无法启动：同组的 {count} 个任务须同时启动，超出所有运行器的容量；其中{digits} 个任务只放得下 {places} 个',
  'Can never start on the runners that live now: its group of {count} tasks begins together and needs more than fits on all runners at once; of {digits} tasks, {amounts} each, there is room for {places}':
    '在现有的运行器上无法启动：同组的 {count} 个任务须同时启动，超出所有运行器的容量；其中各需 {amounts} 的 {digits} 个任务只放得下 {places} 个',
  'Can never start on the runners that live now: its group of {count} tasks begins together and needs more than fits on all runners at once; of {digits} tasks there is room for {places}':
    '在现有的运行器上无法启动：同组的 {count} 个任务须同时启动，超出所有运行器的容量；其中{digits} 个任务只放得下 {places} 个',
  'Can never start on the runners that live now: its group of {count} tasks begins together and needs more than fits on all runners at once':
    '在现有的运行器上无法启动：同组的 {count} 个任务须同时启动，超出所有运行器的容量',
  'Can never start on the runners that live now: its group of {count} tasks begins together and needs {amounts}, all runners together have {amountsMost}':
    '在现有的运行器上无法启动：同组的 {count} 个任务须同时启动，需要 {amounts}，所有运行器共有 {amountsMost}',
  'No live runner has the label {listed} ({rest}): start one with WEFT_LABELS={labels}':
    '没有在线的运行器带有标签 {listed}（{rest}）：请用 WEFT_LABELS={labels} 启动一个',
  'No live runner has the labels {listed} ({rest}): start one with WEFT_LABELS={labels}':
    '没有在线的运行器带有标签 {listed}（{rest}）：请用 WEFT_LABELS={labels} 启动一个',
  'No live runner has the engine {engine}: {rest}': '没有在线的运行器有引擎 {engine}：{rest}',
  'there are no labels': '没有任何标签',
  'there are none': '没有任何引擎',
  'there are {listed}': '现有 {listed}',
  'Every runner that could take it has a replica of it already: start another runner':
    '可运行它的每个运行器都已有它的副本：请再启动一个运行器',
  'Every host that could take it has a replica of it already: start another runner on another host':
    '可运行它的每台主机都已有它的副本：请在另一台主机上启动运行器',
  'No live runner has all the flow units of the graph: {listed} is missing where the most are there':
    '没有在线的运行器具备图中的所有功能单元：最齐全的运行器仍缺少 {listed}',
  'No live runner has all the flow units of the graph: {listed} are missing where the most are there':
    '没有在线的运行器具备图中的所有功能单元：最齐全的运行器仍缺少 {listed}',
  'No live runner of its party can read the uploaded file, which lies on the disk of the server: start one with WEFT_APP_URL, the address of the server, or name a file that lies with the runner':
    '上传的文件位于服务器磁盘上，其参与方没有在线的运行器能读取：请以 WEFT_APP_URL（服务器地址）启动一个，或指定运行器处的文件',
  'Only runner {listed} could take it, drained by the operator: activate one on the page of runners, or start another':
    '只有运行器 {listed} 可运行它，但已被管理员排空：请在运行器页面启用一个，或另外启动一个',
  'Only runners {listed} could take it, drained by the operator: activate one on the page of runners, or start another':
    '只有运行器 {listed} 可运行它，但已被管理员排空：请在运行器页面启用一个，或另外启动一个',
  'No live runner serves this task: start one with "npm run runner"':
    '没有在线的运行器可运行此任务：请用 "npm run runner" 启动一个',
  'No live runner serves {role} party {party}: start one with WEFT_PARTIES={party} npm run runner, or name another party':
    '没有在线的运行器为 {role} 参与方 {party} 服务：请用 WEFT_PARTIES={party} npm run runner 启动一个，或换一个参与方',
  'No live runner serves party {party}: start one with WEFT_PARTIES={party} npm run runner, or name another party':
    '没有在线的运行器为参与方 {party} 服务：请用 WEFT_PARTIES={party} npm run runner 启动一个，或换一个参与方',
  // Attempts.
  '{task} at {party}: attempt {number} was lost: {reason}':
    '{party} 的 {task}：第 {number} 次尝试失联：{reason}',
  '{task} at {party}: attempt {number} was taken back: {reason}':
    '{party} 的 {task}：第 {number} 次尝试被收回：{reason}',
  '{role}[{index}]: attempt {number} was lost: {reason}':
    '{role}[{index}]：第 {number} 次尝试失联：{reason}',
  '{role}[{index}]: attempt {number} was taken back: {reason}':
    '{role}[{index}]：第 {number} 次尝试被收回：{reason}',
  '{role}[{index}] failed: {reason}': '{role}[{index}] 失败：{reason}',
  'Attempt {number} ended with {code} ({phrase}): {why}; attempt {next} follows in {seconds} s':
    '第 {number} 次尝试以 {code}（{phrase}）结束：{why}；{seconds} 秒后进行第 {next} 次尝试',
  'The lease is no longer held': '租约已失效',
  '{who} was lost in {task}: its runner "{runner}" stopped answering':
    '{who} 在 {task} 中失联：其运行器“{runner}”不再响应',
  '{who} did not begin with the others of {task}: {why}':
    '{who} 未能与 {task} 的其他成员一同开始：{why}',
  'its runner "{runner}" did not take it in {seconds} s':
    '其运行器“{runner}”在 {seconds} 秒内没有领取',
  'its runner "{runner}" is gone': '其运行器“{runner}”已失联',
  // Limits of jobs.
  'It has run for {time}, which is {whose}: make it shorter, or let it go on from what it has saved':
    '已运行 {time}，达到{whose}：请缩短作业，或让它从已保存处继续',
  'the limit of this server (WEFT_JOB_HOURS)': '本服务器的上限（WEFT_JOB_HOURS）',
  'its own limit (extras.weft.runMinutes)': '作业自身的上限（extras.weft.runMinutes）',
  '{digits} s': '{digits} 秒',
  '{digits} minutes': '{digits} 分钟',
  '{digits} hours': '{digits} 小时',
  'Its GPUs were idle for {time}, which is the limit of this server (WEFT_GPU_IDLE_MINUTES): ask for no GPU, or let the program use it':
    '其 GPU 已空闲 {time}，达到本服务器的上限（WEFT_GPU_IDLE_MINUTES）：请不要申请 GPU，或让程序使用它',
  'Not all instances found their places within {time} (WEFT_GANG_MINUTES)':
    '在 {time} 内（WEFT_GANG_MINUTES）未能为所有实例找到位置',
  'It made room for job "{job}", which has a higher priority': '为优先级更高的作业“{job}”让出资源',
  // What happens to jobs, flows and works.
  'A task failed': '有任务失败',
  'The job ended': '作业已结束',
  'Another flow takes its place': '已由另一个流程替换',
  'Service "{name}" answers with it no longer': '服务“{name}”不再使用它应答',
  '{name} asked for it to run': '{name} 请求运行',
  'The webhook of the job was not told that it is {event} ({why}): it is given up':
    '未能通知作业的 Webhook 其状态为 {event}（{why}）：已放弃',
  'The webhook of the job was not told that it is {event} ({why}): it is tried again':
    '未能通知作业的 Webhook 其状态为 {event}（{why}）：将再次尝试',
  'The webhook of the work was not told ({why}): it is given up':
    '未能通知调度作业的 Webhook（{why}）：已放弃',
  'The webhook of the work was not told ({why}): it is tried again':
    '未能通知调度作业的 Webhook（{why}）：将再次尝试',
  'The webhook of the work was told': '已通知调度作业的 Webhook',
  'The work was stopped': '调度作业已停止',
  'The task was canceled': '任务已取消',
  'The run that was due at {time} was left out: {why}': '跳过了应于 {time} 进行的运行：{why}',
  'The run was left out: {why}': '跳过了一次运行：{why}',
  'the one before it still runs': '上一次仍在运行',
} as const satisfies Readonly<Record<string, string>>
