/**
 * Parameters that FATE has and that are not needed here: what there is in their place, and the values that ask for nothing
 * else than what is done anyway, of which nobody has to be told.
 * @module
 */

interface WithoutEffect {
  readonly why: string
  /** Values that change nothing; by default every value is told of. */
  readonly same?: (value: unknown) => boolean
}

const ORDER = 'batches are the same runs of rows in every epoch'
const FRESH = 'every value is encrypted afresh'
const ALL_ROWS = 'every tree learns from the rows of all parties'
const ALONE = 'it is for parties with different columns'
const NO_CACHE = 'every run draws its own keys and keeps nothing for a later one'
const NO_FILTER =
  'no filter goes before the exchange; for a guest of few ids there is intersect_method unbalanced'
const OWN_HASH = 'how ids are hashed is fixed by the method'
const NO_SAMPLE_ID = 'rows are matched and named by their own ids'
const NO_REPEATS = 'ids that repeat are refused'
const IDS_ONLY = 'ids are matched, and no columns handed over'
const NO_AUTOENCODER = 'the confusional autoencoder is not there'
const no = is(false)

/** By the dotted names of parameters, in components whose schema does not have them. */
const WITHOUT_EFFECT: Readonly<Record<string, WithoutEffect>> = {
  multi_class: {
    why: 'several classes are learnt one against the rest, by one_vs_rest_param.need_one_vs_rest',
    same: is('ovr'),
  },
  shuffle: { why: ORDER, same: no },
  batch_strategy: { why: ORDER, same: is('full') },
  masked_rate: { why: 'the rows of a batch are not hidden among others', same: is(0) },
  floating_point_precision: { why: 'the fixed point of the protocol is no choice' },
  encrypted_mode_calculator_param: {
    why: FRESH,
    same: (value) => is('strict')(Object(value)['mode'] ?? 'strict'),
  },
  re_encrypt_batches: { why: FRESH },
  use_mix_rand: { why: 'random numbers come from the system only', same: no },
  'cv_param.history_value_type': { why: 'no history of folds is put out' },
  'cv_param.output_fold_history': { why: 'no history of folds is put out', same: no },
  binning_error: { why: 'thresholds are exact quantiles' },
  sparse_optimization: { why: 'the fullest bin of a column costs nothing anyway', same: no },
  new_ver: { why: 'there is one version of the protocol', same: is(true) },
  cipher_compress_error: {
    why: 'nothing is rounded; cipher_compress shares ciphertexts',
    same: is(null),
  },
  EINI_random_mask: { why: 'the guest opens the sums of leaf weights as they are', same: no },
  'tree_param.max_split_nodes': { why: 'all nodes of a level are split together' },
  'tree_param.deterministic': { why: 'the same rows and seeds always make the same trees' },
  run_goss: { why: ALL_ROWS, same: no },
  top_rate: { why: ALL_ROWS },
  other_rate: { why: ALL_ROWS },
  subsample_row_rate: { why: ALL_ROWS, same: is(1) },
  complete_secure: { why: ALONE, same: (value) => no(value) || is(0)(value) },
  cipher_compress: { why: ALONE },
  boosting_strategy: { why: ALONE, same: is('std') },
  EINI_inference: { why: ALONE, same: no },
  EINI_complexity_check: { why: ALONE, same: no },
  'rsa_params.salt': { why: OWN_HASH, same: is('') },
  'rsa_params.hash_method': { why: OWN_HASH },
  'rsa_params.final_hash_method': { why: OWN_HASH },
  'rsa_params.split_calculation': { why: 'the guest blinds all of its ids', same: no },
  'rsa_params.random_base_fraction': {
    why: 'every id has a blinding factor of its own',
    same: is(null),
  },
  'rsa_params.random_bit': { why: 'blinding factors are as long as the key' },
  dh_params: { why: 'dh works in the 2048-bit group of RFC 3526, and how ids are hashed is fixed' },
  ecdh_params: { why: 'ecdh works on Curve25519, and how ids are hashed is fixed' },
  sample_id_generator: { why: NO_SAMPLE_ID, same: is('guest') },
  with_sample_id: { why: NO_SAMPLE_ID, same: no },
  new_sample_id: { why: NO_SAMPLE_ID, same: no },
  run_cache: { why: NO_CACHE, same: no },
  intersect_cache_param: { why: NO_CACHE, same: (value) => Object(value)['use_cache'] !== true },
  run_preprocess: { why: NO_FILTER, same: no },
  intersect_preprocess_params: { why: NO_FILTER },
  repeated_id_process: { why: NO_REPEATS, same: no },
  repeated_id_owner: { why: NO_REPEATS, same: is('guest') },
  allow_info_share: { why: IDS_ONLY, same: no },
  info_owner: { why: IDS_ONLY, same: is('guest') },
  match_id_name: { why: 'the first column is the id' },
  match_id_index: { why: 'the first column is the id', same: is(0) },
  unfold_multi_result: { why: 'several classes are measured together', same: no },
  run_clustering_arbiter_metric: { why: 'HeteroKmeans tells what is needed', same: no },
  'iv_param.mul_class_merge_type': { why: 'information values are of two classes' },
  use_anonymous: { why: 'columns are named by their own names', same: no },
  trainer: { why: 'epochs, batches and stopping are max_iter, batch_size and early_stop' },
  dataset: { why: 'rows come from the connected table' },
  ds_config: { why: 'networks are small enough for one process' },
  server_init: { why: 'all parties draw the same first weights from random_seed', same: no },
  'coae_param.epoch': { why: NO_AUTOENCODER },
  'coae_param.lr': { why: NO_AUTOENCODER },
  'coae_param.lambda1': { why: NO_AUTOENCODER },
  'coae_param.lambda2': { why: NO_AUTOENCODER },
  'coae_param.verbose': { why: NO_AUTOENCODER, same: no },
}

/**
 * Why a parameter that a component's schema does not have is not needed: undefined for one that FATE does not know
 * either, and null where the value changes nothing.
 */
export function whyWithoutEffect(path: string, value: unknown): string | null | undefined {
  if (!Object.hasOwn(WITHOUT_EFFECT, path)) return undefined
  const { why, same } = WITHOUT_EFFECT[path]
  return same?.(value) === true ? null : why
}

function is(expected: unknown): (value: unknown) => boolean {
  return (value) => value === expected
}
