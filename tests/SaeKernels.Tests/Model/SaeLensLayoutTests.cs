using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Reference;

namespace SaeKernels.Tests.Model;

public sealed class SaeLensLayoutTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("saekernels-").FullName;
    private readonly ReferenceBackend<float> backend = ReferenceBackend.Create();

    [Fact]
    public void A_tiny_model_has_these_bytes()
    {
        using SaeParameters parameters = TinyParameters();

        InputScaling scaling = new([10, 20], 2);
        SaeLensLayout.Save(this.folder, Tiny, parameters, scaling, new JsonObject { ["hook_name"] = "blocks.4" });

        // W_dec / 2, W_enc · 2 transposed, b_dec / 2 + mean, b_enc.
        float[] numbers = [3.5f, 4, 4.5f, 5, 5.5f, 6, 2, 6, 10, 4, 8, 12, 10.5f, 21, 0.25f, 0.5f, 0.75f];
        string header = string.Concat(
            """{"W_dec":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]}""",
            ""","W_enc":{"dtype":"F32","shape":[2,3],"data_offsets":[24,48]}""",
            ""","b_dec":{"dtype":"F32","shape":[2],"data_offsets":[48,56]}""",
            ""","b_enc":{"dtype":"F32","shape":[3],"data_offsets":[56,68]}}""");
        header = header.PadRight((header.Length + 7) / 8 * 8);
        byte[] expected =
        [
            .. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header),
            .. MemoryMarshal.AsBytes(numbers.AsSpan()),
        ];
        Assert.Equal(expected, File.ReadAllBytes(Path.Combine(this.folder, "sae_weights.safetensors")));
        Assert.Equal(
            """
            {
              "d_in": 2,
              "d_sae": 3,
              "dtype": "float32",
              "device": "cpu",
              "apply_b_dec_to_input": true,
              "normalize_activations": "none",
              "reshape_activations": "none",
              "metadata": {
                "sae_lens_version": "6.0.0",
                "library": "SaeKernels",
                "library_version": "0.1.0",
                "hook_name": "blocks.4"
              },
              "k": 1,
              "rescale_acts_by_decoder_norm": false,
              "architecture": "topk"
            }

            """,
            File.ReadAllText(Path.Combine(this.folder, "cfg.json")),
            ignoreLineEndingDifferences: false);
        Assert.Equal(2, Directory.GetFiles(this.folder).Length);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(48, 193)]
    public void Loading_brings_back_every_bit(int dIn, int dSae)
    {
        SaeConfig config = new() { Architecture = "topk", DIn = dIn, DSae = dSae, K = 1 };
        using SaeParameters saved = Draw(this.backend, config, 1);
        string inner = Path.Combine(this.folder, "a", "b");

        SaeLensLayout.Save(inner, config, saved, InputScaling.None);
        using Sae loaded = SaeLensLayout.Load(inner, this.backend);

        Assert.Equal(config, loaded.Config);
        AssertSame(saved, loaded.Parameters);
    }

    [Fact]
    public void Layer_normalisation_is_named_and_read_back_of_foreign_models_too()
    {
        const string Name = "\"normalize_activations\": \"layer_norm\"";
        string path = Path.Combine(this.folder, "cfg.json");
        using SaeParameters parameters = TinyParameters();
        SaeLensLayout.Save(this.folder, Tiny with { HasLayerNorm = true }, parameters, InputScaling.None);
        Assert.Contains(Name, File.ReadAllText(path), StringComparison.Ordinal);
        using Sae own = SaeLensLayout.Load(this.folder, this.backend);
        File.WriteAllText(path, $$"""{"architecture": "topk", "d_in": 2, "d_sae": 3, "k": 1, {{Name}}}""");
        using Sae foreign = SaeLensLayout.Load(this.folder, this.backend);

        Assert.Equal(Tiny with { HasLayerNorm = true }, own.Config);
        Assert.Equal(own.Config, foreign.Config);
        AssertSame(own.Parameters, foreign.Parameters);
        Assert.Throws<ArgumentException>(
            () => SaeLensLayout.Save(this.folder, own.Config, parameters, new InputScaling([], 2)));
        Assert.Throws<ArgumentException>(
            () => SparsifyLayout.Save(this.folder, own.Config, parameters, InputScaling.None));
        Assert.Throws<ArgumentException>(
            () => new SaeParameters(this.backend, Tiny with { DIn = 1, HasLayerNorm = true }));
    }

    [Fact]
    public void A_matrix_of_several_blocks_is_transposed_in_both_directions()
    {
        // 4.5 million weights a matrix: more than the 2²² that one block of either direction holds.
        SaeConfig config = new() { Architecture = "topk", DIn = 3, DSae = 1_500_001, K = 1 };
        using SaeParameters saved = new(this.backend, config);
        float[] counting = [.. Enumerable.Range(0, 3 * config.DSae).Select(i => (float)i)];
        saved.WEnc.Buffer.Upload(counting.AsSpan());

        SaeLensLayout.Save(this.folder, config, saved, InputScaling.None);
        using Sae loaded = SaeLensLayout.Load(this.folder, this.backend);

        Assert.True(counting.AsSpan().SequenceEqual(Download(loaded.Parameters.WEnc.Buffer)));
    }

    [Fact]
    public void A_folded_model_reconstructs_raw_activations_as_the_unfolded_one_does_scaled_ones()
    {
        const int Rows = 40;
        SaeConfig config = new() { Architecture = "topk", DIn = 12, DSae = 30, K = 4 };
        InputScaling scaling = new([.. Enumerable.Range(0, 12).Select(d => (d * 1.7f) - 3)], 0.37f);
        using ReferenceBackend<double> exact = ReferenceBackend.CreateDouble();
        using Sae trained = SaeArchitectures.Create(exact, config);
        Fill(trained.Parameters, 5);
        SaeLensLayout.Save(this.folder, config, trained.Parameters, scaling);
        using Sae folded = SaeLensLayout.Load(this.folder, exact);
        double[] raw = [.. Enumerable.Range(0, Rows * 12).Select(i => 9 * Math.Sin(i * 0.7))];
        double[] scaled = [.. raw.Select((value, i) => (value - scaling.Mean[i % 12]) * scaling.Scale)];

        (int[] indices, double[] values, double[] reconstruction) = Run(exact, folded, raw);
        (int[] wantedIndices, double[] wantedValues, double[] wanted) = Run(exact, trained, scaled);

        Assert.Equal(wantedIndices, indices);
        double u = Math.ScaleB(1, -24);
        double[] wEnc = Absolute(folded.Parameters.WEnc.Buffer);
        double[] wDec = Absolute(folded.Parameters.WDec.Buffer);
        double[] bDec = Absolute(folded.Parameters.BDec);
        for (int row = 0; row < Rows; row++)
        {
            // Folding rounds each weight once: W_enc moves p by u·Σ|W|·|x − b| at most, and b_dec by u·Σ|W|·|b|, with
            // |x − b| ≤ |x| + |b|. Twice that leaves room for second-order terms and the float64 arithmetic itself.
            double[] moved = [.. Enumerable.Range(0, 4).Select(entry => 2 * u * Enumerable.Range(0, 12).Sum(
                d => wEnc[(indices[(row * 4) + entry] * 12) + d] * (Math.Abs(raw[(row * 12) + d]) + (2 * bDec[d]))))];
            for (int entry = 0; entry < 4; entry++)
            {
                int at = (row * 4) + entry;
                Assert.InRange(Math.Abs(values[at] - wantedValues[at]), 0, moved[entry]);
            }

            for (int d = 0; d < 12; d++)
            {
                double inRawUnits = (wanted[(row * 12) + d] / scaling.Scale) + scaling.Mean[d];
                double bound = (2 * u * bDec[d]) + Enumerable.Range(0, 4).Sum(entry =>
                    wDec[(indices[(row * 4) + entry] * 12) + d] * (moved[entry] + (2 * u * values[(row * 4) + entry])));
                Assert.InRange(Math.Abs(reconstruction[(row * 12) + d] - inRawUnits), 0, bound);
            }
        }
    }

    [Fact]
    public void A_mean_of_another_width_is_rejected()
    {
        using SaeParameters parameters = TinyParameters();

        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => SaeLensLayout.Save(this.folder, Tiny, parameters, new InputScaling([1, 2, 3], 1)));

        Assert.Equal(
            "SaeLensLayout: scaling.Mean must have no element or DIn = 2, but has 3. "
            + "Pass the scaling of the data that the model was trained on.",
            fault.Message);
    }

    [Fact]
    public void Parameters_of_another_size_are_rejected()
    {
        using SaeParameters parameters = TinyParameters();

        Assert.Throws<ArgumentException>(
            () => SaeLensLayout.Save(this.folder, Tiny with { DSae = 4 }, parameters, InputScaling.None));
        Assert.Empty(Directory.GetFiles(this.folder));
    }

    public void Dispose()
    {
        this.backend.Dispose();
        Directory.Delete(this.folder, recursive: true);
    }

    private static SaeConfig Tiny { get; } = new() { Architecture = "topk", DIn = 2, DSae = 3, K = 1 };

    private SaeParameters TinyParameters()
    {
        SaeParameters parameters = new(this.backend, Tiny);
        parameters.WEnc.Buffer.Upload([1f, 2, 3, 4, 5, 6]);
        parameters.BEnc.Upload([0.25f, 0.5f, 0.75f]);
        parameters.WDec.Buffer.Upload([7f, 8, 9, 10, 11, 12]);
        parameters.BDec.Upload([1f, 2]);
        return parameters;
    }

    private static SaeParameters Draw(IComputeBackend backend, SaeConfig config, ulong seed)
    {
        SaeParameters parameters = new(backend, config);
        Fill(parameters, seed);
        return parameters;
    }

    private static void Fill(SaeParameters parameters, ulong seed)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        foreach (RealBuffer buffer in Buffers(parameters))
        {
            float[] values = new float[buffer.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)random.NextNormal();
            }

            buffer.Upload(values.AsSpan());
        }
    }

    private static void AssertSame(SaeParameters expected, SaeParameters actual)
    {
        foreach ((RealBuffer left, RealBuffer right) in Buffers(expected).Zip(Buffers(actual)))
        {
            Assert.Equal(Download(left), Download(right));
        }
    }

    private static RealBuffer[] Buffers(SaeParameters parameters) =>
        [parameters.WEnc.Buffer, parameters.BEnc, parameters.WDec.Buffer, parameters.BDec];

    private static float[] Download(RealBuffer buffer)
    {
        float[] values = new float[buffer.Length];
        buffer.Download(values.AsSpan());
        return values;
    }

    private static double[] Absolute(RealBuffer buffer) =>
        [.. Download(buffer).Select(value => Math.Abs((double)value))];

    private static (int[] Indices, double[] Values, double[] Reconstruction) Run(
        ReferenceBackend<double> backend, Sae sae, double[] x)
    {
        int rows = x.Length / sae.Config.DIn;
        using RealBuffer buffer = backend.AllocateReal("x", x.Length);
        buffer.Upload(x.AsSpan());
        RealMatrix matrix = new(buffer, rows, sae.Config.DIn);
        using SparseCodes codes = sae.AllocateCodes(rows);
        sae.Encode(matrix, codes);
        sae.Decode(codes, matrix);
        int[] indices = new int[rows * sae.Config.K];
        double[] values = new double[indices.Length];
        double[] reconstruction = new double[x.Length];
        codes.Indices.Download(indices);
        codes.Values.Download(values.AsSpan());
        buffer.Download(reconstruction.AsSpan());
        return (indices, values, reconstruction);
    }
}
