/**
 * The editor of a flow: the text of its graph, its drawing, the units there are and the form of the chosen node.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { Field, SelectField, TextField } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { FlowDrawing, type Sketch } from './drawing.tsx'
import { type Chosen, Inspector } from './inspector.tsx'
import { flowPath } from './list.tsx'

/** A problem and its place in the text. */
export interface EditorProblem {
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  /** The line itself. */
  readonly quote: string
}

export interface PaletteUnit {
  readonly key: string
  readonly name: string
  readonly device: string
  readonly description: string
}

export interface Draft {
  readonly name: string
  /** Whether the flow has its name already, so that running it replaces it. */
  readonly isKnown: boolean
  readonly dot: string
  /** Everything of the document but the graph, as JSON. */
  readonly rest: string
  readonly strict: boolean
  readonly trace: boolean
  /** How many runners work on it at once, as it was written. */
  readonly replicas: string
  readonly sketch: Sketch
  /** Whether the text can be changed by the buttons. */
  readonly isEditable: boolean
  readonly problems: readonly EditorProblem[]
  readonly palette: readonly (readonly [group: string, units: readonly PaletteUnit[]])[]
  readonly chosen: Chosen | undefined
  /** Why it did not start. */
  readonly refusal?: string
}

/** What a control asks of the server: the whole draft goes there, and the parts that follow from it come back. */
export function draftCall(what?: string): Record<string, string> {
  return {
    'hx-post': '/flows/draft',
    'hx-swap': 'none',
    'hx-push-url': 'false',
    ...(what === undefined ? {} : { 'hx-vals': JSON.stringify({ do: what }) }),
  }
}

/** The page. */
export function FlowEditor({ draft }: { draft: Draft }) {
  const { name, isKnown, palette } = draft
  return (
    <form method="post" action="/flows/draft" id="flow-editor" {...draftCall()}>
      {/* What Enter in a field does: nothing but to look again. */}
      <button type="submit" class="visually-hidden" name="do" value="look" tabindex={-1}>
        {t('Check')}
      </button>
      <PageHead
        title={isKnown ? t('Edit {name}', { name }) : t('New flow')}
        trail={[['/flows', t('Flows')], ...(isKnown ? [[flowPath(name), name] as const] : [])]}
        actions={
          <button type="submit" class="button primary" name="do" value="run">
            <Icon name="play" />
            {isKnown ? t('Run in place of the old one') : t('Run')}
          </button>
        }
      />
      <div id="flow-refusal">
        <FlowRefusal refusal={draft.refusal} />
      </div>
      <div class="flow-editor">
        <div>
          <Section id="flow-text" title={t('Text')}>
            <div class="fields">
              <TextField
                name="name"
                label={t('Name of the flow')}
                hint={t('2 to 64 letters, digits, - + ~ _ and .')}
                value={name}
              />
              <Switches draft={draft} />
            </div>
            <DotField dot={draft.dot} />
            <div id="flow-problems" aria-live="polite">
              <Problems problems={draft.problems} />
            </div>
          </Section>
          <Section
            id="flow-palette"
            title={t('Units')}
            note={t('A unit becomes a node of the graph.')}
          >
            {palette.length === 0 ? (
              <p class="note">{t('No runner has told of its units: start one.')}</p>
            ) : null}
            <div class="folds">
              {palette.map(([group, units], index) => (
                <details class="fold" open={index === 0}>
                  <summary>{told(group)}</summary>
                  <ul class="palette">
                    {units.map((unit) => (
                      <li>
                        <button
                          type="submit"
                          class="button small plain"
                          name="do"
                          value={`add:${unit.key}`}
                        >
                          <Icon name="plus" />
                          {unit.name}
                        </button>
                        <span class="note">
                          {unit.device === 'cpu' ? '' : `${unit.device}: `}
                          <span>{told(unit.description)}</span>
                        </span>
                      </li>
                    ))}
                  </ul>
                </details>
              ))}
            </div>
          </Section>
        </div>
        <div>
          <Section id="flow-drawing" title={t('Drawing')}>
            <div id="flow-canvas">
              <Canvas draft={draft} />
            </div>
          </Section>
          <div id="flow-inspector">
            <Inspector draft={draft} />
          </div>
        </div>
      </div>
    </form>
  )
}

