/**
 * The edge check: the app bundled for an edge runtime, run in workerd against libSQL over HTTP.
 * @module
 */
import './workerd.edge.ts'
