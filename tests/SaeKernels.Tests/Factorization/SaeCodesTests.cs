using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Tests.Training;
using SaeKernels.Training;

namespace SaeKernels.Tests.Factorization;

public sealed class SaeCodesTests : IDisposable
{
    private const int DIn = 8;
    private const int Latents = 24;
    private const int Rows = 3000;
    private readonly TrainingData data = new(Rows, DIn);

    [Fact]
    public void A_pass_over_the_data_measures_what_the_codes_on_the_host_do()
    {
        using CpuBackend backend = new(2);
        using Sae sae = Model(backend);
        using ActivationStore store = this.data.Open();
        SaeCodes codes = SaeCodes.Measure(sae, store, [4, 32]);
        SparseFactorization found = CodesOnHost(sae, store, out RowMatrix vectors);
        IReadOnlyList<CodePrecision> expected = PrecisionSearch.Measure(found, vectors, [4, 32]);
        foreach ((CodePrecision left, CodePrecision right) in expected.Zip(codes.Precisions))
        {
            Assert.Equal(left.Length.BitsOfLatents, right.Length.BitsOfLatents);
            // Reconstructions are float32: an error of 2⁻²⁴ of each of 8 elements, against a larger difference.
            Assert.Equal(left.MseIncrease, right.MseIncrease, 1e-5 * codes.Mse);
        }

        InformationEdges edges = new(found.Codes.Values.Max(), found.Dictionary.Elements.Max(Math.Abs));
        using InformationCounter counter = new(backend, edges);
        counter.Add(found.Codes);
        Assert.Equal(counter.Read(found.Dictionary).TotalBits, codes.Information.TotalBits);
    }

    [Fact]
    public void The_file_of_a_pass_is_as_long_as_was_measured_and_has_the_codes()
    {
        using CpuBackend backend = new(2);
        using Sae sae = Model(backend);
        using ActivationStore store = this.data.Open();
        SaeCodes codes = SaeCodes.Measure(sae, store, [12]);
        string file = this.data.Run("a.codes");
        CodeFileSize size = codes.Write(file, codes.Precisions[0]);
        double bits = codes.Precisions[0].Length.BitsPerVector * Rows;

        Assert.InRange(8.0 * size.CodeBytes, bits - 64, (1.01 * bits) + 64);
        SparseFactorization found = CodesOnHost(sae, store, out _);
        SparseRows expected = QuantizedCodes.ByCount(found.Codes, Latents, 12).Values;
        SparseRows read = CodeFile.Read(file).Values;
        Assert.Equal(expected.Offsets, read.Offsets);
        Assert.Equal(expected.Columns, read.Columns);
        Assert.Equal(expected.Values, read.Values);

        // More vectors than are decoded at once: what comes back has the error that was measured.
        DecodedCodes.WriteReconstructions(file, sae, this.data.Run("x.npy"));
        using ActivationStore back = ActivationStore.Open([this.data.Run("x.npy")]);
        float[] x = new float[Rows * DIn];
        float[] decoded = new float[Rows * DIn];
        store.Read(0, x);
        back.Read(0, decoded);
        double mse = x.Zip(decoded).Sum(pair => Math.Pow((double)pair.First - pair.Second, 2)) / Rows;
        Assert.Equal(codes.Mse + codes.Precisions[0].MseIncrease, mse, 1e-9 * mse);
        using CodeFileReader reader = CodeFileReader.Open(file);
        reader.RequireModel(sae);
        sae.Parameters.BDec.Upload([0.5f], 3);
        Assert.Throws<InvalidDataException>(() => reader.RequireModel(sae));
    }

    [Theory]
    [InlineData("topk", 3)]
    [InlineData("skip-transcoder", 3)]
    [InlineData("crosscoder", 0)]
    public void The_error_is_the_one_of_an_evaluation_whatever_the_sites(string architecture, int k)
    {
        SaeArchitecture known = SaeArchitectures.Get(architecture);
        using CpuBackend backend = new(2);
        using Sae sae = SaeArchitectures.Create(backend, new SaeConfig
        {
            Architecture = architecture,
            DIn = known.HasSites ? DIn + TrainingData.OtherWidth : DIn,
            DSae = Latents,
            K = k,
            TargetWidth = known.HasTarget ? TrainingData.OtherWidth : null,
            Sites = known.HasSites ? [DIn, TrainingData.OtherWidth] : null,
        });
        RandomSequence random = new(43, RandomPurpose.General);
        sae.Parameters.WEnc.Buffer.Upload(TrainingRuns.Normals(ref random, (int)sae.Parameters.WEnc.Buffer.Length));
        sae.Parameters.WDec.Buffer.Upload(TrainingRuns.Normals(ref random, (int)sae.Parameters.WDec.Buffer.Length));
        using ActivationStore store = this.data.OpenFor(architecture);
        SaeCodes codes = SaeCodes.Measure(sae, store, [64]);
        double mse = SaeEvaluator.Evaluate(sae, store, RowSet.All(store)).Mse;

        Assert.Equal(mse, codes.Mse, 1e-9 * mse);
        Assert.InRange(codes.Precisions[0].MseIncrease / mse, -0.01, 0.01);
        Assert.True(InformationFigures.Of(codes, sae).DenseAtEqualError > 0);
    }

    [Fact]
    public void More_bins_than_fit_into_memory_are_refused()
    {
        using CpuBackend backend = new(2);
        using Sae sae = Model(backend);
        using ActivationStore store = this.data.Open();

        Assert.Contains(
            "at most 2796202 in all for 24 latents",
            Assert.Throws<ArgumentException>(
                () => SaeCodes.Measure(sae, store, [1 << 20, 1 << 20, 1 << 20])).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => this.data.Dispose();

    private static Sae Model(CpuBackend backend)
    {
        Sae sae = SaeArchitectures.Create(
            backend, new SaeConfig { Architecture = "relu", DIn = DIn, DSae = Latents });
        RandomSequence random = new(41, RandomPurpose.General);
        sae.Parameters.WEnc.Buffer.Upload(TrainingRuns.Normals(ref random, Latents * DIn));
        sae.Parameters.WDec.Buffer.Upload(TrainingRuns.Normals(ref random, Latents * DIn));
        // The last latent is never active.
        sae.Parameters.BEnc.Upload(
            [.. Enumerable.Range(0, Latents).Select(latent => latent == Latents - 1 ? -1e6f : -2)]);
        return sae;
    }

    private static SparseFactorization CodesOnHost(Sae sae, ActivationStore store, out RowMatrix vectors)
    {
        CodeCopy copy = new();
        new LatentPass { Collectors = [copy] }.Run(sae, StoreSource.Of(store));
        float[] directions = new float[Latents * DIn];
        sae.Parameters.WDec.Buffer.Download(directions);
        float[] elements = new float[Rows * DIn];
        store.Read(0, elements);
        vectors = new RowMatrix(elements, DIn);
        return new SparseFactorization
        {
            Dictionary = new RowMatrix(directions, DIn),
            Bias = new float[DIn],
            Codes = copy.Codes,
            Objective = 0,
            Mse = 0,
        };
    }
}