/** What comes back when the draft has changed; the text too where a button has changed it. */
export function FlowEditorParts({ draft, isTextNew }: { draft: Draft; isTextNew: boolean }) {
  return (
    <>
      <hx-partial hx-target="#flow-refusal" hx-swap="innerHTML">
        <FlowRefusal refusal={draft.refusal} />
      </hx-partial>
      {isTextNew ? (
        <hx-partial hx-target="#dot-field" hx-swap="outerHTML">
          <DotField dot={draft.dot} />
        </hx-partial>
      ) : null}
      <hx-partial hx-target="#flow-problems" hx-swap="innerHTML">
        <Problems problems={draft.problems} />
      </hx-partial>
      <hx-partial hx-target="#flow-canvas" hx-swap="innerHTML">
        <Canvas draft={draft} />
      </hx-partial>
      <hx-partial hx-target="#flow-inspector" hx-swap="innerMorph">
        <Inspector draft={draft} />
      </hx-partial>
    </>
  )
}

function Switches({ draft: { rest, strict, trace, replicas } }: { draft: Draft }) {
  return (
    <>
      <input type="hidden" name="rest" value={rest} />
      <SelectField
        name="strict"
        label={t('Nodes without edges')}
        value={String(strict)}
        options={[
          ['true', t('are refused')],
          ['false', t('are left out')],
        ]}
      />
      <SelectField
        name="trace"
        label={t('Calls of the nodes')}
        hint={t('A trace is for chrome://tracing and Perfetto.')}
        value={String(trace)}
        options={[
          ['false', t('are not noted')],
          ['true', t('are noted, for a trace')],
        ]}
      />
      <TextField
        name="replicas"
        label={t('Replicas')}
        hint={t(
          'How many runners run it at once, 1 to 64; with a port in its graph, each on another host',
        )}
        value={replicas}
        inputmode="numeric"
      />
    </>
  )
}

function DotField({ dot }: { dot: string }) {
  return (
    <div id="dot-field" class="dot-field">
      <Field
        name="dot"
        label={t('Graph in DOT')}
        wide
        control={(tie) => (
          <textarea
            {...tie}
            rows={18}
            spellcheck={false}
            autocomplete="off"
            wrap="off"
            class="mono dot"
            {...draftCall('type')}
            hx-trigger="input changed delay:400ms"
            hx-sync="this:replace"
          >
            {/* Browsers leave out a line break that comes first. */}
            {`\n${dot}`}
          </textarea>
        )}
      />
    </div>
  )
}

function Problems({ problems }: { problems: readonly EditorProblem[] }) {
  if (problems.length === 0)
    return (
      <p class="note good">
        <Icon name="succeeded" /> {t('The graph can run.')}
      </p>
    )
  return (
    <ul class="flow-problems" aria-label={t('Problems')}>
      {problems.map(({ line, column, message, quote }) => (
        <li>
          {line === null ? null : (
            <a href="#dot" data-line={line} data-column={column ?? 1}>
              {t('Line {line}', { line })}
            </a>
          )}{' '}
          <span class="bad" lang="en">
            {message}
          </span>
          {quote === '' ? null : <code class="quote">{quote}</code>}
        </li>
      ))}
    </ul>
  )
}

function Canvas({ draft: { sketch, chosen } }: { draft: Draft }) {
  if (sketch.nodes.length === 0) return <p class="note">{t('Nothing to draw yet.')}</p>
  return (
    <FlowDrawing
      sketch={sketch}
      chosen={chosen?.name}
      link={(node) => ({ href: '#flow-inspector', ...draftCall(`show:${node}`) })}
    />
  )
}

function FlowRefusal({ refusal }: { refusal: string | undefined }) {
  return refusal === undefined ? null : (
    <p class="form-error" role="alert">
      <Icon name="warning" />
      <span>{told(refusal)}</span>
    </p>
  )
}
