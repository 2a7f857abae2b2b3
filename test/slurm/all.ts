/**
 * The Slurm engine against a real cluster of one node. Needs root and Debian's Slurm; says what is missing.
 * @module
 */
import './engine.slurm.ts'
import './openpai.slurm.ts'
import './runner.slurm.ts'
