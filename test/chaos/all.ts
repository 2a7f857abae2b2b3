/**
 * Kills processes at random while they work, and counts what is left. `WEFT_CHAOS_SECONDS` is how long (75),
 * `WEFT_CHAOS_KILLS` how many kills there have to be (40), `WEFT_CHAOS_SEED` the seed (1).
 * @module
 */
import './leases.chaos.ts'
