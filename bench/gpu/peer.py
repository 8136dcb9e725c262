#!/usr/bin/env python3
"""Times the TopK training step of `sae bench` in PyTorch, on the same device and in the same shape.

The step of every variant: pre-activations, the k largest of each row, ReLU, reconstruction, mean squared error over the
variance, gradients, the decoder gradient's part along its row removed, Adam (fused), decoder rows back to unit length.
Weights and batches are made up as `sae bench` makes them up. Variants differ in how they get there:

  dense     decode by a matrix product with the dense latents, backward by autograd (dictionary_learning's form)
  embbag    decode and its backward by torch.nn.functional.embedding_bag (sparsify's form without Triton)
  triton    decode, values' gradient and both weight gradients by Triton kernels over active entries only

each in fp32 (no tensor cores), tf32, and bf16 under autocast, dense also with torch.compile. Lower precision selects
other latents than fp32 does: that is not the same result, and `loss_deviation` says how far off it ends.

Rows go to a CSV with the columns of `sae bench --csv`; the variant stands in the column `operation`. Needs Python 3.9,
PyTorch 2.1 and a CUDA device; Triton, which PyTorch brings on Linux, only for its variants. Nothing is installed or
downloaded. `--device cpu` runs the variants without Triton on the processor, to check this file itself.
"""

import argparse
import csv
import datetime
import gc
import math
import os
import statistics
import sys
import time
import traceback

import torch
import torch.nn.functional as F

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None

COLUMNS = [
    "date", "commit", "device", "name", "units", "runtime", "command", "precision", "shape", "operation", "repeats",
    "median_ms", "min_ms", "p90_ms", "gflops", "gbytes_per_second", "floor_ms", "share_of_ceiling", "share_of_step",
    "bound", "ceiling_fma_gflops", "ceiling_memory_gbytes_per_second", "tokens_per_second",
]
PEER_COLUMNS = ["peak_bytes", "loss_deviation"]
PRECISIONS = ["fp32", "tf32", "bf16"]
BATCHES = 4
CHECK_STEPS = 5
WARM_UP = 5
# Adam's defaults of the library that is compared.
BETAS, EPSILON = (0.9, 0.999), 6.25e-10

if triton is not None:

    @triton.jit
    def decode_kernel(out, indices, values, decoder, bias, D: tl.constexpr, K: tl.constexpr, BLOCK: tl.constexpr):
        """A program a row: bias + the sum of value · decoder row over the row's entries."""
        row = tl.program_id(0).to(tl.int64)
        columns = tl.arange(0, BLOCK)
        inside = columns < D
        total = tl.load(bias + columns, mask=inside, other=0.0)
        for entry in range(K):
            latent = tl.load(indices + row * K + entry)
            value = tl.load(values + row * K + entry)
            total += value * tl.load(decoder + latent * D + columns, mask=inside, other=0.0)
        tl.store(out + row * D + columns, total, mask=inside)

    @triton.jit
    def value_gradient_kernel(
        out, indices, gradient, decoder, D: tl.constexpr, K: tl.constexpr, BLOCK: tl.constexpr
    ):
        """A program a row: the dot product of the row's gradient with the decoder row of each entry."""
        row = tl.program_id(0).to(tl.int64)
        columns = tl.arange(0, BLOCK)
        inside = columns < D
        own = tl.load(gradient + row * D + columns, mask=inside, other=0.0)
        for entry in range(K):
            latent = tl.load(indices + row * K + entry)
            direction = tl.load(decoder + latent * D + columns, mask=inside, other=0.0)
            tl.store(out + row * K + entry, tl.sum(own * direction, axis=0))

    @triton.jit
    def scatter_rows_kernel(
        out, latents, rows, weights, dense, D: tl.constexpr, CHUNK: tl.constexpr, BLOCK: tl.constexpr
    ):
        """A program a chunk of entries sorted by latent: adds weight · dense row to the latent's row of the output.

        Chunks are of one length, so that latents with many entries do not hold up the rest; a latent's sum leaves the
        registers only where the latent changes.
        """
        first = tl.program_id(0) * CHUNK
        columns = tl.arange(0, BLOCK)
        inside = columns < D
        total = tl.zeros([BLOCK], dtype=tl.float32)
        current = tl.load(latents + first)
        for step in range(CHUNK):
            latent = tl.load(latents + first + step)
            weight = tl.load(weights + first + step)
            row = tl.load(rows + first + step)
            if latent != current:
                tl.atomic_add(out + current * D + columns, total, mask=inside, sem="relaxed")
                total = tl.zeros([BLOCK], dtype=tl.float32)
                current = latent
            total += weight * tl.load(dense + row * D + columns, mask=inside, other=0.0)
        tl.atomic_add(out + current * D + columns, total, mask=inside, sem="relaxed")


