using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Verification;

/// <summary>
/// A verification is worth what it catches: one element, four bounds off, in each output of each operation.
/// </summary>
public sealed class PlantedFaultTests
{
    // A batch of 5 with auxiliary codes, compared within bounds, and one of whole numbers, compared exactly.
    private const string Bounded = "batch 5, DIn 8";
    private const string Exact = "whole numbers";

    // Their outputs are statistics, which have tests of their own.
    private static readonly string[] OfStatistics =
    [
        nameof(IComputeBackend.AccumulateLatents), nameof(IComputeBackend.AccumulateReconstruction),
        nameof(IComputeBackend.AccumulatePairs),
    ];

    public static TheoryData<string> Operations => [.. KernelVerification.Operations];

    [Theory]
    [MemberData(nameof(Operations))]
    public void A_fault_of_four_bounds_in_any_output_is_reported(string operation)
    {
        using ReferenceBackend<float> honest = ReferenceBackend.Create();
        int planted = 0;
        foreach (string wanted in new[] { Bounded, Exact })
        {
            VerificationResult target = LastCase(honest, operation, wanted);
            Assert.True(target.Passed, target.Detail);
            foreach (OutputComparison output in target.Outputs.Where(output => IsInABuffer(operation, output.Output)))
            {
                using FaultyBackend faulty = new(honest, output.Output, output.Index, 4 * output.Bound);
                VerificationResult found = LastCase(faulty, operation, wanted);
                Assert.False(found.Passed, $"{operation} did not notice a fault in {output}.");
                Assert.NotNull(found.Detail);
                planted++;
            }
        }

        Assert.Equal(OfStatistics.Contains(operation), planted == 0);
    }

    [Theory]
    [InlineData(nameof(IComputeBackend.Center), "Centered", 40)]
    [InlineData(nameof(IComputeBackend.Center), "BDec", 3)]
    [InlineData(nameof(IComputeBackend.SparseDecode), "Reconstruction", 40)]
    [InlineData(nameof(IComputeBackend.UpdateLatents), "WEnc", 128)]
    [InlineData(nameof(IComputeBackend.EncodeTopK), "Codes.Indices", 20)]
    [InlineData(nameof(IComputeBackend.UpdateFired), "TokensSinceFired", 16)]
    public void A_write_behind_an_output_or_into_an_input_is_reported(string operation, string buffer, long index)
    {
        using FaultyBackend faulty = new(ReferenceBackend.Create(), buffer, index, 1);
        VerificationResult[] found = [.. KernelVerification
            .RunOperation(faulty, operation, VerificationScale.Small, Bounded)];
        Assert.NotEmpty(found);
        Assert.All(found, result => Assert.False(result.Passed, result.Shape));
    }

