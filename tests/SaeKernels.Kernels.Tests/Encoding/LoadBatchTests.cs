using System.Runtime.InteropServices;
using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

public sealed class LoadBatchTests
{
    // Every 16-bit word, as a batch whose rows begin at multiples of four numbers, and as one whose rows do not.
    private const int Words = 1 << 16;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.LoadBatch));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_float16_keeps_its_value(string name) => TestBackends.Use(name, backend =>
    {
        RequireEveryWord(backend, StagedElement.Fp16, 256, bits => (float)BitConverter.UInt16BitsToHalf(bits));
        RequireEveryWord(backend, StagedElement.Fp16, 257, bits => (float)BitConverter.UInt16BitsToHalf(bits));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_bfloat16_keeps_its_value(string name) => TestBackends.Use(name, backend =>
    {
        RequireEveryWord(backend, StagedElement.Bf16, 256, bits => BitConverter.Int32BitsToSingle(bits << 16));
        RequireEveryWord(backend, StagedElement.Bf16, 257, bits => BitConverter.Int32BitsToSingle(bits << 16));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_slot_may_be_filled_again_before_the_device_has_used_it(string name) =>
        TestBackends.Use(name, backend =>
        {
            const int Length = 4096;
            using BatchStaging staging = backend.CreateBatchStaging("Staging", 2, Length, StagedElement.Fp32);
            RealMatrix[] batches =
                [.. Enumerable.Range(0, 20).Select(i => new RealMatrix(backend.AllocateReal("X", Length), 64, 64))];
            for (int i = 0; i < batches.Length; i++)
            {
                MemoryMarshal.Cast<byte, float>(staging.HostMemory(i % 2)).Fill(i);
                staging.Send(i % 2);
                backend.LoadBatch(
                    new LoadBatchArguments { Staging = staging, Slot = i % 2, Activations = batches[i] });
            }

            for (int i = 0; i < batches.Length; i++)
            {
                Assert.All(batches[i].ToArray(), number => Assert.Equal(i, number));
            }
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Slots_may_be_sent_by_another_thread_while_operations_run(string name) =>
        TestBackends.Use(name, backend =>
        {
            const int Length = 1024;
            using BatchStaging staging = backend.CreateBatchStaging("Staging", 2, Length, StagedElement.Fp32);
            using SemaphoreSlim free = new(2);
            using SemaphoreSlim full = new(0);
            RealMatrix batch = new(backend.AllocateReal("X", Length), 32, 32);
            Thread sender = new(() =>
            {
                for (int i = 0; i < 30; i++)
                {
                    free.Wait();
                    MemoryMarshal.Cast<byte, float>(staging.HostMemory(i % 2)).Fill(i);
                    staging.Send(i % 2);
                    full.Release();
                }
            });
            sender.Start();
            for (int i = 0; i < 30; i++)
            {
                full.Wait();
                backend.LoadBatch(new LoadBatchArguments { Staging = staging, Slot = i % 2, Activations = batch });
                free.Release();
                Assert.All(batch.ToArray(), number => Assert.Equal(i, number));
            }

            sender.Join();
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using BatchStaging staging = backend.CreateBatchStaging("Staging", 1, 6, StagedElement.Bf16);
        LoadBatchArguments arguments = new()
        {
            Staging = staging,
            Slot = 1,
            Activations = new RealMatrix(backend.AllocateReal("X", 9), 2, 3),
        };
        Conformance.Refuses(
            "LoadBatch: Slot must be from 0 to 0, but is 1. Change Slot.", () => backend.LoadBatch(arguments));
        arguments = arguments with { Slot = 0, Mean = backend.Place("Mean", 1.0, 2) };
        Conformance.Refuses(
            "LoadBatch: Mean must hold at least 3 elements, but holds 2. Allocate a larger buffer.",
            () => backend.LoadBatch(arguments));
        arguments = arguments with { Mean = null, Activations = new RealMatrix(arguments.Activations.Buffer, 3, 3) };
        Conformance.Refuses(
            "LoadBatch: Activations must have at most the 6 numbers of a slot, but have 9. Stage larger slots.",
            () => backend.LoadBatch(arguments));
        arguments = arguments with
        {
            Activations = new RealMatrix(arguments.Activations.Buffer, 2, 3),
            Scale = float.NaN,
        };
        Conformance.Refuses(
            "LoadBatch: Scale must be finite, but is NaN. Change Scale.", () => backend.LoadBatch(arguments));
        arguments = arguments with { Scale = 2, Scales = backend.Place("Scales", 1.0, 2, 3) };
        Conformance.Refuses(
            "LoadBatch: Scale must be 1 where Scales are given, but is 2. Leave it out.",
            () => backend.LoadBatch(arguments));
        arguments = arguments with { Scale = 1, Scales = null, StagedColumns = 3, FirstColumn = 1 };
        Conformance.Refuses(
            "LoadBatch: columns 1 to 4 must lie inside the 3 of a staged vector, but do not. "
            + "Change FirstColumn or StagedColumns.",
            () => backend.LoadBatch(arguments));
        ArgumentException tooLong = Assert.Throws<ArgumentException>(
            () => backend.CreateBatchStaging("Staging", 1, 1L << 29, StagedElement.Fp32));
        Assert.Equal(
            "Staging: a slot must have at most 536870911 numbers, but has 536870912. Lower the batch.",
            tooLong.Message);
    });

    private static void RequireEveryWord(
        IComputeBackend backend, StagedElement element, int columns, Func<ushort, float> valueOf)
    {
        int rows = (Words + columns - 1) / columns;
        using BatchStaging staging = backend.CreateBatchStaging("Staging", 1, (long)rows * columns, element);
        Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(staging.HostMemory(0));
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = (ushort)i;
        }

        staging.Send(0);
        RealBuffer numbers = backend.AllocateReal("X", (long)rows * columns);
        backend.LoadBatch(new LoadBatchArguments
        {
            Staging = staging,
            Slot = 0,
            Activations = new RealMatrix(numbers, rows, columns),
        });
        float[] found = new float[numbers.Length];
        numbers.Download(found);
        for (int i = 0; i < found.Length; i++)
        {
            float expected = valueOf((ushort)i);
            bool same = float.IsNaN(expected)
                ? float.IsNaN(found[i])
                : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(found[i]);
            Assert.True(same, $"word {(ushort)i:X4}: {found[i]:R} for {expected:R}");
        }
    }
}
