"""``python -m benchmarks.scaling``: the bytes that devices exchange in a training step, from what XLA has compiled.

A step of a Transformer layer is compiled for meshes of any number of devices, which need not be there: each is a
program for the processor, in a process of its own. The exchanges in its text are added up; on a ring of `n` devices an
all-reduce of `b` bytes moves ``2 b (n - 1) / n`` over each link, the others ``b (n - 1) / n``.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

COUNTS = (1, 8, 64, 1024)
KINDS = ("data", "sharded", "tensor")
WIDTH, INNER, HEADS, LENGTH, EACH = 1024, 4096, 16, 128, 64
"""Features, those inside the network, heads, places of a sequence, and sequences for each part of the batch."""

BYTES = {"pred": 1, "s8": 1, "u8": 1, "bf16": 2, "f16": 2, "s32": 4, "u32": 4, "f32": 4, "s64": 8, "u64": 8, "f64": 8}

EXCHANGE = re.compile(
    r"= (?P<result>.*?) (?P<kind>all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)(-start)?\("
)
ARRAY = re.compile(r"\b([a-z]+[0-9]*)\[([0-9,]*)\]")
LISTED = re.compile(r"replica_groups=(?:\[\d+,(?P<count>\d+)\]|\{\{(?P<first>[0-9,]*)\})")
ON_AXES = re.compile(r"replica_groups=mesh\[(?P<mesh>[^\]]*)\] \{(?P<axes>[^}]*)\}")
AXIS = re.compile(r"('\w+')=(\d+)")
PART_OF_AXIS = re.compile(r"('\w+')(?::\(\d+\)(\d+))?")


class Exchange(NamedTuple):
    """An exchange among devices, in the text of a program.

    Attributes:
        kind: which one, as XLA calls it.
        bytes: of the whole array on one device: what an all-gather gives, and the others are given.
        devices: how many take part in it.
    """

    kind: str
    bytes: int
    devices: int

    @property
    def over_a_link(self) -> float:
        """The bytes that go over each link of a ring."""
        rounds = 2 if self.kind == "all-reduce" else 1
        is_one_step = self.kind == "collective-permute"
        return self.bytes if is_one_step else rounds * self.bytes * (self.devices - 1) / self.devices


def exchanges(text: str) -> Iterator[Exchange]:
    """Those of a program; several arrays that are exchanged at once count as one."""
    for line in text.splitlines():
        found = EXCHANGE.search(line)
        if found is None:
            continue
        devices = _devices(line)
        size = sum(map(_size, ARRAY.findall(found["result"])))
        yield Exchange(found["kind"], size * devices if found["kind"] == "reduce-scatter" else size, devices)


def _size(array: tuple[str, str]) -> int:
    kind, lengths = array
    return BYTES[kind] * math.prod(int(n) for n in lengths.split(",") if n)


def _devices(line: str) -> int:
    """How many devices are in a group: XLA lists them, or names axes of a mesh of its own, or parts of these."""
    on_axes, listed = ON_AXES.search(line), LISTED.search(line)
    if on_axes:
        lengths = dict(AXIS.findall(on_axes["mesh"]))
        return math.prod(int(part or lengths[axis]) for axis, part in PART_OF_AXIS.findall(on_axes["axes"]))
    if listed:
        return int(listed["count"]) if listed["count"] else len(listed["first"].split(","))
    return 2


# -- programs for devices that are not there -------------------------------------------------------


def compiled(kind: str, count: int) -> Any:
    """The program of a step on a mesh of so many devices."""
    import numpy

    import wengert as wg
    from wengert import distributed, nn, optim

    mesh = distributed.mesh({"data": count} if kind != "tensor" else {"data": -(-count // 8), "model": min(8, count)})
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, INNER, dropout=0.0, batch_first=True)
    sgd = optim.SGD(layer.parameters(), lr=0.1)

    def step(x: Any) -> Any:
        sgd.zero_grad()
        loss = wg.numpy.mean(layer(x) ** 2)
        loss.backward()
        sgd.step()
        return loss

    x = numpy.broadcast_to(numpy.float32(0), (EACH * mesh.shape["data"], LENGTH, WIDTH))
    return partitioned(wg.jit(step), x, mesh, layouts(kind, layer, mesh))


def layouts(kind: str, layer: Any, mesh: Any) -> dict[int, Any]:
    """How each parameter lies, by its identity."""
    from wengert.distributed.parallel import longest, parts_by, tensor_parallel

    rules = tensor_parallel() if kind == "tensor" else {}
    axis = "data" if kind == "sharded" else None
    return {
        id(p): parts_by(rules, name, lambda p=p: longest(p.shape, mesh, axis)) for name, p in layer.named_parameters()
    }


def partitioned(step: Any, x: Any, mesh: Any, parts: dict[int, Any]) -> Any:
    """A recorded step as a program of XLA, of which nothing is there but the forms."""
    from wengert.compile.programs.paths import Paths
    from wengert.compile.xla.devices import xla_devices
    from wengert.compile.xla.meshes import sharding_of
    from wengert.compile.xla.placement import Placement
    from wengert.compile.xla.program import XlaProgram
    from wengert.core.mesh import MeshLayout, layout_of

    xla_devices()
    program = Paths(step.f, None, {}, {}, step.said, step.writing, step.backend).record([x])
    held = [tensor for tensor in (place.read() for place in program.reads) if tensor is not None]
    whole = sharding_of(MeshLayout(mesh, ()))
    batch = sharding_of(layout_of(mesh, "data", x.ndim, "scaling"))
    of_state = [sharding_of(layout_of(mesh, parts.get(id(t), ()), t.ndim, "scaling")) for t in held]
    outputs: list[Any] = [None] * len(program.graph.outputs)
    for number, place in enumerate(program.writes, program.recording.count):
        written = place.read()
        if written is not None:
            outputs[number] = sharding_of(layout_of(mesh, parts.get(id(written), ()), written.ndim, "scaling"))
    return XlaProgram(program.graph, Placement(mesh.name, whole, [batch, *of_state], outputs))


def measured(kind: str, count: int) -> dict[str, Any]:
    """The exchanges of a step, in a process with so many devices."""
    environment = {**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={count}", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "benchmarks.scaling", kind, str(count)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def totals(text: str) -> dict[str, Any]:
    """What a program exchanges: how often, and how many bytes go over each link of a ring."""
    found = list(exchanges(text))
    kinds = sorted({exchange.kind for exchange in found})
    by_kind = {kind: sum(e.over_a_link for e in found if e.kind == kind) for kind in kinds}
    return {"count": len(found), "over_a_link": by_kind}


def main() -> None:
    if len(sys.argv) == 3:
        print(json.dumps(totals(compiled(sys.argv[1], int(sys.argv[2])).text())))
        return
    for kind in KINDS:
        for count in COUNTS:
            found = measured(kind, count)
            shown = ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in found["over_a_link"].items()) or "none"
            print(f"{kind} on {count}: {found['count']} exchanges, over each link {shown}", flush=True)


if __name__ == "__main__":
    main()
