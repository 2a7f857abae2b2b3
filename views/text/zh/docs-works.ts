/**
 * Simplified Chinese for what the document of the API of works says.
 * @module
 */

/** By the English sentence. */
export const DOCS_WORKS = {
  '0, or why it was refused': '0，或被拒绝的原因',
  'UTC, ISO 8601 to the second': 'UTC 时间，ISO 8601 格式，精确到秒',
  'Where failures are told; its path is not shown': '失败通知的地址；不显示其路径部分',
  'Its newest task': '其最新的任务',
  'Null where there is no schedule': '没有调度计划时为 null',
  'Arguments: a list, or a line that is split as a shell would':
    '参数：一个列表，或一行按 shell 规则拆分的文本',
  'Of the host that runs it: "8", "17"': '运行主机上的版本："8"、"17"',
  'Seconds; 0 until it has ended': '秒；结束之前为 0',
  'What it went on from': '恢复自哪个保存点',
  'What its user should know, such as runs left out': '应让用户知道的事项，例如被跳过的运行',
  'Where its rows are': '结果行所在位置',
  'Rows in all, of which the first 1000 are kept': '总行数，其中保留前 1000 行',
  'Those beside the script that differ': '除脚本外有差异的字段',
  'Its number in the script before': '在前一个脚本中的行号',
  'The lines of both scripts; empty where they are the same': '两个脚本的各行；相同时为空',
  'The statements of a script, and what the engine that would run it now refuses':
    '脚本中的各条语句，以及当前将执行它的引擎会拒绝的内容',
  'What it is made of': '脚本的组成',
  'The first of them': '第一处错误',
  'By whose rules; null where it was only split': '按哪个引擎的规则检查；只做拆分时为 null',
  'What was not looked at, and why': '未检查的内容及原因',
  'A field that cannot be, named': '无效的字段，并指明是哪一个',
  'A script laid out: keywords in capitals, a clause a line':
    '排版后的脚本：关键字大写，每个子句一行',
  'The script': '脚本',
  'Does for each of the works what status 2 does; one that cannot be does not keep the others back':
    '对每个调度作业执行与状态 2 相同的操作；其中某个无法执行不影响其他作业',
  'What became of each, in the order of the request': '每一项的结果，按请求中的顺序',
  'Does for each of the works what status 6 does; one that cannot be does not keep the others back':
    '对每个调度作业执行与状态 6 相同的操作；其中某个无法执行不影响其他作业',
  'Enters a work that runs the same; its schedule begins when it is started':
    '创建一个运行内容相同的调度作业；启动后其调度计划才开始',
  'The new work': '新的调度作业',
  'There is no such work': '没有这个调度作业',
  'Enters a work; with status 2 it is started at once': '创建调度作业；状态为 2 时立即启动',
  'The work': '该调度作业',
  'Works whose fields are what is asked for, newest first': '字段符合条件的调度作业，最新的在前',
  'Works a page, 10 unless given': '每页的调度作业数，默认 10',
  'The page, from 1': '页码，从 1 开始',
  'Works to leave out, in place of a page': '要跳过的调度作业数，用以代替页码',
  'Part of the name or the description': '名称或描述的一部分',
  'A page of works': '一页调度作业',
  'Works whose name and description contain what is asked for, in any case':
    '名称和描述包含所查内容的调度作业，不区分大小写',
  'What the numbers of statuses and codes mean': '状态值和代码的含义',
  'Words by number': '按数值列出的说明',
  'A work': '查询一个调度作业',
  'Changes a work; status 2 starts it, 5 and 6 stop it and its schedule':
    '修改调度作业；状态 2 启动它，5 和 6 停止它及其调度计划',
  'The work as it is now': '修改后的调度作业',
  'What the work is doing does not allow it': '调度作业当前的状态不允许此操作',
  'No engine that could run it is there': '没有可运行它的引擎',
  'Takes a work out of every list, and stops it': '从所有列表中删除调度作业，并停止它',
  Done: '已完成',
  'The tasks of a work, newest first; a body is not looked at':
    '调度作业的任务，最新的在前；忽略请求体',
  'There is no such work or task': '没有这个调度作业或任务',
  'The task': '该任务',
  'Stops a task; the schedule of its work goes on': '停止任务；所属作业的调度计划继续',
  'Runs a work now; its schedule stays as it is': '立即运行调度作业；其调度计划不变',
  'Runs a work for every time of its schedule that has passed, one after the other':
    '对调度计划中已过去的每个时间依次补跑一次',
  'The times made up for': '要补跑的时间',
  'Sets the schedule of a work aside; a task that runs goes on': '暂停调度计划；正在运行的任务继续',
  'Takes the schedule of a work up again, from now on': '从现在起恢复调度计划',
  'A task, with its statements and what its engine told': '任务及其语句，以及引擎返回的信息',
  'The end of a task’s log': '任务日志的末尾',
  'Lines from the end, 1000 unless given': '从末尾起的行数，默认 1000',
  'Its lines, oldest first': '日志行，最早的在前',
  'The rows that a statement answered with, as a page or as CSV':
    '语句返回的结果行，分页返回或以 CSV 返回',
  'Its index; the last with rows unless given': '语句的序号；默认为最后一条有结果行的语句',
  'Its rows': '结果行',
  'Every job at the cluster; what is told beside them is of the newest':
    '集群中的每个作业；旁边的信息属于最新的那个',
  'The index of the one it came of': '产生它的语句的序号',
  'Its page at the cluster': '它在集群上的页面',
  'The task that wrote it': '写入它的任务',
  'The job at the cluster': '集群中的作业',
  'Every savepoint that the tasks of a work wrote, newest first':
    '某个调度作业的各任务写入的所有保存点，最新的在前',
  'Part of the path': '路径的一部分',
  'A page of them, 20 unless more are asked for': '其中一页，默认 20 个，可要求更多',
  'Has the engine write a savepoint of a task; with `stop` the task ends with it':
    '让引擎为任务写入保存点；带 `stop` 时任务随之结束',
  'It was asked for': '已发出请求',
  'What the task is doing does not allow it': '任务当前的状态不允许此操作',
  'Every version of what a work runs, newest first': '调度作业运行内容的所有版本，最新的在前',
  'Its versions': '其版本',
  'There is no such work or version': '没有这个调度作业或版本',
  'What a version changed, against the one before it or another':
    '某个版本与前一版本或另一版本的差异',
  'What is different': '差异',
  'Has a work run what an earlier version ran; that is a new version':
    '恢复到较早版本的运行内容；这会成为一个新版本',
  'The version that it now has': '现在的版本',
  'The files of a work, by name': '调度作业的文件，按名称排列',
  'Its files': '其文件',
  'There is no such work or file': '没有这个调度作业或文件',
  'This server keeps no files of works': '本服务器不保存调度作业的文件',
  'Keeps the body as a file of a work, in place of one of that name':
    '将请求体保存为调度作业的文件，替换同名文件',
  'The file': '该文件',
  'A name or a folder that cannot be': '无效的名称或文件夹',
  'It is too large': '文件过大',
  'A file of a work': '调度作业的一个文件',
  'Deletes a file of a work': '删除调度作业的文件',
} as const satisfies Readonly<Record<string, string>>
