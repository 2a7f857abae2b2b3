/**
 * Paths of later versions that speak of things which this server does not have: it says what there is instead.
 * @module
 */
import type { Api } from '../../surface.ts'
import { failure, RETCODE } from '../envelope.ts'

/** What to say below each path. */
export const INSTEAD: Readonly<Record<string, string>> = {
  permission:
    'No party grants another privileges here: a runner works for its own parties only and decides itself what is shown of them (WEFT_PARTIES, WEFT_PREVIEWS); tokens say who may call this server, see npm run cli -- token',
  key: 'Keys of parties are made by their own runners, which pin those of others at first sight: nothing has to be saved here',
  site: 'Parties are not registered here: a runner that has joined serves its own, see GET /api/weft/runners',
  provider:
    'Components come with the server and are not registered: component/list has them, component/get their parameters',
  resource: 'Cores, memory and slots belong to runners: see GET /api/weft/runners',
  checkpoint:
    'Tasks keep their own checkpoints while they run and go on from them, with auto_retries in job_parameters; job/rerun takes up a job that is over',
  template: 'Templates of jobs are in the console, under New job, with the request as curl',
  server:
    'This server is all there is, and has nothing to register: version/get says whose words it speaks',
  'model/homo':
    'Models of HomoLR, HomoNN and HomoSecureBoost are served as they are: model/load and model/bind put them online, model/export has them as files',
  'job/log/path': 'Logs are kept in the database and not in files: job/log/download sends them',
}

/** Answers those paths, whatever is below them. */
export function insteadRoutes(api: Api): void {
  for (const [path, sentence] of Object.entries(INSTEAD)) {
    for (const route of [`/${path}`, `/${path}/*`]) {
      api.all(route, (c) => c.json(failure(RETCODE.exception, sentence), 200))
    }
  }
}