class SparseAutoencoder(torch.autograd.Function):
    """Encoder, selection and decoder whose forward and backward touch active entries only, but for one product."""

    LARGEST_CHUNK = 64

    @staticmethod
    def forward(ctx, x, w_enc, b_enc, w_dec, b_dec, k):
        centered = x - b_dec
        values, indices = torch.topk(F.linear(centered, w_enc, b_enc), k, dim=-1, sorted=False)
        values = values.float().relu_()
        batch, width = x.shape
        reconstruction = torch.empty_like(x)
        decode_kernel[(batch,)](
            reconstruction, indices, values, w_dec, b_dec, D=width, K=k, BLOCK=triton.next_power_of_2(width))
        ctx.save_for_backward(centered, w_enc, w_dec, values, indices)
        return reconstruction

    @staticmethod
    def backward(ctx, gradient):
        centered, w_enc, w_dec, values, indices = ctx.saved_tensors
        gradient = gradient.contiguous()
        batch, width = gradient.shape
        k = indices.shape[1]
        block = triton.next_power_of_2(width)
        grad_values = torch.empty_like(values)
        value_gradient_kernel[(batch,)](grad_values, indices, gradient, w_dec, D=width, K=k, BLOCK=block)
        grad_values.mul_(values > 0)
        latents, order = torch.sort(indices.flatten())
        rows = order // k
        grad_w_dec = SparseAutoencoder.scatter(latents, rows, values.flatten()[order], gradient, w_dec)
        grad_w_enc = SparseAutoencoder.scatter(latents, rows, grad_values.flatten()[order], centered, w_enc)
        grad_b_enc = torch.zeros(w_enc.shape[0], device=w_enc.device).index_add_(
            0, indices.flatten(), grad_values.flatten())
        # The bias is subtracted before the encoder and added after the decoder.
        grad_b_dec = gradient.sum(0) - grad_b_enc @ w_enc
        return None, grad_w_enc, grad_b_enc, grad_w_dec, grad_b_dec, None

    @staticmethod
    def scatter(latents, rows, weights, dense, like):
        out = torch.zeros_like(like)
        entries = latents.numel()
        width = dense.shape[1]
        # Chunks that divide the entries: no chunk has to look where they end.
        chunk = math.gcd(entries, SparseAutoencoder.LARGEST_CHUNK)
        scatter_rows_kernel[(entries // chunk,)](
            out, latents, rows, weights, dense, D=width, CHUNK=chunk, BLOCK=triton.next_power_of_2(width))
        return out


def reconstruct_dense(x, w_enc, b_enc, w_dec, b_dec, k):
    pre = F.linear(x - b_dec, w_enc, b_enc)
    values, indices = torch.topk(pre, k, dim=-1, sorted=False)
    latents = torch.zeros_like(pre).scatter_(-1, indices, values.relu())
    return latents @ w_dec + b_dec


def reconstruct_embbag(x, w_enc, b_enc, w_dec, b_dec, k):
    values, indices = torch.topk(F.linear(x - b_dec, w_enc, b_enc), k, dim=-1, sorted=False)
    values = values.relu().to(w_dec.dtype)
    return F.embedding_bag(indices, w_dec, per_sample_weights=values, mode="sum") + b_dec


def reconstruct_triton(x, w_enc, b_enc, w_dec, b_dec, k):
    return SparseAutoencoder.apply(x, w_enc, b_enc, w_dec, b_dec, k)


class Variant:
    """A model with its optimiser, and the step of one variant."""

    def __init__(self, form, precision, compiled, initial, k, device):
        self.precision = precision
        self.parameters = [torch.nn.Parameter(tensor.clone()) for tensor in initial]
        self.optimizer = torch.optim.Adam(self.parameters, lr=2e-4, betas=BETAS, eps=EPSILON, fused=True)
        self.loss = loss_of(form, k, device, low=precision == "bf16")
        self.loss = torch.compile(self.loss) if compiled else self.loss
        self.before_update = torch.compile(remove_parallel) if compiled else remove_parallel
        self.after_update = torch.compile(to_unit_rows) if compiled else to_unit_rows

    def step(self, x, variance):
        """Takes one step; returns the loss, still on the device."""
        allow_tf32(self.precision == "tf32")
        loss = self.loss(x, variance, *self.parameters)
        loss.backward()
        decoder = self.parameters[2]
        with torch.no_grad():
            self.before_update(decoder.grad, decoder)
            self.optimizer.step()
            self.after_update(decoder)
        self.optimizer.zero_grad(set_to_none=True)
        return loss.detach()


def loss_of(form, k, device, low):
    def loss(x, variance, *parameters):
        with torch.autocast(device, torch.bfloat16, enabled=low):
            reconstruction = form(x, *parameters, k)
        return (x - reconstruction.float()).square().sum(-1).mean() / variance

    return loss


def remove_parallel(gradient, decoder):
    gradient.sub_((gradient * decoder).sum(-1, keepdim=True) * decoder)


def to_unit_rows(decoder):
    decoder.div_(decoder.norm(dim=-1, keepdim=True))


def allow_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def make_up(width, latents, k, batch, device):
    """A dictionary of unit directions, and batches that are sums of k of them plus noise.

    Latent j is drawn in proportion to 1 / √j, as in `sae bench`.
    """
    generator = torch.Generator(device=device).manual_seed(1)
    dictionary = torch.randn(latents, width, generator=generator, device=device)
    to_unit_rows(dictionary)
    batches = []
    for _ in range(BATCHES):
        uniform = torch.rand(batch, k, generator=generator, device=device)
        chosen = (uniform.square() * latents).long().clamp_(max=latents - 1)
        values = 0.5 + torch.rand(batch, k, generator=generator, device=device)
        noise = torch.randn(batch, width, generator=generator, device=device) * (0.2 / math.sqrt(width))
        batches.append(noise + F.embedding_bag(chosen, dictionary, per_sample_weights=values, mode="sum"))
    initial = [dictionary, torch.zeros(latents, device=device), dictionary, torch.zeros(width, device=device)]
    return initial, batches


class Clock:
    """Times calls by the device's events, or by the host's clock where the device is the processor."""

    def __init__(self, device):
        self.device = device

    def milliseconds(self, call):
        if self.device != "cuda":
            begin = time.perf_counter()
            call()
            return 1e3 * (time.perf_counter() - begin)
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        begin.record()
        call()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)

    def repeated(self, call, repeats):
        return sorted(self.milliseconds(call) for _ in range(repeats))


