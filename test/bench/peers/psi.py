"""Set intersection by SecretFlow's PSI, both parties as processes of this machine over its loopback: psi.py PROTOCOL IDS."""
import json
import multiprocessing
import os
import queue
import socket
import sys
import tempfile
import time

PROTOCOLS = {"kkrt": "PROTOCOL_KKRT", "rr22": "PROTOCOL_RR22", "ecdh": "PROTOCOL_ECDH"}


def party(rank, ports, protocol, folder, ids, barrier, results):
    from spu import libspu, psi

    path = os.path.join(folder, f"{rank}.csv")
    with open(path, "w") as out:
        out.write("id\n")
        start = rank * (ids // 2)
        out.writelines(f"customer-{start + i}\n" for i in range(ids))
    desc = libspu.link.Desc()
    for other, port in enumerate(ports):
        desc.add_party(f"p{other}", f"127.0.0.1:{port}")
    context = libspu.link.create_brpc(desc, rank)
    config = psi.PsiExecuteConfig(
        protocol_conf=psi.PsiProtocolConfig(
            protocol=getattr(psi.PsiProtocol, PROTOCOLS[protocol]),
            receiver_rank=0,
            ecdh_params=psi.EcdhParams(curve=psi.EllipticCurveType.CURVE_25519),
        ),
        input_params=psi.InputParams(path=path, selected_keys=["id"], keys_unique=True),
        output_params=psi.OutputParams(
            path=os.path.join(folder, f"{rank}.out.csv"), disable_alignment=True
        ),
    )
    barrier.wait()
    wall, cpu = time.monotonic(), time.process_time()
    report = psi.psi_execute(config, context)
    results.put((rank, time.monotonic() - wall, time.process_time() - cpu, report.intersection_count))
    context.stop_link()


def main():
    protocol, ids = sys.argv[1], int(sys.argv[2])
    ports = []
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
        ports.append(each.getsockname()[1])
    for each in sockets:
        each.close()
    spawn = multiprocessing.get_context("spawn")
    barrier, results = spawn.Barrier(2), spawn.Queue()
    with tempfile.TemporaryDirectory() as folder:
        work = [
            spawn.Process(target=party, args=(rank, ports, protocol, folder, ids, barrier, results))
            for rank in range(2)
        ]
        for each in work:
            each.start()
        ends = []
        while len(ends) < len(work):
            try:
                ends.append(results.get(timeout=1))
            except queue.Empty:
                if any(each.exitcode not in (None, 0) for each in work):
                    for each in work:
                        each.kill()
                    raise SystemExit("error: a party of spu stopped")
        ends.sort()
        for each in work:
            each.join()
    if ends[0][3] != ids - ids // 2:
        raise SystemExit(f"error: {ends[0][3]} common ids, expected {ids - ids // 2}")
    print(json.dumps({"seconds": max(end[1] for end in ends), "cpu": sum(end[2] for end in ends)}))


if __name__ == "__main__":
    main()
