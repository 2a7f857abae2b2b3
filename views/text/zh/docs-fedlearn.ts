/**
 * Simplified Chinese for what the document of FedLearn’s API says.
 * @module
 */

/** By the English sentence. */
export const DOCS_FEDLEARN = {
  '0 is success; -1 to -4 say in `status` what is wrong':
    '0 表示成功；-1 至 -4 表示失败，原因见 `status`',
  'What really ran, whatever it was called': '实际执行的方法，不论请求中用的是哪个名称',
  'How many ids all have; null before it is known': '各方共有的 id 数量；尚未得出时为 null',
  'How many sets of parameters are tried, a third of them again with more rounds; without it 18, or as many as maxEpsilon leaves room for':
    '尝试多少组参数，其中三分之一会以更多轮数再次尝试；不填时为 18，或 maxEpsilon 所允许的数量',
  'Of differential privacy: what the epsilons of all trials may come to, as every one learns from the same labels':
    '差分隐私：所有试验的 ε 合计上限，因为每次试验都从相同的标签学习',
  'Where labels are under noise, or their owner limits that: what all trainings of the same column come to, over this match and in all; how many there are of those, every attempt by itself, and how many without noise, of which no epsilon says what they tell; and maxEpsilon of the data set':
    '标签加了噪声，或其所有者对此设限时：对同一列的所有训练在本次对齐中及总计的结果；此类训练的次数（每次尝试单独计），以及不加噪声的训练次数（其透露的内容没有 ε 可以衡量）；以及数据集的 maxEpsilon',
  'Of differential privacy: what is promised of the label of any one row, in all; by how many trainings that use it, and what each promises; of train/auto also maxEpsilon, and what the trials so far come to. Another training over the same match adds to it':
    '差分隐私：对任意一行标签的总体保证；涉及多少次使用它的训练，以及每次的保证；train/auto 还包括 maxEpsilon 和迄今试验的合计。对同一对齐再次训练会在此基础上累加',
  'They are, and nothing is kept': '在线，且不保存任何内容',
  'Percent, and a line a round': '百分比，以及每轮一行',
  'After this time no set is begun': '超过此时间后不再开始新的一组',
  "Ranges narrower than those of the algorithm's table, of words a list of choices, and parameters that are searched only where they stand here; an empty one is the table's":
    '比算法参数表更窄的取值范围，对于词则是选项列表，以及只有写在这里才会搜索的参数；空范围即参数表中的范围',
  'Of train/auto: the validation metric of each trial, the set that is kept in the end, and the trial that is the best so far':
    '用于 train/auto：每次试验的验证指标、最终保留的一组参数，以及目前最好的试验',
  'JSON, a value by the name of each metric': 'JSON，以指标名称为键的值',
  'modelToken, as the original has it': 'modelToken，与原系统一致',
  'Their names': '名称列表',
  'Fields with bounds and defaults': '各字段及其取值范围和默认值',
  'The id to ask with': '用于查询的 id',
  'Percent, and a report at its end': '完成百分比；结束时附报告',
  'At most 1000': '最多 1000 条',
  'The match': '该次对齐',
  'It is forgotten': '已删除',
  'The token of the model that will come of it': '将要产生的模型的标识',
  'The token of the model that will be kept': '将要保留的模型的标识',
  'State, percent and metrics': '状态、完成百分比和指标',
  'Its parameters, times and rounds': '参数、时间和轮数',
  'It is so': '已生效',
  'It predicts nothing any more': '模型不再用于预测',
  'A heading and a row an id, NaN where some client has none':
    '一行表头，之后每个 id 一行；若某个客户端缺少该 id 则为 NaN',
  'Metrics by name, and the predictions': '按名称列出的指标，以及预测结果',
  'Percent; at its end where the answers are': '完成百分比；结束时给出结果所在位置',
  'Data sets by name, the column of ids first': '按名称列出的数据集，id 列在最前',
} as const satisfies Readonly<Record<string, string>>
