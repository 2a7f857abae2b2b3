/**
 * Simplified Chinese for sentences that are made below the pages: refusals, reasons, events. What has a place may have a
 * message of its own there.
 * @module
 */

/** By the English sentence, the more special ones first. */
export const MESSAGES = {
  // States, where a sentence names one.
  waiting: '等待中',
  running: '运行中',
  suspended: '已挂起',
  succeeded: '已成功',
  failed: '已失败',
  canceled: '已停止',
  'is missing': '缺失',
  // Events of jobs and tasks.
  'The job was submitted': '作业已提交',
  'The job started': '作业已开始',
  'The job succeeded without {who}, lost on the way': '作业成功，但途中失去了 {who}',
  'The job goes on without {who}: {reason}': '作业在没有 {who} 的情况下继续：{reason}',
  'The job succeeded': '作业成功',
  'Stopped in the console': '已在控制台停止',
  'Suspended in the console: resume it to go on': '已在控制台挂起：恢复后继续',
  'Resumed in the console': '已在控制台恢复',
  'Stopped over /api/train/change': '已通过 /api/train/change 停止',
  'Suspended over /api/train/change': '已通过 /api/train/change 挂起',
  'Resumed over /api/train/change': '已通过 /api/train/change 恢复',
  // Jobs of task roles.
  '{role}[{index}]: attempt {number} was taken by runner "{runner}"':
    '{role}[{index}]：第 {number} 次尝试由运行器“{runner}”领取',
  '{role}[{index}]: attempt {number} was stopped: {reason}':
    '{role}[{index}]：第 {number} 次尝试被停止：{reason}',
  '{role}[{index}]: attempt {number} failed: {reason}':
    '{role}[{index}]：第 {number} 次尝试失败：{reason}',
  '{role}[{index}] is done': '{role}[{index}] 已完成',
  'Attempt {number} ended with {code} ({phrase}): {why}; attempt {next} follows':
    '第 {number} 次尝试以 {code}（{phrase}）结束：{why}；随后进行第 {next} 次尝试',
  'This server runs where passwords cannot be kept: use a token instead':
    '本服务器的运行环境无法保存密码：请改用令牌',
  'The program ended well': '程序正常结束',
  'It was stopped on purpose': '被主动停止',
  'Submit it again to run it again': '如需再次运行，请重新提交',
  'The program failed': '程序失败',
  'Look at its log and mend the program or its configuration': '请查看日志，修正程序或其配置',
  'The host ended it, or was lost': '被主机终止，或主机丢失',
  'It is tried again by itself; if it fails in the same way each time, look whether it uses more memory than it asks for':
    '会自动重试；如果每次都以同样的方式失败，请检查它使用的内存是否超出申请量',
  'What it asks for was not free in time': '申请的资源未能及时空出',
  'It is tried again by itself; ask for less, or start another runner':
    '会自动重试；请减少申请，或再启动一个运行器',
  'The program ended with a code of its own': '程序以自定义的退出码结束',
  'Look at its log: the last words of the program are in the diagnostics':
    '请查看日志：诊断信息中有程序最后的输出',
  'All instances are done': '所有实例都已结束',
  '{count} instances of role "{role}" failed, and {needed} are enough to fail the job':
    '角色“{role}”有 {count} 个实例失败，达到 {needed} 个即判作业失败',
  '{count} instances of role "{role}" succeeded, and {needed} are enough':
    '角色“{role}”有 {count} 个实例成功，达到 {needed} 个即可',
  'The attempt is over: {why}': '本次尝试已结束：{why}',
  'Stopped by {name}': '由 {name} 停止',
  'Version {version} follows': '由版本 {version} 取代',
  'Give a whole number, {least} or more.': '请填写不小于 {least} 的整数。',
  'A name has letters, digits, _ and -.': '名称只能包含字母、数字、_ 和 -。',
  'Give the command that is to run.': '请填写要运行的命令。',
  'Job {name} already exists.': '作业 {name} 已存在。',
  'No job was chosen: tick those that are to be stopped.': '没有选择作业：请勾选要停止的作业。',
  'Password is incorrect.': '密码不正确。',
  'A password has {least} to {most} characters': '密码应有 {least} 到 {most} 个字符',
  'Only accounts have tokens: log in with a name and a password first.':
    '只有账号才有令牌：请先用用户名和密码登录。',
  'This name and password are not valid': '用户名或密码不正确',
  'Too many failed logins: try again in {seconds} seconds':
    '登录失败次数过多：请在 {seconds} 秒后重试',
  'There is no "{name}" of yours: see the list for those there are':
    '您没有“{name}”：请查看列表中现有的项',
  '{role}[{index}]: {reason}': '{role}[{index}]：{reason}',
  '{task} at {party}: attempt {number} was taken by runner "{runner}"':
    '{party} 的 {task}：第 {number} 次尝试由运行器“{runner}”领取',
  '{task} at {party}: attempt {number} was handed back: {reason}':
    '{party} 的 {task}：第 {number} 次尝试被交还：{reason}',
  '{task} at {party}: attempt {number} was stopped: {reason}':
    '{party} 的 {task}：第 {number} 次尝试被停止：{reason}',
  '{task} at {party}: attempt {number} failed: {reason}':
    '{party} 的 {task}：第 {number} 次尝试失败：{reason}',
  '{task} is done at {party}': '{party} 的 {task} 已完成',
  '{party} failed in {task}: {reason}': '{party} 在 {task} 中失败：{reason}',
  '{task} starts again: {reason}': '{task} 重新开始：{reason}',
  'its runner "{runner}" stopped answering': '其运行器“{runner}”不再响应',
  // Why something waits.
  'Runs {tasks}': '正在运行 {tasks}',
  'Iteration {at} of {all}': '第 {at} 次迭代，共 {all} 次',
  'The data of {who} lies in a data directory that no live runner has: start its runner again':
    '{who} 的数据所在的数据目录没有在线的运行器：请重新启动其运行器',
  // Refusals of the domain.
  'Job {id} is {state}: only a suspended job can be resumed':
    '作业 {id} 的状态为 {state}：只有已挂起的作业才能恢复',
  'Job {id} is {state}: only one that waits or runs can be suspended':
    '作业 {id} 的状态为 {state}：只有等待中或运行中的作业才能挂起',
  'Job {id} is {state}: stop it first': '作业 {id} 的状态为 {state}：请先停止它',
  'Job {job} has no task "{task}": see the list of its tasks':
    '作业 {job} 没有任务“{task}”：请查看其任务列表',
  'Job {job} has no component "{name}": its components are {names}':
    '作业 {job} 没有组件“{name}”：其组件为 {names}',
  'No runner "{id}": see the list of runners': '没有运行器“{id}”：请查看运行器列表',
  'Runner "{name}" is gone: start it again, and activate it then':
    '运行器“{name}”已失联：请重新启动后再启用',
  'Service "{name}" cannot answer: {why}': '服务“{name}”无法应答：{why}',
  // Templates of jobs.
  'Logistic regression': '逻辑回归',
  'Two parties with different columns of the same people; an arbiter holds the key.':
    '两个参与方拥有同一批人的不同列；由 arbiter 持有密钥。',
  'Boosted trees': '提升树',
  'SecureBoost over two parties with different columns of the same people.':
    '两个参与方拥有同一批人的不同列，使用 SecureBoost。',
  'Binning, selection, regression': '分箱、特征选择与回归',
  'Features are binned, chosen by information value and scaled before the regression.':
    '先对特征分箱，按信息值选择并缩放，再做回归。',
  Statistics: '统计',
  'Statistics, correlations across parties and information values; nothing is trained.':
    '统计量、跨参与方相关性和信息值；不训练模型。',
  Clusters: '聚类',
  'Groups of similar rows over the columns of both parties.': '根据双方的列将相似的行分组。',
  'Regression over shared columns': '共有列上的回归',
  'Two parties with the same columns and labels of different people; models are averaged.':
    '两个参与方拥有不同人群的相同列和标签；对模型取平均。',
  // Projects.
  'Give the project a name.': '请为项目命名。',
  'Choose data sets of two parties or more.': '请选择至少两个参与方的数据集。',
  'Choose the column of the label.': '请选择标签列。',
  'Leave a column of party {party} to learn from.': '请为参与方 {party} 至少保留一列用于学习。',
  'So many columns cannot be left out one by one: ask their owner to offer fewer, or to list them as a data set of its own.':
    '无法逐一去掉这么多列：请其所有者少提供一些列，或另列一个数据集。',
  'Which rows? Give their ids': '预测哪些行？请填写它们的 id',
  'At most {count} ids are predicted at once': '一次最多预测 {count} 个 id',
  'Which file? Give its path': '预测哪个文件？请填写其路径',
  'Choose the party that has the file': '请选择拥有该文件的参与方',
  'There is no prediction "{id}"': '没有预测“{id}”',
  'There is no match "{id}"': '没有对齐“{id}”',
  'There is no model "{id}": see /api/train/list': '没有模型“{id}”：请查看 /api/train/list',
  'Training {id} has no model: it is {state}': '训练 {id} 没有模型：其状态为 {state}',
  'algorithmParams: {field} is {value}, expected a number from {low} to {high}':
    '参数 {field} 为 {value}，应为 {low} 到 {high} 之间的数字',
  'algorithmParams: {field} is {value}, expected {words}': '参数 {field} 为 {value}，应为 {words}',
  '{value}, expected a number from {low} to {high}': '{value}，应为 {low} 到 {high} 之间的数字',
  'No client offers the label "{label}": ask its owner to list it, or name another':
    '没有参与方提供标签“{label}”：请其所有者列出，或改用其他列',
  'Both {one} and {other} offer a column "{label}": the label has to be of one client':
    '{one} 和 {other} 都提供列“{label}”：标签只能属于一个参与方',
  'taskId "{name}" cannot be: expected letters, digits, "_" and ".", at most 80 of them':
    '名称“{name}”不可用：应由字母、数字、“_”和“.”组成，最多 80 个字符',
  'The prediction took longer than {seconds} s: see job {job}':
    '预测超过 {seconds} 秒：请查看作业 {job}',
  'blind RSA signatures, 2048 bits': 'RSA 盲签名，2048 位',
  'Diffie-Hellman in a 2048-bit safe-prime group': '2048 位安全素数群上的 Diffie-Hellman',
  'Diffie-Hellman on Curve25519': 'Curve25519 上的 Diffie-Hellman',
  'Diffie-Hellman on Curve25519, as the polynomials that FREEDMAN stands for cost far more and protect no better':
    'Curve25519 上的 Diffie-Hellman，因为 FREEDMAN 的多项式方法代价高得多，保护却并不更好',
  'none: every client keeps its own rows': '不对齐：各参与方保留自己的行',
  'SHA-256 of ids with a salt of this match; whoever receives the hashes can find ids by trying all that there may be':
    '加盐的 SHA-256；收到哈希的一方可以穷举得到 id',
  // Names of curves.
  precision: '精确率',
  recall: '召回率',
  // Pages and forms.
  'There is no page at {path}. It may have been moved, or the address has a typing error.':
    '{path} 没有页面。它可能已被移动，或者地址有误。',
  'The server could not make this page. Nothing was changed half-way.':
    '服务器无法生成此页面。没有任何改动只做了一半。',
  'No job "{id}": see the job list for the ones there are':
    '没有作业“{id}”：请在作业列表中查看现有作业',
  'Upload the guest’s table {table} for party {party}': '为参与方 {party} 上传 guest 的表 {table}',
  'Upload the host’s table {table} for party {party}': '为参与方 {party} 上传 host 的表 {table}',
  'An upload was stopped.': '一项上传已被停止。',
  'An upload is not done after {seconds} seconds: {why}': '{seconds} 秒后上传仍未完成：{why}',
  'no runner took it.': '没有运行器领取。',
  'The example could not be submitted: {why}': '示例无法提交：{why}',
  'This token is not valid or has expired': '此令牌无效或已过期',
  'A name has at most {count} characters.': '名称最多 {count} 个字符。',
  'A name has at most {count} characters': '名称最多 {count} 个字符',
  'A party is named by digits, such as 9999.': '参与方用数字表示，例如 9999。',
  'Choose the guest’s table.': '请选择 guest 的表。',
  'Choose the host’s table.': '请选择 host 的表。',
  'There is no such table any more.': '这张表已不存在。',
  'This table belongs to party {owner}, not to {party}.':
    '此表属于参与方 {owner}，而不是 {party}。',
  'The guest table has no column “{column}”.': 'guest 表中没有列“{column}”。',
  'The host must be another party than the guest.': 'host 必须是与 guest 不同的参与方。',
  'Name the column that holds the label.': '请填写标签列的名称。',
  'Write a whole number, such as 10.': '请填写整数，例如 10。',
  'Write a whole number, or −1 for all rows.': '请填写整数，−1 表示所有行。',
  'At least 10 rows, or −1 for all rows.': '至少 10 行，−1 表示所有行。',
  'At least one iteration is needed.': '至少需要一次迭代。',
  'At most 10000 iterations are possible.': '最多 10000 次迭代。',
  'The learning rate must be a number.': '学习率必须是数字。',
  'The learning rate must be above 0.': '学习率必须大于 0。',
  'The strength must be a number.': '强度必须是数字。',
  'The strength cannot be below 0.': '强度不能小于 0。',
  'Choose one of the list.': '请从列表中选择。',
  'Choose one of the optimizers.': '请选择一种优化器。',
  'Choose one of the penalties.': '请选择一种惩罚项。',
  'Choose one of the lengths.': '请选择一种长度。',
  'Write a number.': '请填写数字。',
  'Write JSON, such as ["a", "b"], 5 or null.': '请填写 JSON，例如 ["a", "b"]、5 或 null。',
  'Paste the DSL as JSON.': '请以 JSON 格式粘贴 DSL。',
  'Paste the configuration as JSON.': '请以 JSON 格式粘贴配置。',
  'This is not JSON: {why}': '这不是 JSON：{why}',
  'The DSL has no "components": it names every component of the job there.':
    'DSL 中没有 "components"：作业的每个组件都在其中列出。',
  'The configuration needs "initiator" and "role".': '配置需要 "initiator" 和 "role"。',
  'Which row? Give its id': '哪一行？请填写其 id',
  'The features are no JSON object of columns, like {example}':
    '特征不是按列给出的 JSON 对象，例如 {example}',
  'Which party does the runner serve? Give its id, such as 10000':
    '运行器为哪个参与方服务？请填写其编号，例如 10000',
  'A runner is invited for at most {count} parties': '一个运行器最多可为 {count} 个参与方邀请',
  'An id of a party has at most {count} characters': '参与方编号最多 {count} 个字符',
  'Only the first {count} rows are here: the others are in the data directory of the party’s runner.':
    '这里只有前 {count} 行：其余的在该参与方运行器的数据目录中。',
  'Set for {roles} alone, which goes first.': '已为 {roles} 单独设置，以单独设置为准。',
  'No API "{name}": the ones there are, are {names}.': '没有 API“{name}”：现有的是 {names}。',
  // Scripts of works.
  'What Flink makes of it is seen when it runs: WEFT_FLINK_GATEWAY_URL lets this server ask it':
    'Flink 的检查结果要到运行时才能看到：设置 WEFT_FLINK_GATEWAY_URL 后，服务器可以提前询问它',
  'A STREAMING work needs Flink, and no live runner has a cluster':
    '流作业需要 Flink，而当前没有任何运行器连接到集群',
  'Flink could not be asked: {reason}': '无法询问 Flink：{reason}',
  'From line {line} on it is checked when it runs: "{text}" is not done for a look':
    '从第 {line} 行起要到运行时才检查：不会为了检查而执行“{text}”',
  'What follows line {line}, column {column} is checked once that is right':
    '第 {line} 行第 {column} 列之后的内容在其改正后再检查',
  'Choose a file first': '请先选择文件',
  'Say from which savepoint': '请指定保存点',
  // Settings that every node of a flow has.
  'Buffers a call': '每次调用的数据块数',
  'Buffers that may wait at an in-port': '输入端口可等待的数据块数',
  'Ids of devices': '设备编号',
  // Tasks of no party.
  '{task}: attempt {number} was taken by runner "{runner}"':
    '{task}：第 {number} 次尝试由运行器“{runner}”领取',
  '{task}: attempt {number} was handed back: {reason}':
    '{task}：第 {number} 次尝试被交还：{reason}',
  '{task}: attempt {number} was taken back: {reason}': '{task}：第 {number} 次尝试被收回：{reason}',
  '{task}: attempt {number} was stopped: {reason}': '{task}：第 {number} 次尝试被停止：{reason}',
  '{task}: attempt {number} was lost: {reason}': '{task}：第 {number} 次尝试失联：{reason}',
  '{task}: attempt {number} failed: {reason}': '{task}：第 {number} 次尝试失败：{reason}',
  '{task} is done': '{task} 已完成',
  // A task that says what it does; last, as much else reads like it.
  '{task} at {party}: {reason}': '{party} 的 {task}：{reason}',
} as const satisfies Readonly<Record<string, string>>
