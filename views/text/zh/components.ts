/**
 * Simplified Chinese for what components and units of flows say of themselves.
 * @module
 */

/** By the English sentence. */
export const COMPONENT_TEXTS = {
  'Brings an uploaded table into the graph': '把已上传的数据表引入图中',
  'Turns an uploaded table into features and labels': '把已上传的数据表转换为特征和标签',
  'Keep the rows whose ids all parties have, without showing the others':
    '保留各方都有其 id 的行，而不泄露其他行',
  'Takes some of the rows, the same ones at every party': '抽取部分行，各方抽取的行相同',
  'Splits rows into training, validation and test, the same ones at every party':
    '把行分为训练、验证和测试三部分，各方的划分相同',
  'Splits the rows of each party into training, validation and test':
    '把各方自己的行分为训练、验证和测试三部分',
  'Puts tables of the same columns one under the other': '把列相同的数据表上下拼接',
  'Appends columns of one value each': '追加取值固定的列',
  'Fills missing values of columns': '填充列的缺失值',
  'Brings columns to one scale': '把各列缩放到同一尺度',
  'Gives every row a weight, by its class or from a column': '按类别或某一列为每行赋予权重',
  'Replaces columns of few values by one column a value': '把取值少的列替换为每个取值一列',
  'Cuts columns into bins, with weight of evidence and information value':
    '对列分箱，并计算证据权重和信息值',
  'Leaves out columns by filters': '用筛选器去掉部分列',
  'Describes columns by numbers': '计算各列的统计量',
  'Correlations of columns, also across parties, and variance inflation':
    '列之间（包括跨参与方）的相关性与方差膨胀',
  'Says how far the values of columns moved between two tables': '衡量两张表之间各列取值分布的变化',
  'Logistic regression over the columns of several parties': '多方列上的逻辑回归',
  'Linear regression over the columns of several parties': '多方列上的线性回归',
  'Poisson regression over the columns of several parties': '多方列上的泊松回归',
  'Logistic regression over the columns of several parties, without an arbiter':
    '多方列上的逻辑回归，无需 arbiter',
  'Logistic regression over the rows of several parties, by secure aggregation':
    '多方行上的逻辑回归，采用安全聚合',
  'A neural network over the rows of several parties, by secure aggregation':
    '多方行上的神经网络，采用安全聚合',
  'A neural network over the columns of several parties, shared among them':
    '多方列上的神经网络，由各方秘密共享',
  'A neural network over the columns of several parties': '多方列上的神经网络',
  'Boosted trees over the columns of several parties, with FedLearn’s parameters':
    '多方列上的提升树，使用 FedLearn 的参数',
  'Boosted trees over the columns of several parties': '多方列上的提升树',
  'Boosted trees over several parties that take turns by tree or by level':
    '多方按树或按层轮流参与的提升树',
  'Boosted trees over the rows of several parties, by secure aggregation':
    '多方行上的提升树，采用安全聚合',
  'Logistic regression on the own columns alone, to compare with': '仅用自有列的逻辑回归，用作对照',
  'Groups rows by the columns of several parties': '根据多方的列对行聚类',
  'Turns probabilities into credit scores': '把概率换算为信用分',
  'Measures predictions against labels': '用标签评估预测结果',
  'Adds up numbers of two parties by secret shares, to try an installation':
    '以秘密分享对两方的数字求和，用于检验安装',
  'Fetch values of a host’s columns by id, without showing which rows are wanted':
    '按 id 取得 host 列的取值，而不泄露查询的是哪些行',
  'Keeps the rows of a data set whose ids were matched or named':
    '保留数据集中已对齐或已指定 id 的行',
  'Says how good predictions of named rows are': '评估指定行的预测效果',
  'Brings predictions to the party that asked for them': '把预测结果送达请求的参与方',
  'A random forest over the columns of several parties, with FedLearn’s parameters':
    '多方列上的随机森林，使用 FedLearn 的参数',
  'Numbers the rows of several parties, and says who has which':
    '为多方的行编号，并说明各方拥有哪些行',
  'Boosted trees over tables with some rows and some columns in common':
    '部分行和部分列共有的数据表上的提升树',
  'Linear regression over tables with some rows and some columns in common':
    '部分行和部分列共有的数据表上的线性回归',
  'Kernel regression and classification over the columns of several parties':
    '多方列上的核回归与核分类',
  'A linear or logistic model over the rows of several clients, by federated averaging':
    '多个客户端行上的线性或逻辑模型，采用联邦平均',
  'Linear regression over the columns of several parties, without an arbiter':
    '多方列上的线性回归，无需 arbiter',
  'Hands predictions to whoever asked for them': '把预测结果交给请求者',
  'Tries parameters of {name} and keeps the best model': '试验 {name} 的参数，保留最好的模型',
  // Units of flows.
  Generic: '通用',
  Image: '图像',
  Input: '输入',
  Output: '输出',
  Video: '视频',
  'Decodes base64, given as it is or in a field of a JSON object':
    '解码 base64：可直接给出，也可位于 JSON 对象的字段中',
  'Copies a meta under another name; rules replace values on the way':
    '以另一个名称复制元数据，途中按规则替换取值',
  'Changes the order of the colours, or leaves only the luma': '改变颜色通道的顺序，或只保留亮度',
  'Cuts a rectangle out of an image': '从图像中裁出一个矩形',
  'Emits its settings as one JSON text': '把自身设置输出为一段 JSON 文本',
  'Finds the address of a video: given, asked of a service, or in an object store':
    '取得视频的地址：直接给出、向服务查询，或来自对象存储',
  'Draws boxes into an image': '在图像中画框',
  'Takes HTTP requests and answers 202 at once': '接收 HTTP 请求并立即以 202 应答',
  'Takes HTTP requests; httpserver_sync_reply answers them':
    '接收 HTTP 请求，由 httpserver_sync_reply 应答',
  'Answers the request that httpserver_sync_receive has taken; the first answer counts':
    '应答 httpserver_sync_receive 收到的请求，以第一个应答为准',
  'Decodes an image file': '解码图像文件',
  'Floats for a network: (sample - mean) * standard_deviation_inverse, in a layout':
    '供网络使用的浮点数：(sample - mean) * standard_deviation_inverse，按指定布局',
  'Turns an image clockwise by 90, 180 or 270 degrees': '把图像顺时针旋转 90、180 或 270 度',
  'Subtracts a number from every channel of an image; gives floats':
    '从图像的每个通道减去一个数，得到浮点数',
  'Leaves of overlapping boxes those with the best score': '在重叠的框中只保留得分最高的',
  'Multiplies every channel of an image by a number; gives floats':
    '把图像的每个通道乘以一个数，得到浮点数',
  'Sends what comes to the brokers that its meta output_broker_names names, or to all':
    '把收到的内容发送到元数据 output_broker_names 指定的代理，或发送到全部代理',
  'Puts the channels of an image behind each other: HWC to CHW': '把图像通道依次排列：HWC 转为 CHW',
  'Puts an image on a canvas of one size, keeping its proportions':
    '保持比例，把图像放到固定大小的画布上',
  'Scales an image, without regard for its proportions': '缩放图像，不保持比例',
  'Decodes the packets of a video': '解码视频的数据包',
  'Reads the packets of a video': '读取视频的数据包',
  'Encodes frames into a file or a stream': '把帧编码为文件或流',
  'Begins with a video file or stream': '从视频文件或视频流开始',
  'Sends frames to an address or into a file; the address says how':
    '把帧发送到某个地址或写入文件，方式由地址决定',
} as const satisfies Readonly<Record<string, string>>
