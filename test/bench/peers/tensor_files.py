"""Reads and writes safetensors files with numpy alone: 8 bytes of header length, a JSON header, the data."""
import json
import struct

import numpy as np

DTYPES = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64}


def load_tensors(path):
    """Arrays by name."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    data = content[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def save_tensors(path, tensors):
    """Writes arrays by name."""
    names = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
    header, offset, chunks = {}, 0, []
    for name, array in tensors.items():
        chunk = np.ascontiguousarray(array).tobytes()
        end = offset + len(chunk)
        header[name] = {"dtype": names[array.dtype], "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
        chunks.append(chunk)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
