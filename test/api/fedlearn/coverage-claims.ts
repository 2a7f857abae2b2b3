/**
 * What has to be shown of FedLearn, with the tests that show it: the defects of its public implementation, which are not
 * here, figures on its own data, and what is refused.
 * @module
 */
import { claim, type Section } from '../coverage/page.ts'

const DEFECTS = 'test/api/fedlearn/defects.test.ts'
const KEYS = 'test/api/fedlearn/keys.test.ts'
const EFFECT = 'test/api/fedlearn/parameter-effect.test.ts'
const DOCUMENT = 'test/process/fedlearn-document.process.ts'
const REFUSAL = 'test/process/fedlearn-refusal.process.ts'
const PROCESS = 'test/process/fedlearn.process.ts'
const LINEAR = 'test/component/fedlearn/vertical-linear.test.ts'
const TREES = 'test/component/fedlearn/federated-gb.test.ts'

/** What has to be shown, as sections of the page. */
export function shown(): readonly Section[] {
  return [
    {
      heading: 'Defects of the public implementation that are not here',
      head: ['defect of FedLearn 0.9.6'],
      rows: [
        claim('1. Fresh ciphertexts are `1 + m·n`: everybody who has the public key reads them', [
          DEFECTS,
          '1: a fresh ciphertext does not show its number, and is another one each time',
        ]),
        claim(
          '2. The match by DH multiplies: one known id uncovers all',
          [DEFECTS, '2, 3, 4: ${name} sends no id, and no digest that others could make of one'],
          ['test/component/psi/wire.test.ts', 'shows no id and no hash of one, in any message'],
        ),
        claim(
          '3. The match by RSA does not blind, and shows the common ids to the coordinator',
          [DEFECTS, '2, 3, 4: ${name} sends no id, and no digest that others could make of one'],
          ['test/component/psi/wire.test.ts', 'asks each host with other numbers'],
        ),
        claim('4. The match by MD5 shows the coordinator digests with a salt that all know', [
          DEFECTS,
          '2, 3, 4: ${name} sends no id, and no digest that others could make of one',
        ]),
        claim('5. Where two clients share nothing, what a third has counts as common', [
          DEFECTS,
          '5: what two clients do not share is not made up for by a third, by ${name}',
        ]),
        claim(
          '6. VerticalLR leaves out the scores of clients without labels',
          [DEFECTS, '6: the scores of clients without labels count'],
          [
            LINEAR,
            'is gradient descent on the scores of all parties, not of the label’s holder alone',
          ],
        ),
        claim(
          '7. Keys have 256 bits, and the coordinator decrypts residuals of rows',
          [
            DEFECTS,
            '7: every client has a key of 2048 bits of its own, and none but clients has one',
          ],
          [KEYS, 'of ${algorithm} (${name}) are with clients alone, each for what is its own'],
        ),
        claim(
          '8. Parameters are taken and have no effect',
          [
            DEFECTS,
            '8: a parameter that is sampling, early stopping, categories or noise changes what is learnt',
          ],
          [EFFECT, 'so that all of its table are tried'],
        ),
        claim(
          '9. Failures are not told: a training runs for ever, and a token is given for what cannot run',
          [DEFECTS, '9: a training whose match is not there is refused, and has no token'],
          [REFUSAL, 'a training over no common rows fails, and says so'],
          [PROCESS, 'fails with its reason when labels are not what the objective is for'],
        ),
        claim(
          '10. A client reads any file that the coordinator names',
          [DEFECTS, '10: nobody reads a file by naming its path'],
          ['test/runner/data/dataset.test.ts', 'gives no column that its owner has not listed'],
          [REFUSAL, 'a file of ids is one of a client of the model, below its folder'],
        ),
        claim(
          '11. HorizontalFedAvg and VerticalFDNN are shells around a program that is not there',
          [
            DEFECTS,
            '11: HorizontalFedAvg and VerticalFDNN are trained, and every parameter is known to them',
          ],
          [
            'test/process/fedlearn-algorithms.process.ts',
            'VerticalFDNN learns a network of all columns, and predicts by id',
          ],
        ),
        claim(
          '12. No figure is published, and tests compare nothing',
          [
            DEFECTS,
            '12: figures are compared: a linear model meets least squares worked out in one place',
          ],
          [LINEAR, 'is within 1 % of least squares on house'],
        ),
      ],
    },
    {
      heading: 'Figures on its own data',
      lead: 'The tables lie beside a checkout on some machines; where they do not, these tests say that they are skipped.',
      head: ['what is shown'],
      rows: [
        claim(
          'Three clients of `classificationA_IDMatch` have 9 common ids, by every way to match',
          [PROCESS, 'finds the nine common ids of three clients by ${algorithm}'],
        ),
        claim('`regressionA` has the weights 4, 7, 9, 7, 4, 7 and 72; ids 291 to 300 within 1 %', [
          LINEAR,
          'finds the weights of regressionA, and predicts what was kept out',
        ]),
        claim(
          '`house` within 1 % of the plain references, trees tree by tree',
          [LINEAR, 'is within 1 % of least squares on house'],
          [TREES, 'meets the reference on house, tree by tree'],
        ),
        claim(
          '`classificationA` within 1 % of the plain references',
          [LINEAR, 'is within 1 % of the plain AUC on classificationA'],
          [TREES, 'meets the reference on classificationA'],
        ),
        claim('The tables of parameters of 0.9.6', [
          'test/api/fedlearn/table.test.ts',
          'are those of 0.9.6, but for what is listed here',
        ]),
        claim('All vectors of metrics', [
          'test/component/fedlearn/score.test.ts',
          'agree with the vectors of the original',
        ]),
      ],
    },
    {
      heading: 'The document',
      lead: 'Its own samples, sent as they stand.',
      head: ['section'],
      rows: [
        claim('1.1 algorithms and matches', [DOCUMENT, '1.1 tells the algorithms and matches']),
        claim('1.2 parameters', [DOCUMENT, '1.2 tells the parameters of an algorithm']),
        claim('1.3, 1.4 match and progress', [
          DOCUMENT,
          '1.3, 1.4 matches ids and tells how far it is',
        ]),
        claim('1.5 list of matches', [DOCUMENT, '1.5 lists matches of tasks in a state']),
        claim('2.1, 2.2 training and status', [
          DOCUMENT,
          '2.1, 2.2 trains, and tells the metrics of every round',
        ]),
        claim('2.3 parameters of a training', [
          DOCUMENT,
          '2.3 tells what a training was asked for',
        ]),
        claim('2.4 list of trainings', [DOCUMENT, '2.4 lists trainings of tasks in a state']),
        claim('2.5 suspend, resume, stop', [DOCUMENT, '2.5 suspends, resumes and stops']),
        claim('3.1 predictions', [DOCUMENT, '3.1 predicts by id and waits for it']),
        claim('3.2, 3.3 predictions of a file', [
          DOCUMENT,
          '3.2, 3.3 predicts the ids of a file at a client, which gets the answers',
        ]),
        claim('4.1 deleting a model', [
          DOCUMENT,
          '4.1 deletes a model, which predicts nothing any more',
        ]),
        claim('4.2 data sets', [DOCUMENT, '4.2 tells data sets and features']),
        claim('`SecureBoost`, `LogisticRegression` and `Kernel` by their names there', [
          DOCUMENT,
          'trains ${model} under the name of the document',
        ]),
      ],
    },
    {
      heading: 'What is refused',
      head: ['what cannot be'],
      rows: [
        claim('A token that is unknown', [
          REFUSAL,
          'an unknown token is refused wherever one is asked for',
        ]),
        claim('A change that the state does not allow', [
          REFUSAL,
          'a change that the state does not allow is refused, and so is one that there is not',
        ]),
        claim('A match of other clients', [
          REFUSAL,
          'a match of other clients, or of other data sets, is none for a training',
        ]),
        claim('No label, one that is not offered, one of two clients', [
          REFUSAL,
          'a label has to be named, offered, and of one client',
        ]),
        claim('A column that its owner does not list', [
          REFUSAL,
          'a column that its owner does not list cannot be asked for',
        ]),
        claim('More trainings of the same labels than their owner allows', [
          'test/api/fedlearn/label-budget.test.ts',
          'is refused beyond what the owner allows, with what is spent and what is left',
        ]),
        claim('No common ids', [REFUSAL, 'a training over no common rows fails, and says so']),
        claim('A value that is no number', [
          REFUSAL,
          'a value that is no number fails the training, with its column and row',
        ]),
        claim('A client that is offline', [
          REFUSAL,
          'a client whose runner is away is said to be, for matches, trainings and predictions',
        ]),
      ],
    },
  ]
}
