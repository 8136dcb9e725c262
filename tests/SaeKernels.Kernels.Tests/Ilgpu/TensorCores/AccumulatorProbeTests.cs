using ILGPU.IR.Intrinsics;
using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The probe passes what the bound allows, and an accumulator that is worse turns an exact mode off.</summary>
public sealed class AccumulatorProbeTests
{
    [Fact]
    public void The_worst_known_accumulators_are_within_the_assumed_error()
    {
        using KernelDevice device = IlgpuDevices.Open(IlgpuDevices.SimulatorId);

        // Above a third of the bound: the probe's inputs do lose about what they can.
        Assert.InRange(AccumulatorProbe.WorstRatio<Bf16Product>(device, 8), 0.3, 1);
        Assert.InRange(AccumulatorProbe.WorstRatio<Tf32Product>(device, 8), 0.3, 1);
    }

    [Fact]
    public void Fewer_bits_are_found()
    {
        using KernelDevice device = IlgpuDevices.Open(IlgpuDevices.SimulatorId);
        Assert.InRange(AccumulatorProbe.WorstRatio<CoarseProduct>(device, 0), 1.01, double.MaxValue);
    }

    [Fact]
    public void An_exact_mode_whose_probe_fails_gives_way_to_float32_and_says_so()
    {
        using IlgpuBackend backend = IlgpuBackend.CreateSimulator(
            (device, rows) => EncoderMode.Exact<CoarseProduct>(device, rows, EncoderPrecision.ExactBf16));

        EncoderReport report = backend.ReadEncoderReport();
        Assert.Equal(EncoderPrecision.Fp32, report.Precision);
        Assert.Contains("coarse is not used, as the probe found", report.Path, StringComparison.Ordinal);

        ScreeningCase screening = ScreeningCase.Draw(3, 9, 40, 3, 0, seed: 2);
        Assert.Equal(screening.Expected(), screening.Encode(backend).Codes);
        Assert.Equal(0, backend.ReadEncoderReport().Rows);
    }

    /// <summary>A tensor core that keeps two bits fewer than the worst known.</summary>
    internal readonly struct CoarseProduct : IMatrixProduct
    {
        public static string Instruction => "coarse";

        public static int ElementsInWord => Bf16Product.ElementsInWord;

        public static uint Round(float first, float second) => Bf16Product.Round(first, second);

        public static float First(uint word) => Bf16Product.First(word);

        public static float Second(uint word) => Bf16Product.Second(word);

        public static Accumulator Add(Accumulator sums, Fragment a, uint b0, uint b1) => Multiply(sums, a, b0, b1);

        [IntrinsicImplementation]
        internal static Accumulator Multiply(Accumulator sums, Fragment a, uint b0, uint b1) =>
            Bf16Product.Emulate(sums, a, b0, b1, EmulatedAccumulator.SignificantBits - 2);
    }
}
