/**
 * The few icons of the console, drawn with strokes in the colour of their text.
 * @module
 */

const PATHS = {
  waiting: 'M8 4.5V8l2.5 1.5M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13',
  ready: 'M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M6.5 5.5l4 2.5-4 2.5z',
  running: 'M14 8a6 6 0 1 1-3.5-5.45',
  suspended: 'M5.5 4v8M10.5 4v8',
  succeeded: 'M3 8.5l3.2 3.2L13 4.8',
  failed: 'M4 4l8 8M12 4l-8 8',
  canceled: 'M4.5 4.5h7v7h-7z',
  left: 'M9 3H3.5v10H9M7 8h6.5M11 5.5L13.5 8 11 10.5',
  plus: 'M8 3v10M3 8h10',
  play: 'M5 3.5l7.5 4.5L5 12.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  lock: 'M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2',
  open: 'M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 4.6-1.3',
  warning: 'M8 2.2l6.3 11.3H1.7zM8 6.3v3.4M8 11.6v.2',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  repeat: 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
} as const

export type IconName = keyof typeof PATHS

/** An icon; decorative, so the words beside it must say the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class={`icon icon-${name}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The path of an icon, for use inside another drawing. */
export function iconPath(name: IconName): string {
  return PATHS[name]
}
