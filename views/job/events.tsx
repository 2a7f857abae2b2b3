/**
 * What happened to a job, newest first.
 * @module
 */
import type { JobEvent } from '../../src/domain/event.ts'
import { t, told } from '../text/say.tsx'
import { countOf } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { Ago } from '../ui/time.tsx'

/** The section of the timeline. */
export function Events({ events, now }: { events: readonly JobEvent[]; now: number }) {
  return (
    <Section id="events" title={t('Timeline')} aside={countOf(events.length, 'event')}>
      <EventList label={t('Events, newest first')} events={events} now={now} />
    </Section>
  )
}

/** Events, newest first, in a box that scrolls. */
export function EventList(props: { label: string; events: readonly JobEvent[]; now: number }) {
  return (
    <ScrollBox class="timeline" label={props.label}>
      <ol>
        {props.events.toReversed().map((event) => (
          <li id={`event-${event.id}`} class={`event level-${event.level}`}>
            <span class="event-message">{told(event.message)}</span>
            <span class="muted">
              <Ago at={event.at} now={props.now} />
            </span>
          </li>
        ))}
      </ol>
    </ScrollBox>
  )
}
