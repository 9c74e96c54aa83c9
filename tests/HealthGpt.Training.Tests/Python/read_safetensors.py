# Reads a safetensors file by hand, as its format says (https://huggingface.co/docs/safetensors), and tells name, shape and the sum of squares of each tensor.
import json
import struct
import sys

import torch

types = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
with open(sys.argv[1], "rb") as file:
    length = struct.unpack("<Q", file.read(8))[0]
    header = json.loads(file.read(length))
    body = bytearray(file.read())

told = {}
for name, entry in header.items():
    if name == "__metadata__":
        continue
    start, end = entry["data_offsets"]
    tensor = torch.frombuffer(body[start:end], dtype=types[entry["dtype"]]).reshape(entry["shape"])
    told[name] = {"shape": list(tensor.shape), "squares": tensor.double().square().sum().item()}
print(json.dumps(told))
