/**
 * Words of projects: trainings of several parties over FedLearn.
 * @module
 */

/** By the English sentence. */
export const FEDLEARN = {
  // The way.
  Projects: '项目',
  'New project': '新建项目',
  Project: '项目',
  'Data sets': '数据集',
  'Columns and label': '列与标签',
  Align: '对齐',
  Train: '训练',
  Watch: '观察',
  'Several parties train a model together; the rows of each stay where they are.':
    '多个参与方共同训练一个模型；各方的数据行都留在原处。',
  'Parties that offer data sets of their own begin with {link}.':
    '各方自行提供数据集时，请从{link}开始。',
  'a project': '项目',
  'Data sets of several parties, alignment, training and predictions, step by step in the console instead of over FedLearn’s API.':
    '多个参与方的数据集、对齐、训练和预测：在控制台中逐步完成，而不必通过 FedLearn 的 API。',
  // Data sets and columns.
  'Who takes part, with which data?': '谁参与？用哪些数据？',
  'A party is in as soon as one of its data sets is chosen; two are needed.':
    '选择了某个参与方的数据集，它即参与其中；至少需要两个参与方。',
  'Name of the project': '项目名称',
  'Letters, digits, “_” and “.”': '字母、数字、“_”和“.”',
  'Party {party}': '参与方 {party}',
  'does not take part': '不参与',
  'Go on to the columns': '下一步：选择列',
  'No party offers a data set yet.': '还没有参与方提供数据集。',
  'The owner of a runner lists them, column by column, in {file} in its data directory, or in the file that {variable} names.':
    '由运行器的所有者在其数据目录的 {file} 中，或在 {variable} 指定的文件中，逐列列出。',
  '{data}, whose runner is gone': '{data}，其运行器已失联',
  'Choose what the model learns from, and what it learns to tell.':
    '选择模型从哪些列学习，以及要预测什么。',
  'Label and alignment': '标签与对齐',
  'Column of the label': '标签列',
  'Just one party may offer a column of this name.': '只能有一个参与方提供同名的列。',
  'choose a column': '选择一列',
  'How ids are aligned': '对齐 id 的方法',
  'The ledger of the job says what the method reveals, and to whom.':
    '作业的账本说明该方法向谁泄露什么。',
  'Columns of {party}': '{party} 的列',
  '{name}, with ids in {index}': '{name}，id 列为 {index}',
  'Columns to learn from': '用于学习的列',
  'Align the rows': '对齐数据行',
  // Alignment.
  Aligning: '对齐',
  'Each party learns which of its rows the others have, too.':
    '每个参与方会得知自己的哪些行也为其他各方所有。',
  'Progress of the alignment': '对齐进度',
  'Job with its log and ledger': '作业及其日志和账本',
  Method: '方法',
  'Rows in common': '共有的行数',
  'This page keeps itself current.': '本页会自动更新。',
  'The parties have no row in common: check that their ids mean the same.':
    '各参与方没有共有的行：请检查各方的 id 含义是否相同。',
  'Choose how to train': '选择训练方式',
  'Mend what is wrong and {link}.': '请解决问题后{link}。',
  'begin again': '重新开始',
  // Training.
  'Choose an algorithm; what is left alone keeps its default.':
    '选择一种算法；不改动的参数保持默认值。',
  Algorithms: '算法',
  Algorithm: '算法',
  'Parameters of {model}': '{model} 的参数',
  'Learns to tell {label} of {party}.': '学习预测 {party} 的 {label}。',
  'A number from {low} to {high}': '{low} 到 {high} 之间的数字',
  'Empty for none': '留空表示无',
  'Start the training': '开始训练',
  'About this training': '关于此训练',
  'Progress of the training': '训练进度',
  'Model token': '模型标识',
  'Best round': '最佳轮次',
  Resume: '恢复',
  Suspend: '挂起',
  'Stop this training? It cannot be resumed afterwards.': '要停止此训练吗？停止后无法恢复。',
  Metrics: '指标',
  Metric: '指标',
  Rounds: '轮数',
  'It has reported no metrics.': '没有报告任何指标。',
  'No round has ended yet.': '还没有完成任何一轮。',
  'Metrics after the last round': '最后一轮之后的指标',
  'Training rows': '训练集',
  'Validation rows': '验证集',
  '{metric} after each round; {value} after the last.': '每轮之后的 {metric}；最后一轮为 {value}。',
  Trainings: '训练',
  'No trainings yet.': '还没有训练。',
  'Begin with the data sets that the parties offer': '从各参与方提供的数据集开始',
  'Trainings, newest first': '训练，最新的在前',
  'Aligned rows': '已对齐的数据行',
  'Any number of trainings can be made of the same rows.': '同样的数据行可以用于任意多次训练。',
  'Alignments, newest first': '对齐，最新的在前',
  // Models and predictions.
  'Each party keeps its part of the model.': '每个参与方保存模型中属于自己的部分。',
  'Parties and columns': '参与方与列',
  'Data set': '数据集',
  Label: '标签',
  'The parties do not show how much each column matters.': '各参与方不公开各列的重要性。',
  'It is known when the training has ended.': '训练结束后才能得知。',
  'Call it over the API': '通过 API 调用',
  'Delete model': '删除模型',
  'Delete this model? It predicts nothing any more; the parts at the parties stay theirs.':
    '要删除此模型吗？此后不能再用它预测；各参与方处的部分仍归其所有。',
  'Each party looks up its own columns in its own data set.':
    '每个参与方在自己的数据集中查找自己的列。',
  'Which rows?': '预测哪些行？',
  Ids: 'id',
  'One a line, or with commas or spaces between them; at most {most}.':
    '每行一个，或以逗号、空格分隔；最多 {most} 个。',
  'Data set of {party}': '{party} 的数据集',
  Predictions: '预测结果',
  '{rows}; {missing} of them are not at all parties, and have no score.':
    '{rows}；其中 {missing} 行并非所有参与方都有，因此没有得分。',
  // Search.
  'Search ranges instead': '改为搜索范围',
  'Set the parameters instead': '改为直接设置参数',
  'Sets of parameters are drawn from these ranges and tried; the best model is kept.':
    '从这些范围中抽取多组参数逐一试验，保留最好的模型。',
  'What is searched': '搜索的参数',
  'Equal ends, or a single word, fix a parameter; an empty end is that of the table.':
    '两端相同或只选一项，即固定该参数；留空的一端取参数表的界限。',
  'How long': '搜索多久',
  'Sets of parameters': '参数组数',
  '2 to 100; all are tried with few rounds, the better ones again with more.':
    '2 到 100；先用较少的轮次试验所有组，较好的再用更多轮次试验。',
  Seconds: '秒数',
  'After this time no trial is begun.': '超过此时间后不再开始新的试验。',
  'Seed of the drawing': '抽取的种子',
  'The same seed draws the same sets.': '相同的种子抽取相同的参数组。',
  'What is the same for all': '所有试验相同的参数',
  'The share of the rows that are learnt from; the others rank the trials. A whole number from 2 to 20 cuts that many folds instead.':
    '用于学习的行所占的比例，其余的行用来比较各次试验。填写 2 到 20 的整数则改为相应折数的交叉验证。',
  'Start the search': '开始搜索',
  'Numbers from {low} to {high}': '{low} 到 {high} 之间的数字',
  from: '从',
  to: '到',
  Trials: '试验',
  Trial: '试验',
  Set: '参数组',
  best: '最佳',
  'Validation metric': '验证指标',
  '{sets} sets of parameters; the better ones are tried again with more rounds.':
    '共 {sets} 组参数；较好的会用更多轮次再试。',
  'No trial has ended yet.': '还没有完成任何试验。',
  'Train with the best set': '用最佳参数组训练',
  'Train with the set of trial {at}': '用第 {at} 次试验的参数组训练',
  '{metric} of each trial, in the order of time.': '按时间顺序，每次试验的 {metric}。',
  // Differential privacy.
  'Differential privacy': '差分隐私',
  'Every trial learns from the same labels, so that their epsilons add up.':
    '每次试验都从相同的标签中学习，因此各次的 ε 会累加。',
  'Another training of the same rows adds an epsilon of its own.':
    '对相同的行再次训练会另外增加一份 ε。',
  'This training adds no noise to labels.': '此训练不给标签加噪声。',
  'What trainings tell of a single label, together': '各次训练合计对单个标签的透露',
  'Epsilon over this match': '本次对齐的 ε',
  'Epsilon of all trainings': '所有训练的 ε',
  'Trainings under noise': '加噪声的训练',
  'Trainings without noise': '不加噪声的训练',
  'Epsilon that the owner allows': '所有者允许的 ε',
  'Trainings of one column of a data set add up, deleted ones and every attempt among them. Not counted: predictions and validations, exact metrics of rows to validate with, and the same labels in other data sets.':
    '对数据集同一列的训练会累加，已删除的训练和每次尝试也计算在内。未计入：预测与验证、验证行的精确指标，以及其他数据集中的相同标签。',
  'No epsilon says what trainings without noise tell: it comes on top, without a bound.':
    '不加噪声的训练所透露的内容没有 ε 可以衡量：它在此之外，没有上限。',
  'Epsilon of the whole search, at most': '整个搜索的 ε 上限',
  Epsilon: 'ε',
  'Epsilon so far': '目前累计的 ε',
  'Epsilon of each training': '单次训练的 ε',
  'Trainings that use the label of a row': '使用同一行标签的训练次数',
  'Epsilon that is allowed': '允许的 ε',
  Delta: 'δ',
  'Epsilon of the whole search': '整个搜索的 ε',
  'With differential privacy every trial spends its epsilon anew on the same labels; together they stay within this. Empty: no limit.':
    '启用差分隐私时，每次试验都会对相同的标签重新消耗其 ε；各次合计不超过此值。留空则不限制。',
  // Files.
  'Predict a file': '预测文件',
  'Predict the file': '预测此文件',
  'The file is read, and the answer written, by the runner of its party alone.':
    '文件只由其所属参与方的运行器读取，结果也只由它写入。',
  'The parties of this model have rows of their own: predict by id.':
    '此模型的各参与方有各自的数据行：请按 id 预测。',
  'Predicted files, newest first': '已预测的文件，最新的在前',
  'Which file?': '哪个文件？',
  'Party that has the file': '拥有该文件的参与方',
  'Path of the file': '文件路径',
  'Below the import folders of the runner; an id at the start of each line.':
    '位于运行器的导入文件夹中；每行以 id 开头。',
  'Progress of the prediction': '预测进度',
  Answers: '结果',
  'Party {party} finds the answers in the export folder of its runner: an id and its score a line, NaN where some party lacks the id.':
    '参与方 {party} 可在其运行器的导出文件夹中找到结果：每行一个 id 及其得分；若某个参与方没有该 id，则为 NaN。',
} as const
