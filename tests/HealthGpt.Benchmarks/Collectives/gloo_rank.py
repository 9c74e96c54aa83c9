"""One rank of a gloo group: for each line "ELEMENTS TIMES" of standard input, so many all-reduces of so many float32; answers with the seconds they took.

usage: gloo_rank.py RANK WORLD_SIZE STORE_FILE
"""
import os
import sys
import time

import torch
import torch.distributed as dist

rank, world_size, store = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world_size)
values = {}
print("ready", flush=True)
for line in sys.stdin:
    elements, times = (int(word) for word in line.split())
    if elements not in values:
        values[elements] = torch.ones(elements)
        dist.all_reduce(values[elements])
        assert bool((values[elements] == world_size).all()), "the sum is wrong"
        # Sums of zero stay what they are, however often.
        values[elements].zero_()
        for _ in range(30 if elements > 1_000_000 else 5000):
            dist.all_reduce(values[elements])
    tensor = values[elements]
    dist.barrier()
    start = time.perf_counter()
    for _ in range(times):
        dist.all_reduce(tensor)
    print(repr(time.perf_counter() - start), flush=True)
dist.destroy_process_group()
