import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import { unknownKeys } from '../../../src/component/param.ts'
import { BoostingTreeParam, boostRule } from '../../../src/component/tree/boosting-param.ts'

const FOLDER = new URL(
  '../../../../shared/data/fate-confs/v1.0.2/examples/federatedml-1.0-examples/hetero_secureboost/',
  import.meta.url,
)
const skip = existsSync(FOLDER) ? false : 'the published samples are not on this machine'

describe('BoostingTreeParam', () => {
  it("has FATE 1.0's effective defaults", () => {
    const params = BoostingTreeParam.parse({})
    const { learning_rate, num_trees, bin_num, n_iter_no_change, tree_param, encrypt_param } =
      params
    assert.deepEqual(
      { learning_rate, num_trees, bin_num, n_iter_no_change },
      { learning_rate: 0.1, num_trees: 2, bin_num: 50, n_iter_no_change: false },
    )
    assert.equal(tree_param.max_depth, 5)
    assert.deepEqual(tree_param.criterion_params, [0.1])
    assert.deepEqual(encrypt_param, { method: 'okamoto-uchiyama', key_length: 2048 })
    assert.equal(boostRule(params).lambda, 0.1)
    assert.equal(boostRule(params).alpha, 0)
  })

  for (const kind of ['binary', 'multi', 'regression']) {
    it(`takes the published ${kind} sample unchanged`, { skip }, () => {
      const text = readFileSync(new URL(`test_secureboost_train_${kind}_conf.json`, FOLDER), 'utf8')
      const conf = JSON.parse(text) as {
        algorithm_parameters: { secureboost_0: { task_type: string; num_trees: number } }
      }
      const given = conf.algorithm_parameters.secureboost_0
      const params = BoostingTreeParam.parse(given)
      assert.equal(params.task_type, given.task_type)
      assert.equal(params.num_trees, given.num_trees)
      assert.equal(params.encrypt_param.method, 'paillier')
    })
  }

  it('takes penalties by name', () => {
    const rule = (criterion_params: object) =>
      boostRule(BoostingTreeParam.parse({ tree_param: { criterion_params } }))
    const { lambda, alpha } = rule({ l1: 0.25, l2: 2 })
    assert.deepEqual([lambda, alpha], [2, 0.25])
    assert.equal(rule({ l2: 3 }).lambda, 3)
    assert.throws(() => rule({ l1: -1, l2: 2 }), /criterion_params/)
  })

  it('takes names in any case, one penalty or two, and complete_secure as a truth value', () => {
    const params = BoostingTreeParam.parse({
      objective_param: { objective: 'Cross_Entropy' },
      encrypt_param: { method: 'PAILLIER' },
      tree_param: { criterion_params: [2, 0.5], feature_importance_type: 'GAIN' },
      complete_secure: true,
      zero_as_missing: true,
      boosting_strategy: 'layered',
      a_parameter_of_another_version: 1,
    })
    assert.equal(params.encrypt_param.method, 'paillier')
    assert.equal(params.complete_secure, 1)
    const rule = boostRule(params)
    assert.deepEqual([rule.lambda, rule.alpha, rule.maxDepth], [2, 0.5, 5])
    assert.deepEqual(rule.missing, { useMissing: true, zeroAsMissing: true })
    const broken = BoostingTreeParam.parse({ encrypt_param: { method: 'iterativeAffine' } })
    assert.equal(broken.encrypt_param.method, 'okamoto-uchiyama')
  })

  it('reads callback_param of later releases as what it stands for', () => {
    const measuring = { validation_freqs: 2, metrics: ['ks'], use_first_metric_only: true }
    const read = (callbacks: string[]): unknown[] => {
      const callback_param = { callbacks, early_stopping_rounds: 3, save_freq: 1, ...measuring }
      const params = BoostingTreeParam.parse({ callback_param })
      return [params.validation_freqs, params.metrics, params.early_stopping_rounds]
    }
    assert.deepEqual(read(['EarlyStopping']), [2, ['ks'], 3])
    assert.deepEqual(read(['PerformanceEvaluate']), [2, ['ks'], null])
    assert.deepEqual(read(['ModelCheckpoint']), [null, null, null])
    const both = { callback_param: { callbacks: ['EarlyStopping'] }, early_stopping_rounds: 5 }
    assert.equal(BoostingTreeParam.parse(both).early_stopping_rounds, 5)
  })

  it('keeps what it does not know, inside of groups too, to be warned of', () => {
    const given = {
      new_ver: true,
      tree_param: { max_split_nodes: 10, deterministic: true },
      encrypt_param: { mode: 'strict' },
      objective_param: { weight: 1 },
      predict_param: { scale: 2 },
    }
    assert.deepEqual(unknownKeys(BoostingTreeParam, BoostingTreeParam.parse(given)).toSorted(), [
      'encrypt_param.mode',
      'new_ver',
      'objective_param.weight',
      'predict_param.scale',
      'tree_param.deterministic',
      'tree_param.max_split_nodes',
    ])
  })

  const BAD: [object, RegExp][] = [
    [{ multi_mode: 'both' }, /multi_mode/],
    [{ tree_param: { criterion_method: 'gini' } }, /criterion_method/],
    [{ bin_num: 1 }, /bin_num must be at least 2/],
    [{ objective_param: { objective: 'lse' } }, /does not fit task_type/],
    [{ task_type: 'regression', objective_param: { objective: 'cross_entropy' } }, /does not fit/],
    [
      { task_type: 'regression', objective_param: { objective: 'tweedie', params: [2] } },
      /tweedie one of at least 1 and below 2/,
    ],
    [{ encrypt_param: { key_length: 512 } }, /at least 1024 bits/],
    [{ run_goss: true, top_rate: 0.7, other_rate: 0.4 }, /add up to at most 1/],
    [{ cv_param: { need_cv: true, n_splits: 1 } }, /n_splits must be at least 2/],
    [{ tree_param: { min_leaf_node: 0 } }, /min_leaf_node/],
    [{ subsample_feature_rate: 0 }, /subsample_feature_rate/],
  ]
  for (const [params, message] of BAD) {
    it(`refuses ${JSON.stringify(params)}`, () => {
      assert.throws(() => BoostingTreeParam.parse(params), message)
    })
  }
})
