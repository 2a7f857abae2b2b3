/**
 * Every migration, in order. A static list: directory scans break edge bundles and single binaries.
 * A migration that has landed is never edited; add the next number instead.
 * @module
 */
import type { Migration } from 'kysely/migration'

import * as job from './0001_job.ts'
import * as task from './0002_task.ts'
import * as record from './0003_record.ts'
import * as data from './0004_data.ts'
import * as site from './0005_site.ts'
import * as databaseToken from './0006_database_token.ts'
import * as taskByState from './0007_task_by_state.ts'
import * as capacity from './0008_capacity.ts'
import * as invite from './0009_invite.ts'
import * as reservation from './0010_reservation.ts'
import * as leftover from './0011_leftover.ts'
import * as attemptRecord from './0012_attempt_record.ts'
import * as watch from './0013_watch.ts'
import * as serving from './0014_serving.ts'
import * as dataset from './0015_dataset.ts'
import * as flowUnit from './0018_flow-unit.ts'
import * as framework from './0019_framework.ts'
import * as work from './0020_work.ts'
import * as workAlert from './0023_work-alert.ts'
import * as modelTag from './0024_model-tag.ts'
import * as frameworkWebhook from './0027_framework-webhook.ts'
import * as owner from './0028_owner.ts'
import * as formerAccount from './0029_former-account.ts'
import * as workText from './0030_work-text.ts'
import * as signedWebhook from './0031_signed-webhook.ts'
import * as datasetUse from './0033_dataset-use.ts'

export const MIGRATIONS: Record<string, Migration> = {
  '0001_job': job,
  '0002_task': task,
  '0003_record': record,
  '0004_data': data,
  '0005_site': site,
  '0006_database_token': databaseToken,
  '0007_task_by_state': taskByState,
  '0008_capacity': capacity,
  '0009_invite': invite,
  '0010_reservation': reservation,
  '0011_leftover': leftover,
  '0012_attempt_record': attemptRecord,
  '0013_watch': watch,
  '0014_serving': serving,
  '0015_dataset': dataset,
  '0018_flow-unit': flowUnit,
  '0019_framework': framework,
  '0020_work': work,
  '0023_work-alert': workAlert,
  '0024_model-tag': modelTag,
  '0027_framework-webhook': frameworkWebhook,
  '0028_owner': owner,
  '0029_former-account': formerAccount,
  '0030_work-text': workText,
  '0031_signed-webhook': signedWebhook,
  '0033_dataset-use': datasetUse,
}
