/**
 * Reads the event streams of live pages.
 * @module
 */
import assert from 'node:assert/strict'

import type { TestConsole } from './seed.ts'

/** One event of a stream. */
export interface LiveEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/** Events of a stream, one at a time. */
async function* eventsOf(response: Response): AsyncGenerator<LiveEvent> {
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.ok(response.body)
  const decoder = new TextDecoder()
  let buffer = ''
  for await (const chunk of response.body) {
    buffer += decoder.decode(chunk, { stream: true })
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const lines = buffer.slice(0, end).split('\n')
      buffer = buffer.slice(end + 2)
      const field = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join('\n')
      if (lines.every((line) => line.startsWith(':'))) continue
      yield { id: field('id'), event: field('event'), data: field('data') }
    }
  }
}

/** The ids of the parts that an event replaces or appends to. */
export function targetsOf(event: LiveEvent): string[] {
  return [...event.data.matchAll(/<hx-partial hx-target="#([^"]*)"/g)].map((match) => match[1])
}

/** Opens a stream; `next` is its next event, `rest` all until it ends. */
export async function openLive(
  test: TestConsole,
  path: string,
  lastEventId?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ next: () => Promise<LiveEvent>; rest: () => Promise<LiveEvent[]> }> {
  const headers = {
    ...more,
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
  }
  const response = await test.app.request(path, { headers })
  const events = eventsOf(response)
  return {
    async next() {
      const { value, done } = await events.next()
      assert.ok(!done, 'the stream ended')
      return value as LiveEvent
    },
    async rest() {
      const all: LiveEvent[] = []
      for await (const event of events) all.push(event)
      return all
    },
  }
}
