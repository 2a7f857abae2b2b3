import type { Word } from '../../../views/text/say.tsx'
/**
 * Works to start from.
 * @module
 */
import type { WorkValues } from '../../../views/works/new.tsx'

const COMMON: WorkValues = {
  user_id: 'console',
  name: '',
  description: '',
  type: 'BATCH',
  category: 'FLINK_SQL',
  run_frequency: '',
  cron: '',
  script: '',
}

/** By id; the first is the one that the form begins with. */
export const TEMPLATES: readonly [Template, ...Template[]] = [
  {
    id: 'rows',
    name: 'A batch over generated rows',
    values: {
      ...COMMON,
      name: 'rows',
      script: `CREATE TABLE orders (
  id BIGINT,
  amount DOUBLE
) WITH (
  'connector' = 'datagen',
  'number-of-rows' = '100',
  'fields.id.kind' = 'sequence',
  'fields.id.start' = '1',
  'fields.id.end' = '100'
);

SELECT count(*) AS orders, max(id) AS newest
FROM orders;
`,
    },
  },
  {
    id: 'files',
    name: 'A daily batch from files to files',
    values: {
      ...COMMON,
      name: 'daily-sums',
      run_frequency: 'daily',
      script: `CREATE TABLE sales (
  shop STRING,
  amount DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 'sales.csv',
  'format' = 'csv'
);

CREATE TABLE sums (
  shop STRING,
  total DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 'sums',
  'format' = 'csv'
);

INSERT OVERWRITE sums
SELECT shop, sum(amount)
FROM sales
GROUP BY shop;
`,
    },
  },
  {
    id: 'stream',
    name: 'A stream, on Flink only',
    values: {
      ...COMMON,
      name: 'clicks',
      type: 'STREAMING',
      script: `CREATE TABLE clicks (
  page INT,
  at AS PROCTIME()
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '5',
  'fields.page.min' = '1',
  'fields.page.max' = '9'
);

CREATE TABLE counts (
  page INT,
  clicks BIGINT
) WITH (
  'connector' = 'print'
);

INSERT INTO counts
SELECT page, count(*)
FROM clicks
GROUP BY page;
`,
    },
  },
]

interface Template {
  readonly id: string
  readonly name: Word
  readonly values: WorkValues
}
