/**
 * The shapes of FATE-Flow's jobs, and of what is tracked of them, as version 1.0 has them.
 * @module
 */
import { z } from '@hono/zod-openapi'

import { Flag, JsonText, Named, Open, OptionalText, PartyId, reply, Text, Whole } from './field.ts'

export const FateSubmit = z
  .object({ job_dsl: Open.nullish(), job_runtime_conf: Open })
  .openapi('FateSubmit', {
    description: 'A DSL and runtime configuration, version 1 or 2; a prediction brings no DSL',
  })

export const FateModelInfo = z
  .object({ model_id: Text, model_version: Text })
  .openapi('FateModelInfo')

export const FateSubmitted = reply(
  z.object({
    job_dsl_path: Text,
    job_runtime_conf_path: Text,
    model_info: FateModelInfo,
    board_url: Text,
    warnings: z.array(Text).optional().openapi({
      description: 'Parameters that nothing knows; the key is there only where there are some',
    }),
  }),
).openapi('FateSubmitted')

export const FateJobId = z.object({ job_id: Named }).openapi('FateJobId')

export const FateJobFilter = z
  .object({
    job_id: OptionalText,
    name: OptionalText,
    description: OptionalText,
    tag: OptionalText,
    role: OptionalText,
    party_id: PartyId.nullish(),
    roles: JsonText.nullish(),
    initiator_party_id: PartyId.nullish(),
    is_initiator: Whole.nullish(),
    dsl: JsonText.nullish(),
    runtime_conf: JsonText.nullish(),
    run_ip: OptionalText,
    status: OptionalText,
    current_steps: OptionalText,
    current_tasks: z.union([z.string(), z.array(z.string())]).nullish(),
    progress: Whole.nullish(),
    create_time: Whole.nullish(),
    update_time: Whole.nullish(),
    start_time: Whole.nullish(),
    end_time: Whole.nullish(),
    elapsed: Whole.nullish(),
  })
  .openapi('FateJobFilter', { description: 'Fields that are given must all be equal' })

export const FateTaskFilter = z
  .object({
    job_id: OptionalText,
    component_name: OptionalText,
    task_id: OptionalText,
    role: OptionalText,
    party_id: PartyId.nullish(),
    operator: OptionalText,
    run_ip: OptionalText,
    status: OptionalText,
    create_time: Whole.nullish(),
    update_time: Whole.nullish(),
    start_time: Whole.nullish(),
    end_time: Whole.nullish(),
    elapsed: Whole.nullish(),
  })
  .openapi('FateTaskFilter', { description: 'Fields that are given must all be equal' })

/** The words for the state of a job; `canceled` came with version 1.1. */
export const FateJobStatus = z
  .enum(['waiting', 'running', 'success', 'failed', 'canceled'])
  .openapi('FateJobStatus')

/** The words of version 1.0 for the state of a task. */
export const FateTaskStatus = z
  .enum(['waiting', 'start', 'running', 'success', 'failed'])
  .openapi('FateTaskStatus')

const Time = z.int().nullable().openapi({ description: 'Milliseconds since 1970' })

export const FateJob = z
  .object({
    f_job_id: Text,
    f_name: Text,
    f_description: Text,
    f_tag: Text,
    f_role: Text,
    f_party_id: Text,
    f_roles: Text.openapi({ description: 'JSON: party ids by role' }),
    f_work_mode: z.int(),
    f_initiator_party_id: Text,
    f_is_initiator: z.int().min(0).max(1),
    f_dsl: Text.openapi({ description: 'JSON' }),
    f_runtime_conf: Text.openapi({ description: 'JSON' }),
    f_train_runtime_conf: Text.openapi({ description: 'JSON' }),
    f_run_ip: Text,
    f_status: FateJobStatus,
    f_current_steps: Text.nullable(),
    f_current_tasks: Text.openapi({ description: 'JSON: task ids' }),
    f_progress: z.int().min(0).max(100),
    f_queue_position: z
      .int()
      .nullable()
      .openapi({ description: 'Place of a waiting job in the line, from 1; null for any other' }),
    f_create_time: Time,
    f_update_time: Time,
    f_start_time: Time,
    f_end_time: Time,
    f_elapsed: z.int().nullable().openapi({ description: 'Milliseconds' }),
  })
  .openapi('FateJob')