    [Fact]
    public void A_latent_that_was_wrongly_passed_over_is_reported()
    {
        using WrongSelectionBackend faulty = new();
        VerificationResult[] found = [.. KernelVerification
            .RunOperation(faulty, nameof(IComputeBackend.EncodeTopK), VerificationScale.Small, "batch 9")];
        Assert.NotEmpty(found);
        Assert.All(found, result => Assert.Contains("Codes.Selection", result.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void Runs_that_differ_are_reported()
    {
        using UnsteadyBackend faulty = new();
        VerificationResult found = KernelVerification
            .RunOperation(faulty, nameof(IComputeBackend.GradientNorm), VerificationScale.Small)
            .First();
        Assert.Equal("Norm: two runs must give the same bits, but gave different ones.", found.Detail);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Counts", true)]
    [InlineData("Sums", true)]
    [InlineData("SumsOfSquares", true)]
    [InlineData("SumsOfCubes", true)]
    [InlineData("SumsOfFourthPowers", true)]
    [InlineData("Minima", true)]
    [InlineData("Maxima", true)]
    [InlineData("Histogram", true)]
    [InlineData("LinearHistogram", true)]
    public void A_faulty_statistic_is_reported(string statistic, bool reported)
    {
        using WrongStatisticsBackend faulty = new(statistic);
        VerificationResult found = KernelVerification
            .RunOperation(faulty, nameof(IComputeBackend.AccumulateLatents), VerificationScale.Small, Bounded)
            .First();
        Assert.Equal(reported, !found.Passed);
        Assert.Equal(reported, found.Detail?.StartsWith($"{statistic}[", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("Vectors", "Vectors[0]")]
    [InlineData("Variation", "Variation[0]")]
    [InlineData("Mean", "Mean[0]")]
    [InlineData("Reconstruction", "SquaredErrors[0]")]
    public void A_faulty_sum_of_reconstructions_is_reported(string fault, string? reported)
    {
        using WrongReconstructionsBackend faulty = new(fault);
        VerificationResult found = KernelVerification
            .RunOperation(faulty, nameof(IComputeBackend.AccumulateReconstruction), VerificationScale.Small, Bounded)
            .First();
        Assert.Equal(reported is null, found.Passed);
        Assert.StartsWith(reported ?? string.Empty, found.Detail ?? string.Empty, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Products", true)]
    [InlineData("Squares", true)]
    [InlineData("OtherSquares", true)]
    public void A_faulty_sum_over_pairs_is_reported(string fault, bool reported)
    {
        using WrongPairsBackend faulty = new(fault);
        VerificationResult found = KernelVerification
            .RunOperation(faulty, nameof(IComputeBackend.AccumulatePairs), VerificationScale.Small, Bounded)
            .First();
        Assert.Equal(reported, !found.Passed);
        Assert.Equal(reported, found.Detail?.StartsWith($"{fault}[", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Unknown_operations_are_refused() =>
        Assert.StartsWith(
            "KernelVerification: the operation must be one of LoadBatch, Center,",
            Assert.Throws<ArgumentException>(() => KernelVerification.RunOperation(
                ReferenceBackend.Create(), "Softmax", VerificationScale.Small)).Message,
            StringComparison.Ordinal);

    private static VerificationResult LastCase(IComputeBackend backend, string operation, string shapes) =>
        KernelVerification.RunOperation(backend, operation, VerificationScale.Small, shapes).Last();

    // What is in no buffer of the workbench cannot be spoilt there; those outputs have tests of their own.
    private static bool IsInABuffer(string operation, string output) =>
        !OfStatistics.Contains(operation)
        && !output.EndsWith(".Selection", StringComparison.Ordinal);

    /// <summary>Keeps the smallest latents: the values are right, the choice is wrong.</summary>
    private sealed class WrongSelectionBackend() : DelegatingBackend(ReferenceBackend.Create())
    {
        public override void EncodeTopK(in EncodeTopKArguments arguments)
        {
            int latents = arguments.WEnc.Rows;
            int rows = arguments.Input.Rows;
            this.Inner.EncodeTopK(arguments);
            using SparseCodes all = new(this.Inner, "All", rows + 1, (rows * latents) + 1);
            this.Inner.EncodeTopK(arguments with { K = latents, Codes = all, Aux = null });
            (int Latent, double Value)[][] found = all.Read(rows);
            for (int row = 0; row < rows; row++)
            {
                (int Latent, double Value)[] least =
                    [.. found[row].OrderBy(entry => entry.Value).Take(arguments.K).OrderBy(entry => entry.Latent)];
                arguments.Codes.Indices.Upload(least.Select(entry => entry.Latent).ToArray(), (long)row * arguments.K);
                arguments.Codes.Values.Upload(least.Select(entry => entry.Value).ToArray(), (long)row * arguments.K);
            }
        }
    }

    /// <summary>Gives another last bit in the second run.</summary>
    private sealed class UnsteadyBackend() : DelegatingBackend(ReferenceBackend.Create())
    {
        private int runs;

        public override void GradientNorm(in GradientNormArguments arguments)
        {
            this.Inner.GradientNorm(arguments);
            double norm = arguments.Norm.Read();
            double factor = this.runs++ == 0 ? 1 : 1 + Math.Pow(2, -23);
            arguments.Norm.Buffer.Upload([norm * factor], arguments.Norm.Index);
        }
    }

    private sealed class WrongStatisticsBackend(string statistic) : DelegatingBackend(ReferenceBackend.Create())
    {
        public override LatentStatistics CreateLatentStatistics(LatentStatisticsLayout layout) =>
            new WrongStatistics(this.Inner.CreateLatentStatistics(layout), statistic);

        public override void AccumulateLatents(in AccumulateLatentsArguments arguments) =>
            this.Inner.AccumulateLatents(arguments with { Statistics = ((WrongStatistics)arguments.Statistics).Inner });
    }

    /// <summary>One statistic of every latent is off: a count by 1, a sum by 10⁻¹¹ of itself.</summary>
    private sealed class WrongStatistics(LatentStatistics inner, string statistic) : LatentStatistics(inner.Layout)
    {
        public LatentStatistics Inner => inner;

        public override LatentStatisticsSnapshot Read()
        {
            LatentStatisticsSnapshot right = inner.Read();
            return statistic switch
            {
                "Counts" => right with { Counts = More(right.Counts) },
                "Sums" => right with { Sums = Larger(right.Sums) },
                "SumsOfSquares" => right with { SumsOfSquares = Larger(right.SumsOfSquares) },
                "SumsOfCubes" => right with { SumsOfCubes = Larger(right.SumsOfCubes) },
                "SumsOfFourthPowers" => right with { SumsOfFourthPowers = Larger(right.SumsOfFourthPowers) },
                "Minima" => right with { Minima = [.. right.Minima.Select(MathF.BitDecrement)] },
                "Maxima" => right with { Maxima = [.. right.Maxima.Select(MathF.BitIncrement)] },
                "Histogram" => right with { Histogram = More(right.Histogram) },
                "LinearHistogram" => right with { LinearHistogram = More(right.LinearHistogram) },
                _ => right,
            };
        }

        public override void ReadExtremes(Span<float> minima, Span<float> maxima) =>
            inner.ReadExtremes(minima, maxima);

        protected override void Dispose(bool disposing) => inner.Dispose();

        private static long[] More(IReadOnlyList<long> counts) => [.. counts.Select(count => count + 1)];

        private static double[] Larger(IReadOnlyList<double> sums) => [.. sums.Select(sum => sum * (1 + 1e-11))];
    }

    private sealed class WrongReconstructionsBackend(string fault) : DelegatingBackend(ReferenceBackend.Create())
    {
        public override ReconstructionStatistics CreateReconstructionStatistics(int width) =>
            new WrongReconstructions(this.Inner.CreateReconstructionStatistics(width), fault);

        public override void AccumulateReconstruction(in AccumulateReconstructionArguments arguments) =>
            this.Inner.AccumulateReconstruction(arguments with
            {
                Statistics = ((WrongReconstructions)arguments.Statistics).Inner,
                Reconstruction = fault == "Reconstruction" ? arguments.Targets : arguments.Reconstruction,
            });
    }

    /// <summary>One of the sums is off: a count by 1, others by 10⁻¹¹ of themselves.</summary>
    private sealed class WrongReconstructions(ReconstructionStatistics inner, string fault)
        : ReconstructionStatistics(inner.Width)
    {
        public ReconstructionStatistics Inner => inner;

        public override ReconstructionSnapshot Read()
        {
            ReconstructionSnapshot right = inner.Read();
            ReconstructionSums sums = right.Sums;
            sums.AddVector(0, 0, 0, 0);
            CompensatedSum variation = right.Variation;
            variation.Add(1e-11 * variation.Value);
            return fault switch
            {
                "Vectors" => right with { Sums = sums },
                "Variation" => right with { Variation = variation },
                "Mean" => right with { Mean = [.. right.Mean.Select(value => value + 1e-11)] },
                _ => right,
            };
        }

        protected override void Dispose(bool disposing) => inner.Dispose();
    }

    private sealed class WrongPairsBackend(string fault) : DelegatingBackend(ReferenceBackend.Create())
    {
        public override PairStatistics CreatePairStatistics(PairLayout layout) =>
            new WrongPairs(this.Inner.CreatePairStatistics(layout), fault);

        public override void AccumulatePairs(in AccumulatePairsArguments arguments) =>
            this.Inner.AccumulatePairs(
                arguments with { Statistics = ((WrongPairs)arguments.Statistics).Inner });
    }

    /// <summary>One of the sums is off by 10⁻¹¹ of itself.</summary>
    private sealed class WrongPairs(PairStatistics inner, string fault) : PairStatistics(inner.Layout)
    {
        public PairStatistics Inner => inner;

        protected override void ReadTo(PairSnapshot snapshot, int first)
        {
            snapshot.Add(inner.Read(first, snapshot.Count));
            IReadOnlyList<double[]> wrong = fault switch
            {
                "Products" => snapshot.Products,
                "Squares" => snapshot.Squares,
                "OtherSquares" => snapshot.OtherSquares,
                _ => [],
            };
            foreach (double[] row in wrong)
            {
                for (int other = 0; other < row.Length; other++)
                {
                    row[other] *= 1 + 1e-11;
                }
            }
        }

        protected override void Dispose(bool disposing) => inner.Dispose();
    }
}
