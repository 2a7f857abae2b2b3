/**
 * Clients of an echo server, each with a connection that stays open and one request at a time, over bare sockets so that
 * they cost little. Says when it begins to count, and then what was answered.
 * @module
 */
import { connect } from 'node:net'

const [port, connections, warmUpMs, measuredMs] = process.argv.slice(2).map(Number)
const BODY = 'x'.repeat(256)
const REQUEST = `POST /example HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`

let counting = false
const times: number[] = []

for (let index = 0; index < connections; index++) open()
setTimeout(() => {
  counting = true
  console.log(JSON.stringify({ began: true }))
  setTimeout(() => {
    const sorted = times.toSorted((a, b) => a - b)
    const p99 = sorted[Math.floor(sorted.length * 0.99)]
    console.log(JSON.stringify({ answered: times.length, p99 }))
  }, measuredMs)
}, warmUpMs)

function open(): void {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  let sent = 0
  let seen = ''
  const ask = () => {
    sent = performance.now()
    seen = ''
    socket.write(REQUEST)
  }
  socket.on('connect', ask)
  socket.on('data', (chunk) => {
    seen += chunk.toString('latin1')
    const head = seen.indexOf('\r\n\r\n')
    if (head < 0 || seen.length < head + 4 + BODY.length) return
    if (!seen.startsWith('HTTP/1.1 200') || !seen.endsWith(BODY)) throw new Error(seen)
    if (counting) times.push(performance.now() - sent)
    ask()
  })
}