export const FateJobs = reply(z.array(FateJob)).openapi('FateJobs')

export const FateTask = z
  .object({
    f_job_id: Text,
    f_component_name: Text,
    f_task_id: Text,
    f_role: Text,
    f_party_id: Text,
    f_operator: Text,
    f_run_ip: Text,
    f_run_pid: z.int().nullable(),
    f_status: FateTaskStatus,
    f_create_time: Time,
    f_update_time: Time,
    f_start_time: Time,
    f_end_time: Time,
    f_elapsed: z.int().nullable(),
  })
  .openapi('FateTask')

export const FateTasks = reply(z.array(FateTask)).openapi('FateTasks')

export const FateConfig = reply(
  z.object({
    job_id: Text,
    dsl: Open,
    runtime_conf: Open,
    train_runtime_conf: Open,
    model_info: FateModelInfo.partial(),
  }),
).openapi('FateConfig')

/** Role and party are the initiator's when both are absent. */
export const FateJobAt = z
  .object({ job_id: Named, role: OptionalText, party_id: PartyId.nullish() })
  .openapi('FateJobAt')

export const FateComponentAt = FateJobAt.extend({ component_name: Named }).openapi(
  'FateComponentAt',
)

export const FateMetricAt = FateComponentAt.extend({
  metric_namespace: Named,
  metric_name: OptionalText,
  meric_name: OptionalText.openapi({ description: 'The name as the document spells it' }),
}).openapi('FateMetricAt')

export const FateDataView = reply(
  z.object({
    partner: z.record(z.string(), z.array(z.union([z.int(), z.string()]))),
    dataset: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string()))),
    roles: z.record(z.string(), z.array(z.union([z.int(), z.string()]))),
    model_summary: Open,
  }),
).openapi('FateDataView')

const MetricPoints = z.array(z.tuple([z.union([z.number(), z.string()]), z.number()]))

export const FateMetricNames = reply(z.record(z.string(), z.array(z.string()))).openapi(
  'FateMetricNames',
)

export const FateAllMetrics = reply(
  z.record(z.string(), z.record(z.string(), z.object({ data: MetricPoints, meta: Open }))),
).openapi('FateAllMetrics')

export const FateMetricData = reply(
  MetricPoints,
  z.looseObject({ name: z.string().nullable(), metric_type: z.string().nullable() }),
).openapi('FateMetricData')

export const FateParameters = reply(
  z.looseObject({ module: Text }).openapi({
    description: 'The module, and its parameters under the name of their class',
  }),
).openapi('FateParameters')

export const FateOutputModel = reply(Open, Open).openapi('FateOutputModel')

/** Rows and header of one table; a list of each for a component with several. */
export const FateOutputData = reply(
  z.array(z.array(z.unknown())),
  z.looseObject({ header: z.union([z.array(z.string()), z.array(z.array(z.string()))]) }),
).openapi('FateOutputData')

export const FateOutputDownload = FateComponentAt.extend({
  head: Flag.nullish().openapi({
    description: 'Whether a heading comes first: from version 1.4, unless it is false',
  }),
  limit: Whole.nullish().openapi({
    description: 'Rows at most; all of them without it or with -1',
  }),
}).openapi('FateOutputDownload')

export const FateNoOutput = z
  .object({ retmsg: Text, retcode: z.literal(500) })
  .openapi('FateNoOutput')

export const FateDependencies = reply(
  z.object({
    component_list: z.array(z.string()),
    dependencies: z.record(
      z.string(),
      z.array(z.string()).or(z.array(z.object({ component_name: Text, type: Text }))),
    ),
    component_module: z.record(z.string(), z.string()),
    component_need_run: z
      .record(z.string(), z.boolean())
      .optional()
      .openapi({ description: 'From version 1.1' }),
  }),
).openapi('FateDependencies')
