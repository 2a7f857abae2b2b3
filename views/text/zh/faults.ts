/**
 * Simplified Chinese for what runners find wrong with files, data sets and stored models: why a task has failed.
 * @module
 */

/** By the English sentence. */
export const FAULTS = {
  // Rows of CSV.
  'Line {line}: {fault}': '第 {line} 行：{fault}',
  'The file is empty': '文件为空',
  'The file has a heading but no rows': '文件只有表头，没有数据行',
  'column {number} has no name': '第 {number} 列没有名称',
  'two columns are called "{name}"': '有两列都名为“{name}”',
  'there is no column "{name}" to take the ids from': '没有可取 id 的列“{name}”',
  'expected {wanted} field, found {found}: every line has as many fields as the first':
    '应有 {wanted} 个字段，实际为 {found} 个：每行的字段数须与首行相同',
  'expected {wanted} fields, found {found}: every line has as many fields as the first':
    '应有 {wanted} 个字段，实际为 {found} 个：每行的字段数须与首行相同',
  'a quotation mark is opened and never closed': '引号没有闭合',
  'a quotation mark stands inside a field: double it, and put the field in quotation marks':
    '字段中有引号：请将其写成两个，并用引号括住整个字段',
  '{count} row repeats an id that an earlier row has: {examples}. The first column must be different in every row':
    '{count} 行的 id 与前面的行重复：{examples}。第一列在每行中必须不同',
  '{count} rows repeat an id that an earlier row has: {examples}. The first column must be different in every row':
    '{count} 行的 id 与前面的行重复：{examples}。第一列在每行中必须不同',
  'Line {line} is longer than {most} MiB: is this a CSV file?':
    '第 {line} 行超过 {most} MiB：这是 CSV 文件吗？',
  'Line {line} holds a NUL byte: the file is not text, or is UTF-16 and must be saved as UTF-8':
    '第 {line} 行含有 NUL 字节：该文件不是文本，或是 UTF-16 编码而须另存为 UTF-8',
  'Line {line} is not UTF-8: save the file as UTF-8':
    '第 {line} 行不是 UTF-8：请将文件另存为 UTF-8',
  // Files that are named.
  'The upload names no file': '上传没有指定文件',
  'The task names no upload': '任务没有指定上传',
  'The uploaded file is gone: send it again': '上传的文件已不存在：请重新发送',
  'This runner reads no files from its own disk, because it has no import directory: send the file with the upload, or set WEFT_IMPORT_ROOTS':
    '此运行器没有导入目录，不从自己的磁盘读取文件：请随上传发送文件，或设置 WEFT_IMPORT_ROOTS',
  'File "{path}" lies outside the import directories {names} of this runner: move it into one of them':
    '文件“{path}”位于此运行器的导入目录 {names} 之外：请将其移入其中之一',
  'File "{path}" was not found; looked in the import directories {names} of this runner':
    '没有找到文件“{path}”；已在此运行器的导入目录 {names} 中查找',
  'File "{path}" cannot be read ({code}): check its permissions':
    '无法读取文件“{path}”（{code}）：请检查其权限',
  '"{path}" is a directory: name a file': '“{path}”是目录：请指定文件',
  '"{path}" is no regular file: name a file': '“{path}”不是普通文件：请指定文件',
  'A part of the path cannot be read ({code})': '路径的一部分无法读取（{code}）',
  'File "{path}" has {size} MB, and a file of ids at most {most} MiB: split it':
    '文件“{path}”有 {size} MB，而 id 文件最多 {most} MiB：请拆分',
  'File "{path}" has no ids: put one on each line': '文件“{path}”中没有 id：请每行写一个',
  'File "{path}" is not UTF-8: save it as UTF-8': '文件“{path}”不是 UTF-8：请另存为 UTF-8',
  // Files that are written.
  'This runner writes no files for clients: set WEFT_EXPORT_DIR':
    '此运行器不为客户端写文件：请设置 WEFT_EXPORT_DIR',
  'The download names no file': '下载没有指定文件',
  '"{path}" is a folder: name a file in it': '“{path}”是文件夹：请指定其中的文件',
  '"{path}" is there already and is no regular file: name another':
    '“{path}”已存在且不是普通文件：请换一个名称',
  '"{path}" lies outside the export directory of this runner: name a path below it, as "out.csv"':
    '“{path}”位于此运行器的导出目录之外：请指定其下的路径，例如“out.csv”',
  // Data sets, tables and models.
  'Data set "{name}" of party {party} does not offer {columns}':
    '参与方 {party} 的数据集“{name}”不提供 {columns}',
  'Data set "{name}" offers {columns}, which its source does not have: it has {those}':
    '数据集“{name}”提供 {columns}，但其来源中没有：来源中有 {those}',
  'Party {party} no longer offers data set "{name}": ask it to list it again, or name another':
    '参与方 {party} 已不再提供数据集“{name}”：请对方重新列出，或换一个',
  'Table {namespace}.{name} is not in the data directory of party {party}: upload it there':
    '参与方 {party} 的数据目录中没有数据表 {namespace}.{name}：请在那里上传',
  '{role} {party} has lost its part of the model: what {node} of job {job} learnt is not in its data directory; put it back, or train again':
    '{role} {party} 丢失了其模型部分：作业 {job} 的 {node} 所学内容不在其数据目录中；请放回，或重新训练',
  "The predictions of {party} are not {other}'s": '{party} 的预测结果不属于 {other}',
  '{node} left no predictions at {role} {party}: start it again':
    '{node} 没有在 {role} {party} 处留下预测结果：请重新启动',
  'This runner has no component "{name}": bring it to the server\'s version':
    '此运行器没有组件“{name}”：请将其升级到服务器的版本',
  'The task names no component, role and party': '任务没有指定组件、角色和参与方',
  '{params} cannot be read: {faults}': '无法读取 {params}：{faults}',
} as const satisfies Readonly<Record<string, string>>
