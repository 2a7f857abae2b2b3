/**
 * The tables as Kysely sees them; `migrations/` makes them and a test compares the two.
 * Times are milliseconds since 1970 in UTC.
 * @module
 */
import type {
  AccountGroupTable,
  AccountTable,
  FormerAccountTable,
  LoginFailureTable,
  TokenTable,
  VirtualClusterTable,
} from './table/account.ts'
import type {
  FrameworkAttemptTable,
  FrameworkTable,
  FrameworkWebhookTable,
} from './table/framework.ts'
import type {
  AttemptTable,
  JobMemberTable,
  JobTable,
  LeaseTable,
  LeftoverTable,
  ReservationTable,
  TaskFactTable,
  TaskOrderTable,
  TaskTable,
} from './table/job.ts'
import type {
  ArtifactTable,
  DataTableTable,
  EventTable,
  LedgerTable,
  LogChunkTable,
  MetricPointTable,
  MetricTable,
  ModelTable,
  ModelTagTable,
  TagTable,
} from './table/record.ts'
import type {
  DatasetTable,
  DatasetUseTable,
  DutyTable,
  FlowUnitTable,
  InviteTable,
  MessageTable,
  PartyTable,
  PartyUrlTable,
  RunnerSampleTable,
  RunnerTable,
  ServiceTable,
  ServingCallTable,
} from './table/runner.ts'
import type {
  ScheduleTable,
  WorkAlertTable,
  WorkDueTable,
  WorkTable,
  WorkTextTable,
  WorkVersionTable,
} from './table/work.ts'

export interface Database {
  job: JobTable
  job_member: JobMemberTable
  task: TaskTable
  attempt: AttemptTable
  lease: LeaseTable
  leftover: LeftoverTable
  reservation: ReservationTable
  event: EventTable
  metric: MetricTable
  metric_point: MetricPointTable
  log_chunk: LogChunkTable
  ledger: LedgerTable
  data_table: DataTableTable
  artifact: ArtifactTable
  model: ModelTable
  model_tag: ModelTagTable
  tag: TagTable
  party: PartyTable
  party_url: PartyUrlTable
  dataset: DatasetTable
  dataset_use: DatasetUseTable
  flow_unit: FlowUnitTable
  runner: RunnerTable
  runner_sample: RunnerSampleTable
  message: MessageTable
  account: AccountTable
  token: TokenTable
  invite: InviteTable
  duty: DutyTable
  schedule: ScheduleTable
  service: ServiceTable
  serving_call: ServingCallTable
  work: WorkTable
  work_version: WorkVersionTable
  work_text: WorkTextTable
  work_due: WorkDueTable
  work_alert: WorkAlertTable
  task_fact: TaskFactTable
  task_order: TaskOrderTable
  framework: FrameworkTable
  framework_attempt: FrameworkAttemptTable
  framework_webhook: FrameworkWebhookTable
  account_group: AccountGroupTable
  virtual_cluster: VirtualClusterTable
  login_failure: LoginFailureTable
  former_account: FormerAccountTable
}
