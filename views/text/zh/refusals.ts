/**
 * Simplified Chinese for what is refused below the pages: sentences of the domain, of the surfaces that the console's forms
 * ask, and of the pages' own routes.
 * @module
 */

/** By the English sentence, the more special ones first. */
export const REFUSALS = {
  // Jobs and tasks.
  'Task "{task}" has no attempt yet: its log is empty': '任务“{task}”还没有尝试：日志为空',
  'Task "{task}" has no {number}: it has been tried {times} times':
    '任务“{task}”没有 {number}：它共尝试了 {times} 次',
  'Job {id} is {state}: stop it before its tables are deleted':
    '作业 {id} 的状态为 {state}：删除其数据表之前请先停止它',
  'Job {id} is {state}: only one that is over can be run again':
    '作业 {id} 的状态为 {state}：只有已结束的作业才能重新运行',
  'Job {id} has no components: submit it anew': '作业 {id} 没有组件：请重新提交',
  'Job {id} has succeeded: name a component from which it is to run again':
    '作业 {id} 已成功：请指定从哪个组件开始重新运行',
  'Job {id} has no component {name}: it has {names}': '作业 {id} 没有组件 {name}：现有 {names}',
  'Job {id} has no {role} {party}: see its page for those who take part':
    '作业 {id} 没有 {role} {party}：参与者请见其页面',
  'Job {id} has no {role} {party}: its parties are {names}':
    '作业 {id} 没有 {role} {party}：其参与方为 {names}',
  'There is a job "{id}" already': '已有作业“{id}”',
  'Choose the jobs to compare in the list of jobs': '请在作业列表中选择要比较的作业',
  '{count} jobs are too many to compare: choose at most {most}':
    '{count} 个作业太多，无法比较：最多选择 {most} 个',
  '{name} has left no such table: see its page for those there are':
    '{name} 没有留下这样的表：现有的表请见其页面',
  'The rows of {name} stay with its party: it hands out no preview':
    '{name} 的数据行留在其参与方处：不提供预览',
  "The {count} rows of {name} are in the data directory of the party's runner, which this server cannot read":
    '{name} 的 {count} 行在该参与方运行器的数据目录中，本服务器无法读取',
  'This server has none of the components that templates use: submit JSON':
    '本服务器没有模板所用的组件：请提交 JSON',
  // Runners, parties, tables.
  'Runner "{name}" is gone and takes no work: remove it, or start it again':
    '运行器“{name}”已失联，不再接受工作：请移除它，或重新启动',
  'Cannot remove runner "{name}": it is live; drain it first, or stop its process':
    '无法移除运行器“{name}”：它仍在线；请先排空，或停止其进程',
  'Cannot remove runner "{name}": it still holds {what}; wait until they have ended or were taken back':
    '无法移除运行器“{name}”：它仍持有 {what}；请等它们结束或被收回',
  'Runner "{name}" offers data set "{data}" of party {party}, which it does not serve':
    '运行器“{name}”提供参与方 {party} 的数据集“{data}”，但它不为该参与方服务',
  'Runner "{name}" names no key for party {party}': '运行器“{name}”没有给出参与方 {party} 的密钥',
  'Party {party} is pinned to another identity key: start its runner with the data directory it had, or clear the pin with "{command}"':
    '参与方 {party} 已绑定到另一个身份密钥：请用原来的数据目录启动其运行器，或用“{command}”清除绑定',
  'this task': '此任务',
  'start one with "npm run runner"': '请用“npm run runner”启动一个',
  'start one with WEFT_PARTIES={party} npm run runner, or name another party':
    '请用 WEFT_PARTIES={party} npm run runner 启动一个，或改用其他参与方',
  'No party "{party}" is registered': '没有登记参与方“{party}”',
  'Table {name} does not exist: see the table list for those there are':
    '数据表 {name} 不存在：现有的表请见数据表列表',
  'Table {name} belongs to party {owner}: party {party} cannot have it':
    '数据表 {name} 属于参与方 {owner}：参与方 {party} 不能使用',
  'Table {namespace}.{name} belongs to party {owner}: choose another name':
    '数据表 {namespace}.{name} 属于参与方 {owner}：请换一个名称',
  'The runner that holds table {name} is not running: start it again with its data directory':
    '存有数据表 {name} 的运行器没有运行：请用其数据目录重新启动它',
  'The runner that holds {what} is not running: start it again with its data directory':
    '存有 {what} 的运行器没有运行：请用其数据目录重新启动它',
  'No table {namespace}.{name}: see the list of tables':
    '没有数据表 {namespace}.{name}：请查看数据表列表',
  'What {node} left is in the data directory of the runner of {role} {party}, which is not running: start it again':
    '{node} 的结果在 {role} {party} 的运行器的数据目录中，而该运行器没有运行：请重新启动它',
  'The runner of {role} {party} does not know where this server is, to send it what {node} left: start it with WEFT_APP_URL, the address of the server':
    '{role} {party} 的运行器不知道本服务器的地址，无法发送 {node} 的结果：请用 WEFT_APP_URL（本服务器的地址）启动它',
  'An invitation names the parties that the runner serves': '邀请应列出运行器所服务的参与方',
  'An invitation is good for at most 30 days': '邀请的有效期最长为 30 天',
  'A valid {kind} token is needed: make one with "{command}" and send it as "{header}"':
    '需要有效的 {kind} 令牌：请用“{command}”创建，并以“{header}”发送',
  'Your token is invalid.': '令牌无效。',
  // Accounts and clusters.
  'Group {name} is not found.': '没有用户组 {name}。',
  '"{name}" cannot name a group: letters, digits and _ can':
    '“{name}”不能作为用户组名：只能用字母、数字和 _',
  'Group name {name} already exists.': '用户组名 {name} 已存在。',
  '"{name}" cannot name a user: letters, digits, _ - and . can':
    '“{name}”不能作为用户名：只能用字母、数字、_、- 和 .',
  'User {name} was removed and still has jobs, which a new user of that name would own: choose another name, or have it inherit them with "npm run cli user add" and --inherit':
    '用户 {name} 已被移除，但仍有作业，同名的新用户将拥有这些作业：请换一个名称，或用“npm run cli user add”加 --inherit 让其继承',
  "A token's name has at most {most} characters": '令牌名称最多 {most} 个字符',
  'User name {name} already exists.': '用户名 {name} 已存在。',
  "Admin {name} can't delete. Change its role first.": '不能删除管理员 {name}。请先更改其角色。',
  'User {name} is not found.': '没有用户 {name}。',
  'Virtual cluster {name} is not found.': '没有虚拟集群 {name}。',
  '"{name}" cannot name a virtual cluster: letters, digits, _ and - can':
    '“{name}”不能作为虚拟集群名：只能用字母、数字、_ 和 -',
  'A virtual cluster cannot have {count} {what}: give a whole number':
    '虚拟集群不能有 {count} {what}：请填写整数',
  'The default virtual cluster cannot be removed': '不能删除默认虚拟集群',
  'Virtual cluster {name} has jobs that are not over: stop them first.':
    '虚拟集群 {name} 还有未结束的作业：请先停止它们。',
  'Nobody takes their own rights away.': '不能取消自己的权限。',
  'An email address has at most 320 characters': '邮箱地址最多 320 个字符',
  'There is no such token': '没有这个令牌',
  'User {name} is not allowed to change jobs of {owner}.': '用户 {name} 无权更改 {owner} 的作业。',
  'Only administrators may do this: ask one of them.': '只有管理员才能执行此操作：请联系管理员。',
  // Jobs of task roles and programs.
  'Role "{role}" asks for {count} {what} an instance, and no live runner has more than {most}: ask for less, or start a larger runner':
    '角色“{role}”每个实例申请 {count} {what}，而在线的运行器最多只有 {most}：请减少申请，或启动更大的运行器',
  'No live runner has all at once that an instance of role "{role}" asks for: ask for less, or start a larger runner':
    '没有在线的运行器能同时满足角色“{role}”一个实例的全部申请：请减少申请，或启动更大的运行器',
  'All instances together ask for {count} {what}, and the live runners have {most}: ask for less, start more runners, or set extras.gangAllocation to false':
    '所有实例共申请 {count} {what}，而在线的运行器共有 {most}：请减少申请、启动更多运行器，或将 extras.gangAllocation 设为 false',
  'The instances of all roles begin together, and however they are shared out among the live runners there is room for {digits} of the {count} of role "{role}": ask for less, start more runners, or set extras.gangAllocation to false':
    '所有角色的实例须同时启动，而无论怎样分配到在线的运行器上，角色“{role}”的 {count} 个实例都只放得下 {digits} 个：请减少申请、启动更多运行器，或将 extras.gangAllocation 设为 false',
  'No live runner has engine "{engine}" for role "{role}": install bubblewrap on a runner, or set WEFT_PROCESSES=host there':
    '没有在线的运行器为角色“{role}”提供引擎“{engine}”：请在运行器上安装 bubblewrap，或设置 WEFT_PROCESSES=host',
  'Role "{role}" is to run without a sandbox, and no live runner allows that: set WEFT_PROCESSES=host on a runner':
    '角色“{role}”要求不用沙箱运行，而没有在线的运行器允许：请在运行器上设置 WEFT_PROCESSES=host',
  'Job {owner}~{name} already exists.': '作业 {owner}~{name} 已存在。',
  'A tag has 1 to 255 characters and no comma': '标签应有 1 到 255 个字符，且不含逗号',
  'Job {id} is no job of task roles': '作业 {id} 不是任务角色作业',
  'Task {task} asks for {count} cores: ask for a number above 0, or leave it out':
    '任务 {task} 申请 {count} 个核：请填写大于 0 的数字，或不填',
  'Task {task} asks for {count} {what}: ask for a whole number':
    '任务 {task} 申请 {count} {what}：请填写整数',
  'Task {task} asks for a label {label}: labels are names with a text':
    '任务 {task} 要求标签 {label}：标签由名称和文本组成',
  'Task {task} names an empty engine: name one, or leave it out':
    '任务 {task} 的引擎为空：请填写，或不填此项',
  'Task "{task}" asks for ports without a network: set "network": true':
    '任务“{task}”申请端口但没有网络：请设置 "network": true',
  'Task "{task}" asks for a sandbox, which engine "{engine}" does not have: leave "sandbox" out, or use engine "local"':
    '任务“{task}”要求沙箱，而引擎“{engine}”没有：请去掉 "sandbox"，或改用引擎 "local"',
  'Task "{task}" asks for ports, which only engine "local" can give: leave "ports" out':
    '任务“{task}”申请端口，而只有引擎 "local" 能提供：请去掉 "ports"',
  'Job {id} is not over yet: stop it first, or clone it.':
    '作业 {id} 尚未结束：请先停止它，或克隆它。',
  'Job {id} is of {owner}: clone it to run it as your own.':
    '作业 {id} 属于 {owner}：请克隆后作为自己的作业运行。',
  'Job {id} has {count} attempts, and none with that number.':
    '作业 {id} 有 {count} 次尝试，没有该编号的尝试。',
  'Job {id} is not found.': '没有作业 {id}。',
  'At most {count} jobs are stopped at once': '一次最多停止 {count} 个作业',
  'Give a whole number, 0 or more.': '请填写不小于 0 的整数。',
  'extras.weft.webhook is no address that begins with http:// or https://; one from the secrets of the job is written <% $secrets.NAME %>':
    'extras.weft.webhook 不是以 http:// 或 https:// 开头的地址；取自作业密钥的地址写作 <% $secrets.NAME %>',
  // Flows.
  'The replicas "{replicas}": name a whole number from 1 to 64':
    '副本数“{replicas}”：请填写 1 至 64 的整数',
  'There is a flow "{name}" already': '已有流图“{name}”',
  'There is no flow "{name}": see the list of flows for those there are':
    '没有流图“{name}”：现有的流图请见列表',
  'The form was changed on its way: load the page again': '表单在途中被改动：请重新加载页面',
  'The name "{name}": {why}': '名称“{name}”：{why}',
  'Flow "{name}" has no task: put it anew': '流图“{name}”没有任务：请重新提交',
  'A flow can be stopped, restarted or deleted': '流图可以停止、重启或删除',
  'The flow takes no requests at the moment: see that it runs':
    '流图目前不接受请求：请确认它正在运行',
  'The type of the body has odd characters': '请求体的类型含有异常字符',
  // Works.
  'cron is "{cron}", expected five fields, or six with seconds first':
    'cron 为“{cron}”，应有五个字段，或以秒开头的六个字段',
  'timezone is "{zone}", expected a name such as UTC or Asia/Shanghai':
    '时区为“{zone}”，应为 UTC 或 Asia/Shanghai 这样的名称',
  'cron is "{cron}": {why}': 'cron 为“{cron}”：{why}',
  'Work {id} is {state} already, in task {task}: cancel that, or wait for its end':
    '作业 {id} 已在任务 {task} 中处于 {state} 状态：请取消该任务，或等待其结束',
  'Work {id} comes after work {other}, which is {state}: it starts once that has finished':
    '作业 {id} 排在作业 {other} 之后，而后者的状态为 {state}：它结束后才会开始',
  'No live runner runs SQL: start one (npm run runner), with @duckdb/node-api installed there, or WEFT_FLINK_URL for a Flink cluster':
    '没有在线的运行器能运行 SQL：请启动一个（npm run runner）并在该处安装 @duckdb/node-api；使用 Flink 集群时设置 WEFT_FLINK_URL',
  '{why}, and no live runner has a cluster: set WEFT_FLINK_URL and WEFT_FLINK_GATEWAY_URL on one':
    '{why}，而没有在线的运行器接有集群：请在某个运行器上设置 WEFT_FLINK_URL 和 WEFT_FLINK_GATEWAY_URL',
  'Work {id} has no task "{task}": GET /api/v1/works/{same}/tasks lists those it has':
    '作业 {id} 没有任务“{task}”：GET /api/v1/works/{same}/tasks 会列出现有任务',
  'Task {task} is {state} already: there is nothing to cancel':
    '任务 {task} 的状态已为 {state}：无可取消',
  'run_frequency: a STREAMING work runs until it is stopped: leave it out, or set it to once':
    'run_frequency：STREAMING 作业会一直运行到被停止：请去掉此项，或设为 once',
  'Work {id} has no schedule: set run_frequency or cron first':
    '作业 {id} 没有调度：请先设置 run_frequency 或 cron',
  'More than {count} runs fall between "from" and "to": ask for a shorter time':
    '“from”与“to”之间的运行超过 {count} 次：请缩短时间范围',
  'No work "{id}": GET /api/v1/works lists those there are':
    '没有作业“{id}”：GET /api/v1/works 会列出现有作业',
  'Work {id} is {state}: its status cannot be set while it runs':
    '作业 {id} 的状态为 {state}：运行期间不能设置其状态',
  'Work {id} has no version {version}': '作业 {id} 没有版本 {version}',
  'Task {task} has {count} with rows': '任务 {task} 有 {count} 个带数据行的结果',
  'Task {task} is {state}: it runs no more': '任务 {task} 的状态为 {state}：它不再运行',
  'Task {task} runs on the built-in engine, which has no savepoints':
    '任务 {task} 在内置引擎上运行，没有保存点',
  'This server has no disk for files of works: send the text as "script", or put files into WEFT_WORKS_DIR of the runner':
    '本服务器没有存放作业文件的磁盘：请把文本作为 "script" 发送，或把文件放入运行器的 WEFT_WORKS_DIR',
  'extra_params: the quote {quote} is not closed; send a list instead':
    'extra_params：引号 {quote} 没有闭合；请改为发送列表',
  'There is nothing called "{name}" to do': '没有名为“{name}”的操作',
  'Role "{role}" asks for {gpus} GPUs an instance in its image, and no live runner can pass GPUs into images: {remedy}, or set extras.weft.host to true to run its commands as processes of the host':
    '角色“{role}”的每个实例要求在镜像中使用 {gpus} 个 GPU，而没有在线的运行器能将 GPU 传入镜像：{remedy}，或将 extras.weft.host 设为 true，以主机进程运行其命令',
  'install nvidia-container-toolkit on a runner with GPUs, where "weft-runner doctor" says what is missing':
    '请在有 GPU 的运行器上安装 nvidia-container-toolkit，“weft-runner doctor”会说明缺少什么',
  'extras.weft.webhookSecret should be {form}': 'extras.weft.webhookSecret 应为 {form}',
  'A webhook is signed with {form}': '签名 webhook 需要 {form}',
  'whsec_ followed by {least} to {most} random bytes in Base64, as "echo whsec_$(openssl rand -base64 32)" makes them':
    'whsec_ 加上 {least} 至 {most} 个随机字节的 Base64，可用“echo whsec_$(openssl rand -base64 32)”生成',
  'There is no service "{name}" of yours: take another name':
    '您没有名为“{name}”的服务：请换一个名称',
  'User {name} is an administrator as a member of group {group}: take it out of that group, or acls.admin out of its extension':
    '用户 {name} 因属于用户组 {group} 而是管理员：请将其移出该组，或从该组的 extension 中去掉 acls.admin',
  'Role "{role}" asks for {count} {what} an instance, and no node of the cluster has more than {most}: ask for less{more}':
    '角色“{role}”的每个实例申请 {count} {what}，而集群的节点至多有 {most}：请减少申请{more}',
  'No node of the cluster has all at once that an instance of role "{role}" asks for: ask for less{more}':
    '集群中没有节点能同时提供角色“{role}”一个实例所申请的全部资源：请减少申请{more}',
  'All instances together ask for {count} {what}, and {cluster} {digits}: ask for less, or set extras.gangAllocation to false{more}':
    '所有实例共申请 {count} {what}，而{cluster} {digits}：请减少申请，或将 extras.gangAllocation 设为 false{more}',
  'Role "{role}" has {count} instances of {what}, and {cluster} room for {digits} of them at once: ask for less, or set extras.gangAllocation to false{more}':
    '角色“{role}”有 {count} 个实例（{what}），而{cluster}同时容纳其中 {digits} 个的空间：请减少申请，或将 extras.gangAllocation 设为 false{more}',
  'the one node of the cluster has': '集群仅有的一个节点有',
  'the {digits} nodes of the cluster have': '集群的 {digits} 个节点共有',
  ', or start its runner again where the cluster has grown': '；如果集群已扩大，请重启其运行器',
  'The disk of the server is full: make room in its data directory, then try again':
    '服务器的磁盘已满：请在其数据目录中腾出空间，然后重试',
} as const satisfies Readonly<Record<string, string>>
