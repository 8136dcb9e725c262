using System.Runtime.InteropServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.LoadBatch"/> for every stored type, with and without normalisation.
/// </summary>
internal static class LoadBatchVerification
{
    private const float Scale = 0.7310586f;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        foreach (StagedElement element in Enum.GetValues<StagedElement>())
        {
            yield return Check(candidate, shape, element, isNormalized: false);
            yield return Check(candidate, shape, element, isNormalized: true);
            yield return CheckColumns(candidate, shape, element);
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, StagedElement element, bool isNormalized)
    {
        VerificationInputs inputs = new(shape);
        int length = shape.Batch * shape.DIn;
        float[] drawn = inputs.Reals(length);
        float[] mean = inputs.Reals(shape.DIn);
        string variant = $"{element}{(isNormalized ? ", mean and scale" : string.Empty)}";
        Comparison comparison = new(nameof(IComputeBackend.LoadBatch), shape, variant);
        using BatchStaging staging = candidate.CreateBatchStaging("Staging", slots: 2, length, element);
        const int Slot = 1;
        float[] staged = Stage(drawn, element, staging.HostMemory(Slot));
        staging.Send(Slot);
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> activations = bench.Output("Activations", length);
        LoadBatchArguments arguments = new()
        {
            Staging = staging,
            Slot = Slot,
            Mean = isNormalized ? bench.Input("Mean", mean).Reals : null,
            Scale = isNormalized ? Scale : 1,
            Activations = activations.Matrix(shape.Batch, shape.DIn),
        };
        bench.Run(() => candidate.LoadBatch(arguments));
        for (int i = 0; i < length; i++)
        {
            Bounded number = Bounded.Exact(staged[i]);
            if (isNormalized)
            {
                // A scale that is no whole number rounds on whole numbers too.
                Bounded expected = (number - Bounded.Exact(mean[i % shape.DIn])) * Bounded.Exact(Scale);
                comparison.Near("Activations", i, activations.Found[i], expected);
            }
            else
            {
                comparison.Equal("Activations", i, activations.Found[i], staged[i]);
            }
        }

        return comparison.Result();
    }

    /// <summary>Some columns of wider vectors, each with a mean and a factor of its own.</summary>
    private static VerificationResult CheckColumns(
        IComputeBackend candidate, VerificationShape shape, StagedElement element)
    {
        const int FirstColumn = 4;
        VerificationInputs inputs = new(shape);
        int width = FirstColumn + shape.DIn + (shape.DIn % 2 == 0 ? 8 : 3);
        float[] drawn = inputs.Reals((long)shape.Batch * width);
        float[] mean = inputs.Reals(shape.DIn);
        float[] scales = inputs.Reals(shape.DIn);
        Comparison comparison = new(nameof(IComputeBackend.LoadBatch), shape, $"{element}, some columns, scales");
        using BatchStaging staging = candidate.CreateBatchStaging("Staging", slots: 1, drawn.Length, element);
        float[] staged = Stage(drawn, element, staging.HostMemory(0));
        staging.Send(0);
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> activations = bench.Output("Activations", shape.Batch * shape.DIn);
        LoadBatchArguments arguments = new()
        {
            Staging = staging,
            Slot = 0,
            Mean = bench.Input("Mean", mean).Reals,
            Scales = bench.Input("Scales", scales).Reals,
            StagedColumns = width,
            FirstColumn = FirstColumn,
            Activations = activations.Matrix(shape.Batch, shape.DIn),
        };
        bench.Run(() => candidate.LoadBatch(arguments));
        for (int i = 0; i < activations.Found.Length; i++)
        {
            (int row, int d) = (i / shape.DIn, i % shape.DIn);
            Bounded number = Bounded.Exact(staged[(row * width) + FirstColumn + d]);
            Bounded expected = (number - Bounded.Exact(mean[d])) * Bounded.Exact(scales[d]);
            comparison.Match("Activations", i, activations.Found[i], expected);
        }

        return comparison.Result();
    }

    /// <summary>Stores numbers and returns what was stored.</summary>
    private static float[] Stage(float[] numbers, StagedElement element, Span<byte> target)
    {
        float[] stored = new float[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            switch (element)
            {
                case StagedElement.Fp16:
                    MemoryMarshal.Cast<byte, Half>(target)[i] = (Half)numbers[i];
                    stored[i] = (float)(Half)numbers[i];
                    break;
                case StagedElement.Bf16:
                    uint bits = BitConverter.SingleToUInt32Bits(numbers[i]) >> 16;
                    MemoryMarshal.Cast<byte, ushort>(target)[i] = (ushort)bits;
                    stored[i] = BitConverter.UInt32BitsToSingle(bits << 16);
                    break;
                default:
                    MemoryMarshal.Cast<byte, float>(target)[i] = numbers[i];
                    stored[i] = numbers[i];
                    break;
            }
        }

        return stored;
    }
}
