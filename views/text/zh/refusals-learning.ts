/**
 * Simplified Chinese for what is refused of trainings and models: by FedLearn's API, FATE-Flow's, and models online.
 * @module
 */

/** By the English sentence, the more special ones first. */
export const LEARNING_REFUSALS = {
  // Models online.
  '{count} calls wait for this service already: ask again later':
    '已有 {count} 个调用在等待此服务：请稍后再试',
  'The runner of the guest did not answer within {ms} ms: it may be gone or busy; ask again, or give it more time with timeoutMs':
    'guest 的运行器在 {ms} 毫秒内没有应答：它可能已失联或繁忙；请再试，或用 timeoutMs 给它更多时间',
  'There is no service "{name}": put a model online with PUT /api/weft/serving/{same}, or see GET /api/weft/serving for those there are':
    '没有服务“{name}”：请用 PUT /api/weft/serving/{same} 上线模型，或用 GET /api/weft/serving 查看现有服务',
  'Model {id} version {version}: {role} {party} has lost its part ({why}): no live runner of that party has the data directory in which it was trained; start that runner again, or train again':
    '模型 {id} 版本 {version}：{role} {party} 已失去其部分（{why}）：该参与方没有在线的运行器拥有训练时的数据目录；请重新启动该运行器，或重新训练',
  // FedLearn.
  'Party {party} offers no data set "{name}"; it offers {names}':
    '参与方 {party} 不提供数据集“{name}”；它提供 {names}',
  'No party is called {url}: enter it with "{command}"':
    '没有参与方使用地址 {url}：请用“{command}”登记',
  '"{url}" is no address of a client: expected one like http://127.0.0.1:8094':
    '“{url}”不是客户端地址：应形如 http://127.0.0.1:8094',
  '"{url}" is no address of a client: expected http:// or https://':
    '“{url}”不是客户端地址：应以 http:// 或 https:// 开头',
  'No client has any of these ids with the others: there is nothing to validate':
    '没有任何 id 为各参与方共有：无可验证',
  'There is no inference "{id}": /api/inference/remote starts one':
    '没有预测“{id}”：可用 /api/inference/remote 启动',
  'path "{path}" cannot be: expected one below the client\'s folder':
    '路径“{path}”不可用：应位于该参与方的文件夹之内',
  'userAddress {url} is none of clientList: a file is read by one of them':
    'userAddress {url} 不在 clientList 中：文件由其中一方读取',
  'Model {id} cannot be used: its training is {state}':
    '模型 {id} 无法使用：其训练的状态为 {state}',
  'The data set of party {party} and its part of the model lie in two data directories: offer the data set at the runner that has the model':
    '参与方 {party} 的数据集与其模型部分位于两个数据目录：请在拥有模型的运行器上提供数据集',
  'The clients of a model of {model} have rows of their own: have them predicted by id, with inference/batch':
    '{model} 模型的各参与方有各自的数据行：请用 inference/batch 按 id 预测',
  'The model was trained without party {party}': '训练模型时没有参与方 {party}',
  'The model has a part at {url}: add it to clientList':
    '模型有一部分在 {url}：请将其加入 clientList',
  'Data set "{data}" of {url} does not offer "{column}", which has the labels':
    '{url} 的数据集“{data}”不提供“{column}”，而它是标签列',
  'Data set "{data}" of {url} does not offer "{column}", which the model needs':
    '{url} 的数据集“{data}”不提供“{column}”，而模型需要它',
  'The model was trained for the label "{label}", not for "{other}": name that one':
    '模型是为标签“{label}”训练的，而不是“{other}”：请使用前者',
  'The label is missing: name its column in algorithmParams, { "field": "label", "value": … }':
    '缺少标签：请在 algorithmParams 中用 { "field": "label", "value": … } 指定其列',
  'Client {url} does not offer the label "{label}", which every client has of its own rows: name it in algorithmParams, { "field": "label", "value": … }':
    '{url} 不提供标签“{label}”，而每个参与方的行都要有自己的标签：请在 algorithmParams 中用 { "field": "label", "value": … } 指定',
  'Client {url} brings no column to learn from: name some in features.featureList':
    '{url} 没有提供可学习的列：请在 features.featureList 中列出',
  'Client {url} brings no column to learn from': '{url} 没有提供可学习的列',
  'Clients {one} and {other} are asked for different columns: name the same ones in features.featureList':
    '{one} 和 {other} 被要求提供不同的列：请在 features.featureList 中列出相同的列',
  'matchAlgorithm "{name}" is unknown: expected {names}': '未知的对齐方法“{name}”：应为 {names}',
  'matchAlgorithm {name} matches two clients or more, and clientList has 1':
    '{name} 需要对齐至少两个参与方，而 clientList 只有 1 个',
  'There is no match "{id}": see /api/prepare/match/list':
    '没有对齐“{id}”：请查看 /api/prepare/match/list',
  'clientList names party {party} twice, as {one} and {other}: once is enough':
    'clientList 两次列出参与方 {party}（{one} 和 {other}）：一次即可',
  'clientList names {url} twice': 'clientList 两次列出 {url}',
  'Data set "{data}" of party {party} has its ids in "{index}", not in "{other}"':
    '参与方 {party} 的数据集“{data}”的 id 列为“{index}”，而不是“{other}”',
  'Task {id} has started too much of {what} at once: try again later':
    '任务 {id} 同时启动的 {what} 过多：请稍后再试',
  'algorithmParams: label is {value}, expected the name of the column of labels':
    '标签为 {value}，应为标签列的名称',
  'algorithmParams: crossValidation is {value}, expected a share from 0 to 1, or 2 to {most} folds':
    '参数 crossValidation 为 {value}，应为 0 到 1 之间的比例，或 2 到 {most} 折',
  '{value}, expected a share from 0 to 1, or 2 to {most} folds':
    '{value}，应为 0 到 1 之间的比例，或 2 到 {most} 折',
  'algorithmParams: {field} names the column "{column}", which no client brings: name some of theirs':
    '参数 {field} 指定的列“{column}”没有任何参与方提供：请使用它们的列',
  'algorithmParams fixes every parameter: leave out those that are to be searched':
    '所有参数都已固定：请留出要搜索的参数',
  'algorithmType "{name}" is unknown: expected {names}': '未知的算法“{name}”：应为 {names}',
  'type "{type}" is unknown: expected {names}': '未知的类型“{type}”：应为 {names}',
  '{word} fail: {why}': '{word} 失败：{why}',
  'Training {id} is over: it is {state}': '训练 {id} 已结束：其状态为 {state}',
  'ranges: {field} is no parameter of {model} that is searched':
    '范围：{field} 不是 {model} 可搜索的参数',
  'ranges: {field} has to lie within {bounds}': '范围：{field} 必须在 {bounds} 之内',
  'ranges: {field} has no choice {word}: expected {names}':
    '范围：{field} 没有选项 {word}：应为 {names}',
  'has no choice {word}: expected {names}': '没有选项 {word}：应为 {names}',
  'has to lie within {bounds}': '必须在 {bounds} 之内',
  'model "{name}" is unknown: expected {names}': '未知的模型“{name}”：应为 {names}',
  'model {name} cannot be tuned automatically by this version: train it':
    '此版本不能自动调参 {name}：请直接训练',
  'maxEpsilon: these parameters add no noise to labels, so that there is no epsilon to limit: set useDP or randomizedResponseProbability where the model has it, or leave maxEpsilon out':
    'maxEpsilon：这些参数不给标签加噪声，因此没有可限制的 ε：请在模型支持时设置 useDP 或 randomizedResponseProbability，或不填 maxEpsilon',
  'maxEpsilon is {limit}, and {sets} sets come to an epsilon of {whole} in {count} trainings of {each} each: {remedy}, or ask for a smaller epsilon of each':
    'maxEpsilon 为 {limit}，而 {sets} 组参数的 {count} 次训练（每次 {each}）合计 ε 为 {whole}：{remedy}，或减小单次训练的 ε',
  'Data set "{data}" of party {party} allows its labels an epsilon of {limit} (maxEpsilon)':
    '参与方 {party} 的数据集“{data}”允许其标签的 ε 为 {limit}（maxEpsilon）',
  '{whose}, and "{column}" was the label of a training under noise: leave that column out, as one to learn from it is under none':
    '{whose}，而“{column}”曾是加噪声训练的标签：请去掉该列，因为作为学习的列时它不加噪声',
  '{whose}, and this training adds no noise to "{label}": set useDP or randomizedResponseProbability where the model has it, or ask the owner to lift the limit':
    '{whose}，而此训练不给“{label}”加噪声：请在模型支持时设置 useDP 或 randomizedResponseProbability，或请所有者取消限制',
  '{whose}, and {trainings} has used "{label}" without noise, of which no epsilon says what it told: ask the owner to lift the limit':
    '{whose}，而 {trainings}不加噪声地使用过“{label}”，其透露的内容没有 ε 可以衡量：请所有者取消限制',
  '{whose}: {trainings} of "{label}" come to {spent}, and with this one\'s {each} it would be {whole}: {remedy}':
    '{whose}：对“{label}”的 {trainings}合计为 {spent}，加上本次的 {each} 将为 {whole}：{remedy}',
  '1 training': '1 次训练',
  '{count} trainings': '{count} 次训练',
  'ask for {most} at most, or the owner for more': '请求的 ε 至多为 {most}，或请所有者放宽限制',
  'nothing is left, so ask the owner for more': '已无剩余，请所有者放宽限制',
  'set maxTrials to {most} at most': '请将 maxTrials 设为至多 {most}',
  '{least} sets come to {few} already: allow more': '{least} 组已达 {few}：请放宽限制',
  'crossValidation: the clients of {model} have rows of their own, which cannot be cut into folds: give a share':
    'crossValidation：{model} 的各参与方有各自的数据行，无法分折：请填写比例',
  '{model} learns from rows that not all clients have: match with {method}, not with {other}':
    '{model} 从并非各方共有的行学习：请用 {method} 对齐，而不是 {other}',
  '{model} needs the rows that all clients have, which {method} does not find: match with ECDH':
    '{model} 需要各方共有的行，而 {method} 不会找出它们：请用 ECDH 对齐',
  'Model {model} learns from rows that clients do not share: match with the matchAlgorithm EMPTY':
    '{model} 从各方不共有的行学习：请用 EMPTY 对齐',
  'Match {id} is {state}: train when it has succeeded':
    '对齐 {id} 的状态为 {state}：请在其成功后训练',
  'Match {id} has no data set "{data}" of {url}: train with the clients that were matched, {names}':
    '对齐 {id} 没有 {url} 的数据集“{data}”：请用已对齐的参与方训练：{names}',
  'Client {url} does not offer "{column}" of "{data}"; it offers {names}':
    '{url} 不提供“{data}”的“{column}”；它提供 {names}',
  'Match {id} is also of {url}: add it to clientList, or match without it':
    '对齐 {id} 还包括 {url}：请将其加入 clientList，或不带它重新对齐',
  // Submissions to FATE-Flow.
  '{why} (at {role} {party})': '{why}（位于 {role} {party}）',
  'The prediction was stopped': '预测已被停止',
  'the following arguments are required: {names}': '缺少以下参数：{names}',
  'can not found this job: {id}': '没有作业 {id}',
  'Component {name}: module {module} needs a party in the role {role}: add "{same}": [<party id>] to job_runtime_conf.role':
    '组件 {name}：模块 {module} 需要角色 {role} 的参与方：请在 job_runtime_conf.role 中加入 "{same}": [<参与方编号>]',
  'Component {name}: module {module} runs at {roles}, and the job has only {others}: add one of them to job_runtime_conf.role':
    '组件 {name}：模块 {module} 在 {roles} 运行，而作业只有 {others}：请在 job_runtime_conf.role 中加入其中之一',
  'Component {name} reads args.{field}, which no role has: set {place}':
    '组件 {name} 读取 args.{field}，但没有角色设置它：请设置 {place}',
  'table {name} does not exist: upload it with POST /v1/data/upload':
    '数据表 {name} 不存在：请用 POST /v1/data/upload 上传',
  'table {name} belongs to party {owner}: {role} {party} cannot use it; name a table of its own in {place}':
    '数据表 {name} 属于参与方 {owner}：{role} {party} 不能使用；请在 {place} 中指定它自己的表',
  'The tables of {role} {party} lie in two data directories: upload {name} ({place}) again through the runner that holds the others':
    '{role} {party} 的数据表位于两个数据目录：请通过存有其他表的运行器重新上传 {name}（{place}）',
  // Tags of models.
  'Tag "{name}" is like that already: send new_tag_name or new_tag_desc':
    '标签“{name}”已经如此：请发送 new_tag_name 或 new_tag_desc',
  'Model {model} version {version} has the tag "{name}" already':
    '模型 {model} 的版本 {version} 已有标签“{name}”',
  'Model {model} version {version} has no tag "{name}": model_tag/retrieve lists those it has':
    '模型 {model} 的版本 {version} 没有标签“{name}”：model_tag/retrieve 列出它现有的标签',
  'There is no tag "{name}": tag/list has those there are':
    '没有标签“{name}”：tag/list 列出现有的标签',
  'There is a tag "{name}" already': '已有标签“{name}”',
} as const satisfies Readonly<Record<string, string>>
