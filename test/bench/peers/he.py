"""Times the operations of one peer package on one thread, by the processor's clock: he.py PACKAGE.

Prints one JSON object a line.
"""

import json
import random
import sys
import time

BITS, MESSAGE, SCALAR = 2048, 111, 24
R = random.Random(1)
SCALAR_VALUE = R.getrandbits(SCALAR) | 1 << (SCALAR - 1)


def report(scheme, op, count, work):
    least = float("inf")
    for i in range(4):
        start = time.process_time()
        work()
        if i > 0:
            least = min(least, time.process_time() - start)
    print(json.dumps({"scheme": scheme, "op": op, "value": count / least}), flush=True)


def messages(count):
    return [R.getrandbits(MESSAGE) for _ in range(count)]


def phe():
    from phe import paillier

    public, secret = paillier.generate_paillier_keypair(n_length=BITS)
    few = messages(16)
    report("paillier", "encrypt with the public key", 16, lambda: [public.raw_encrypt(m) for m in few])
    ciphertexts = [paillier.EncryptedNumber(public, public.raw_encrypt(m), 0) for m in few]
    report("paillier", "add", 4096, lambda: [a + ciphertexts[0] for _ in range(256) for a in ciphertexts])
    report("paillier", f"multiply by {SCALAR} bits", 512, lambda: [a * SCALAR_VALUE for _ in range(32) for a in ciphertexts])
    raw = [c.ciphertext(be_secure=False) for c in ciphertexts]
    report("paillier", "decrypt", 16, lambda: [secret.raw_decrypt(c) for c in raw])


def pypaillier():
    import paillier

    public, secret = paillier.generate_keypair(BITS)
    many = messages(256)
    report("paillier", "encrypt with the public key", 256, lambda: paillier.encrypt_integers(public, many))
    blobs = [bytes(b) for b in paillier.encrypt_integers(public, many)]
    report("paillier", "add", 256 * 8, lambda: paillier.add_many(public, blobs * 8))
    scalars = [SCALAR_VALUE] * 256
    report("paillier", f"multiply by {SCALAR} bits", 256, lambda: paillier.multiply_integers_public(public, blobs, scalars))
    report("paillier", "decrypt", 64, lambda: paillier.decrypt_many(secret, blobs[:64]))


def sf_heu():
    from heu import phe as heu

    for scheme, schema in (("okamoto-uchiyama", heu.SchemaType.OU), ("paillier", heu.SchemaType.ZPaillier)):
        kit = heu.setup(schema, BITS)
        encryptor, evaluator, decryptor = kit.encryptor(), kit.evaluator(), kit.decryptor()
        plain = [heu.Plaintext(schema, m) for m in messages(512)]
        report(scheme, "encrypt with the public key", 512, lambda: [encryptor.encrypt(m) for m in plain])
        ciphertexts = [encryptor.encrypt(m) for m in plain]
        report(scheme, "add", 4096, lambda: [evaluator.add(a, ciphertexts[0]) for _ in range(8) for a in ciphertexts])
        scalar = heu.Plaintext(schema, SCALAR_VALUE)
        report(scheme, f"multiply by {SCALAR} bits", 512, lambda: [evaluator.mul(a, scalar) for a in ciphertexts])
        report(scheme, "decrypt", 128, lambda: [decryptor.decrypt(c) for c in ciphertexts[:128]])


{"phe": phe, "pypaillier": pypaillier, "sf-heu": sf_heu}[sys.argv[1]]()
