/**
 * A job document of a parameter server with workers that train a small model.
 * @module
 */

/** Fits y = 2x + 1: the server keeps two numbers, the workers send gradients of their own points. */
const TRAIN = `
const http = require('node:http')
const env = process.env
const role = env.PAI_CURRENT_TASK_ROLE_NAME
const index = Number(env.PAI_CURRENT_TASK_ROLE_CURRENT_TASK_INDEX)
const port = Number(env.PAI_PORT_LIST_ps_0_sync)
if (role === 'ps') {
  let w = 0, b = 0, steps = 0
  const done = new Set()
  http.createServer((request, response) => {
    const query = new URL(request.url, 'http://ps').searchParams
    if (query.has('dw')) {
      w -= 0.05 * Number(query.get('dw'))
      b -= 0.05 * Number(query.get('db'))
      steps += 1
    }
    if (query.has('done')) done.add(query.get('done'))
    response.end(JSON.stringify([w, b, done.size, steps]))
  }).listen(port, env.PAI_HOST_IP_ps_0, () => console.log('serving', port))
} else {
  const ask = (query) => new Promise((resolve) => {
    const url = 'http://' + env.PAI_HOST_IP_ps_0 + ':' + port + '/?' + query
    const again = () => setTimeout(() => ask(query).then(resolve), 50)
    http.get(url, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)))
    }).on('error', again)
  })
  const first = env.FC_FRAMEWORK_ATTEMPT_ID === '0' && env.FC_TASK_ATTEMPT_ID === '0'
  const train = async () => {
    if (index === 1 && first) {
      console.log('pid', process.pid)
      await new Promise((resolve) => setTimeout(resolve, 600_000))
    }
    let [w, b] = await ask('')
    for (let step = 0; step < 200; step += 1) {
      const xs = [index, index + 0.5, -index - 1]
      const slopes = xs.map((x) => w * x + b - (2 * x + 1))
      const dw = slopes.reduce((sum, s, at) => sum + s * xs[at], 0) / 3
      const db = slopes.reduce((sum, s) => sum + s, 0) / 3
      ;[w, b] = await ask('dw=' + dw + '&db=' + db)
    }
    const [slope, start, done, steps] = await ask('done=' + index)
    if (done === 3) console.log('trained', slope.toFixed(2), start.toFixed(2), steps >= 600)
    console.log('worker', index, 'of', env.PAI_TASK_ROLE_TASK_COUNT_worker, 'is done')
  }
  train()
}
`

/** The first lines of a job document. */
export const HEAD = (name: string) => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
`

/** A parameter server and three workers; the first worker of the first try waits until it is killed. */
export function distributed(name: string, gang: boolean): string {
  const program = TRAIN.trim().replaceAll(/^/gm, '        ')
  const commands = `    commands:
      - |
        cat > train.cjs <<'END_OF_PROGRAM'
${program}
        END_OF_PROGRAM
        ${process.execPath} train.cjs
`
  return `${HEAD(name)}taskRoles:
  ps:
    completion: { minSucceededInstances: -1 }
    dockerImage: img
    resourcePerInstance: { cpu: 0, memoryMB: 256, gpu: 0, ports: { sync: 1 } }
${commands}  worker:
    instances: 3
    taskRetryCount: 0
    dockerImage: img
    resourcePerInstance: { cpu: 0, memoryMB: 256, gpu: 0 }
${commands}extras: { gangAllocation: ${gang} }
`
}
