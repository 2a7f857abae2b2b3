/**
 * A job's graph as a drawing, with the state of every party in every node, and the same as a list of words.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import type { Task } from '../../src/domain/task.ts'
import { t } from '../text/say.tsx'
import { type State, stateLabel } from '../ui/badge.tsx'
import { countOf, listOf, shorten } from '../ui/format.ts'
import { iconPath } from '../ui/icon.tsx'
import { layoutGraph, type PlacedNode } from './graph-layout.ts'
import { componentPath, nodeState, partyOf, taskPath } from './task-words.ts'

const BOX = { width: 216, height: 78 }
/** Parties that a node names one by one. */
const NAMED = 3
/** What a dot takes beside its word, and what a letter of 12 px takes at most on average. */
const DOT_ROOM = 24
const LETTER = 6.4

/** The drawing; every node leads to the page of its component. */
export function Graph({ job, tasks }: { job: Job; tasks: readonly Task[] }) {
  const layout = layoutGraph(job.graph, BOX)
  const byNode = Map.groupBy(tasks, (task) => task.name)
  return (
    <div class="graph">
      <div class="graph-scroll">
        <svg
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          width={layout.width}
          height={layout.height}
          aria-labelledby="graph-svg-title graph-svg-desc"
        >
          <title id="graph-svg-title">{t('Graph of the job')}</title>
          <desc id="graph-svg-desc">
            {t(
              '{components} from top to bottom in the order in which they run. The list below says the same in words.',
              { components: countOf(job.graph.length, 'component') },
            )}
          </desc>
          {layout.edges.map((edge) => (
            <path class={`edge edge-${edge.kind}`} d={edge.path} />
          ))}
          {layout.nodes.map((node) => (
            <Node job={job} node={node} tasks={byNode.get(node.name) ?? []} />
          ))}
        </svg>
      </div>
      <details class="numbers">
        <summary>{t('Graph in words')}</summary>
        <ul>
          {job.graph.map((node) => (
            <li>
              <a href={componentPath(job.id, node.name)}>{node.name}</a> ({node.module}):{' '}
              {node.needs.length === 0
                ? t('starts the job')
                : t('after {value}', {
                    value: listOf([...new Set(node.needs.map((need) => need.node))]),
                  })}
              {(byNode.get(node.name) ?? []).map((task) => (
                <>
                  {'; '}
                  <a href={taskPath(job.id, task.id)}>
                    {`${partyOf(task)} ${stateLabel(task.state).toLowerCase()}`}
                  </a>
                </>
              ))}
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}

function Node({ job, node, tasks }: { job: Job; node: PlacedNode; tasks: readonly Task[] }) {
  const state = nodeState(tasks)
  const words = tasks.map((task) => `${partyOf(task)} ${stateLabel(task.state).toLowerCase()}`)
  const label = `${node.name}, ${node.module}: ${listOf(words)}`
  return (
    <a href={componentPath(job.id, node.name)} class={`node state-${state}`}>
      <title>{label}</title>
      <g transform={`translate(${node.x} ${node.y})`}>
        <rect class="node-box" width={BOX.width} height={BOX.height} rx="9" />
        <rect class="node-edge" width="4" height={BOX.height - 18} x="7" y="9" rx="2" />
        <text class="node-name" x="21" y="24">
          {shorten(node.name, 22)}
        </text>
        <text class="node-module" x="21" y="42">
          {shorten(node.module, 28)}
        </text>
        <g transform={`translate(${BOX.width - 27} 11)`}>
          <path class="node-icon" d={iconPath(state)} />
        </g>
        <Parties tasks={tasks} />
      </g>
    </a>
  )
}

function Parties({ tasks }: { tasks: readonly Task[] }) {
  const hasMore = tasks.length > NAMED
  const named = hasMore ? tasks.slice(0, NAMED - 1) : tasks
  const dots: { state: State; text: string }[] = named.map((task) => ({
    state: task.state,
    text: shorten(task.role ?? task.name, 8),
  }))
  if (hasMore) {
    const rest = tasks.slice(named.length)
    dots.push({ state: nodeState(rest), text: t('+{length} more', { length: rest.length }) })
  }
  let x = 26
  return (
    <g>
      {dots.map(({ state, text }) => {
        const at = x
        x += DOT_ROOM + text.length * LETTER
        return <Dot x={at} state={state} text={text} />
      })}
    </g>
  )
}

function Dot({ x, state, text }: { x: number; state: State; text: string }) {
  return (
    <g class={`dot state-${state}`}>
      <circle cx={x} cy="60" r="4.5" />
      <text x={x + 9} y="64">
        {text}
      </text>
    </g>
  )
}