class Table:
    """Appends rows to a CSV with the columns of `sae bench`, and prints them."""

    def __init__(self, path, device, shape):
        self.path = path
        properties = torch.cuda.get_device_properties(0) if device == "cuda" else None
        versions = f"torch {torch.__version__}, CUDA {torch.version.cuda}, triton {getattr(triton, '__version__', '-')}"
        self.common = {
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
            "device": "cuda:0" if device == "cuda" else "cpu",
            "name": properties.name if properties else "processor",
            "units": properties.multi_processor_count if properties else torch.get_num_threads(),
            "runtime": versions,
            "command": " ".join(["peer.py", *sys.argv[1:]]),
            "shape": shape,
        }
        if path and (not os.path.exists(path) or os.path.getsize(path) == 0):
            with open(path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(COLUMNS + PEER_COLUMNS)

    def add(self, name, precision, milliseconds, **figures):
        median = statistics.median(milliseconds)
        row = {
            **self.common,
            "operation": name,
            "precision": precision,
            "repeats": len(milliseconds),
            "median_ms": f"{median:.5g}",
            "min_ms": f"{milliseconds[0]:.5g}",
            "p90_ms": f"{milliseconds[math.ceil(0.9 * len(milliseconds)) - 1]:.5g}",
            **figures,
        }
        if self.path:
            # One row at a time: what was measured stays, whatever comes after.
            with open(self.path, "a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, COLUMNS + PEER_COLUMNS, restval="").writerow(row)
        shown = "  ".join(f"{key} {value}" for key, value in figures.items())
        print(f"{name:24} {median:10.3f} ms  p90 {row['p90_ms']:>8}  {shown}", flush=True)


def measure_yardsticks(table, clock, x, dictionary, repeats):
    """The vendor's matrix product at the encoder's shape, and a copy within the device's memory."""
    flop = 2.0 * x.shape[0] * dictionary.shape[0] * x.shape[1]
    for precision in PRECISIONS:
        allow_tf32(precision == "tf32")
        left, right = (x.bfloat16(), dictionary.bfloat16()) if precision == "bf16" else (x, dictionary)
        clock.repeated(lambda: left @ right.T, WARM_UP)
        times = clock.repeated(lambda: left @ right.T, repeats)
        table.add("yardstick matmul", precision, times, gflops=f"{flop / statistics.median(times) / 1e6:.5g}")
    source = torch.empty(1 << 28, device=x.device)
    target = torch.empty_like(source)
    clock.repeated(lambda: target.copy_(source), WARM_UP)
    times = clock.repeated(lambda: target.copy_(source), repeats)
    rate = 2.0 * source.numel() * source.element_size() / statistics.median(times) / 1e6
    table.add("yardstick copy", "fp32", times, gbytes_per_second=f"{rate:.5g}")


def variants_of(names, device):
    """The variants that can run here, as (name, form, precision, compiled)."""
    on_gpu = device == "cuda"
    found = []
    for form_name, form in [
        ("dense", reconstruct_dense), ("embbag", reconstruct_embbag), ("triton", reconstruct_triton),
    ]:
        if form_name == "triton" and not (on_gpu and triton is not None):
            print("triton: skipped, it needs Triton and a CUDA device", file=sys.stderr)
            continue
        for precision in PRECISIONS:
            if precision == "tf32" and not on_gpu:
                continue
            found.append((f"{form_name}-{precision}", form, precision, False))
            if form_name == "dense" and on_gpu:
                found.append((f"{form_name}-{precision}-compile", form, precision, True))
    return [variant for variant in found if names is None or variant[0] in names]


def measure(table, clock, name, form, precision, compiled, initial, batches, arguments, expected):
    """Times one variant; returns its first losses."""
    device = arguments.device
    variance = float(arguments.k)
    if device == "cuda":
        # What the variant before left in cycles of references would count as memory of this one.
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    variant = Variant(form, precision, compiled, initial, arguments.k, device)
    losses = [variant.step(batches[step % BATCHES], variance).item() for step in range(CHECK_STEPS)]
    deviation = max(abs(a - b) / abs(b) for a, b in zip(losses, expected or losses))
    taken = 0

    def step():
        nonlocal taken
        variant.step(batches[taken % BATCHES], variance)
        taken += 1

    clock.repeated(step, WARM_UP)
    times = clock.repeated(step, arguments.repeats)
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else ""
    table.add(
        name, precision, times,
        tokens_per_second=round(1e3 * arguments.batch / statistics.median(times)),
        peak_bytes=peak,
        loss_deviation=f"{deviation:.2e}")
    if precision == "fp32" and not deviation < 1e-3:
        print(f"{name}: its losses {losses} are not those of dense-fp32 {expected}", file=sys.stderr)
    return losses


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="768,24576,32,8192", help="width,latents,k,batch")
    parser.add_argument("--variants", help="names with commas; default: all that can run")
    parser.add_argument("--repeats", type=int, default=30, help="timed steps of a variant, at least 30")
    parser.add_argument("--seconds", type=float, default=240, help="begin no further variant after this time")
    parser.add_argument("--csv", help="file to append rows to; made if it is not there")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    arguments = parser.parse_args()
    arguments.width, arguments.latents, arguments.k, arguments.batch = map(int, arguments.shape.split(","))
    return arguments


def main():
    began = time.monotonic()
    arguments = parse()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print("peer.py: there must be a CUDA device that PyTorch can use, but there is none.", file=sys.stderr)
        return 3
    table = Table(arguments.csv, arguments.device, arguments.shape)
    clock = Clock(arguments.device)
    initial, batches = make_up(
        arguments.width, arguments.latents, arguments.k, arguments.batch, arguments.device)
    if arguments.device == "cuda":
        measure_yardsticks(table, clock, batches[0], initial[0], arguments.repeats)
    names = arguments.variants.split(",") if arguments.variants else None
    expected = None
    failed = 0
    for name, form, precision, compiled in variants_of(names, arguments.device):
        if time.monotonic() - began > arguments.seconds:
            print(f"{name}: skipped, the time is used up", file=sys.stderr)
            continue
        try:
            losses = measure(
                table, clock, name, form, precision, compiled, initial, batches, arguments, expected)
            expected = losses if expected is None and precision == "fp32" else expected
        except Exception:  # a variant that this PyTorch cannot run must not take the others with it
            failed += 1
            print(f"{name}: failed", file=sys.stderr)
            traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
