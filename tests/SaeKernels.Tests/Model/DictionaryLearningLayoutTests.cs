using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Files;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Tests.Training;

namespace SaeKernels.Tests.Model;

public sealed class DictionaryLearningLayoutTests : IDisposable
{
    private const int DIn = 3;
    private const int DSae = 5;
    private const int Rows = 40;
    private readonly string folder = Directory.CreateTempSubdirectory("dictionary-learning-").FullName;
    private readonly ReferenceBackend<double> backend = new();

    private string WeightsPath => Path.Combine(this.folder, DictionaryLearningLayout.WeightsFileName);

    [Fact]
    public void A_saved_gated_model_comes_back_bit_for_bit()
    {
        SaeConfig config = ConfigOf("gated");
        using SaeParameters parameters = Random(config);

        DictionaryLearningLayout.Save(this.folder, config, parameters, InputScaling.None);

        Assert.True(DictionaryLearningLayout.IsIn(this.folder));
        using Sae sae = DictionaryLearningLayout.Load(this.folder, this.backend);
        Assert.Equal(config, sae.Config);
        Assert.All(
            Buffers(parameters).Zip(Buffers(sae.Parameters)),
            pair => TensorAssert.SameBits("weights", pair.First.ToArray(), pair.Second.ToArray()));
        JsonNode trainer = JsonNode.Parse(
            File.ReadAllText(Path.Combine(this.folder, DictionaryLearningLayout.ConfigFileName)))!["trainer"]!;
        Assert.Equal(
            """{"dict_class":"GatedAutoEncoder","activation_dim":3,"dict_size":5}""", trainer.ToJsonString());
    }

    [Fact]
    public void A_saved_JumpReLU_model_comes_back_but_for_the_rounding_of_its_bias()
    {
        SaeConfig config = ConfigOf("jumprelu");
        using SaeParameters parameters = Random(config);

        DictionaryLearningLayout.Save(this.folder, config, parameters, InputScaling.None);

        using Sae sae = DictionaryLearningLayout.Load(this.folder, this.backend);
        Assert.Equal(config, sae.Config);
        Assert.All(
            Buffers(parameters).Zip(Buffers(sae.Parameters)).Where(pair => pair.First != parameters.BEnc),
            pair => TensorAssert.SameBits("weights", pair.First.ToArray(), pair.Second.ToArray()));

        // The bias of the file is rounded once, and ours once more: halves of 2⁻²³ of numbers up to Σ|term|.
        double[] biases = parameters.BEnc.ToArray();
        double[] weights = parameters.WEnc.ToArray();
        double[] center = parameters.BDec.ToArray();
        TensorAssert.Within("BEnc", biases, sae.Parameters.BEnc.ToArray(), j => Math.ScaleB(1, -23)
            * (Math.Abs(biases[j])
                + Enumerable.Range(0, DIn).Sum(d => Math.Abs(weights[(j * DIn) + d] * center[d]))));
    }

    [Fact]
    public void A_gated_model_of_PyTorch_computes_the_written_formula()
    {
        TorchArchive.Write(this.WeightsPath);
        using Sae sae = DictionaryLearningLayout.Load(this.folder, this.backend);
        Assert.Equal(new SaeConfig { Architecture = "gated", DIn = 2, DSae = 3 }, sae.Config);
        (float[] bias, float[] r, float[] gate, float[] magnitude, float[] encoder, float[] decoder) = (
            TorchArchive.Storages[0], TorchArchive.Storages[1], TorchArchive.Storages[2], TorchArchive.Storages[3],
            TorchArchive.Storages[4], TorchArchive.Storages[5]);

        RequireFormula(sae, bias, decoder, (x, j) =>
        {
            double u = Enumerable.Range(0, 2).Sum(d => encoder[(d * 3) + j] * ((double)x[d] - bias[d]));
            return u + gate[j] > 0 ? Math.Max(0, (Math.Exp(r[j]) * u) + magnitude[j]) : 0;
        });
    }

    [Fact]
    public void A_JumpReLU_model_of_PyTorch_computes_the_written_formula_with_an_encoder_that_sees_x_itself()
    {
        RandomSequence random = new(8, RandomPurpose.General);
        float[] encoder = Normals(ref random, DIn * DSae);
        float[] encoderBias = Normals(ref random, DSae);
        float[] decoder = Normals(ref random, DSae * DIn);
        float[] decoderBias = Normals(ref random, DIn);
        float[] threshold = Normals(ref random, DSae);
        TorchFile.Write(
            this.WeightsPath,
            [
                Tensor("W_enc", encoder, DIn, DSae), Tensor("b_enc", encoderBias, DSae),
                Tensor("W_dec", decoder, DSae, DIn), Tensor("b_dec", decoderBias, DIn),
                Tensor("threshold", threshold, DSae),
            ]);
        using Sae sae = DictionaryLearningLayout.Load(this.folder, this.backend);
        Assert.Contains(threshold, cut => cut < 0);
        float[] columns = [.. Enumerable.Range(0, DIn * DSae).Select(i => decoder[(i % DSae * DIn) + (i / DSae)])];

        RequireFormula(sae, decoderBias, columns, (x, j) =>
        {
            double z = encoderBias[j] + Enumerable.Range(0, DIn).Sum(d => (double)encoder[(d * DSae) + j] * x[d]);
            return z > threshold[j] ? Math.Max(0, z) : 0;
        });
    }

    [Theory]
    [InlineData("gated")]
    [InlineData("jumprelu")]
    public void Input_scaling_is_folded_in_as_in_the_layout_of_SAELens(string architecture)
    {
        SaeConfig config = ConfigOf(architecture);
        using SaeParameters parameters = Random(config);
        InputScaling scaling = new([0.5f, -1, 2], 4);
        DictionaryLearningLayout.Save(this.folder, config, parameters, scaling);
        string other = Path.Combine(this.folder, "saelens");
        SaeLensLayout.Save(other, config, parameters, scaling);

        using Sae sae = DictionaryLearningLayout.Load(this.folder, this.backend);
        using Sae expected = SaeLensLayout.Load(other, this.backend);
        RandomSequence random = new(5, RandomPurpose.General);
        float[] x = Normals(ref random, Rows * DIn);
        TensorAssert.Within("reconstruction", Reconstruct(expected, x), Reconstruct(sae, x), BoundOf(sae));
    }

    [Fact]
    public void What_it_has_not_is_refused_both_ways()
    {
        SaeConfig config = new() { Architecture = "topk", DIn = DIn, DSae = DSae, K = 2 };
        using SaeParameters parameters = new(this.backend, config);
        Assert.Equal(
            "DictionaryLearningLayout: the architecture must be one of gated, jumprelu, jumprelu-tanh, but is topk. "
            + "Save the model in SAELens' layout.",
            Assert.Throws<ArgumentException>(
                () => DictionaryLearningLayout.Save(this.folder, config, parameters, InputScaling.None)).Message);

        TorchFile.Write(this.WeightsPath, [Tensor("encoder.bias", [1, 2], 2)]);
        Assert.Equal(
            $"{this.WeightsPath}: must be a GatedAutoEncoder or a JumpReluAutoEncoder of dictionary_learning, but has "
            + "the tensors encoder.bias [2]. Convert the model to SAELens' layout.",
            Assert.Throws<InvalidDataException>(
                () => DictionaryLearningLayout.Load(this.folder, this.backend)).Message);
    }

    public void Dispose()
    {
        this.backend.Dispose();
        Directory.Delete(this.folder, recursive: true);
    }

    private static SaeConfig ConfigOf(string architecture) =>
        new() { Architecture = architecture, DIn = DIn, DSae = DSae };

    private static TensorContent Tensor(string name, float[] numbers, params long[] shape) => TensorContent.Singles(
        name, shape, (first, to) => numbers.AsSpan((int)first, to.Length).CopyTo(to));

    private static IEnumerable<RealBuffer> Buffers(SaeParameters parameters) =>
    [
        parameters.WEnc.Buffer, parameters.BEnc, parameters.WDec.Buffer, parameters.BDec,
        .. parameters.LatentVectors.Select(pair => pair.Values),
    ];

    /// <summary>
    /// Fails unless x̂ = b_dec + Σ f_j · W_dec[j], where no activation is so near its cut that rounding decides.
    /// </summary>
    private void RequireFormula(Sae sae, float[] bias, float[] decoderColumns, Func<float[], int, double> activation)
    {
        (int width, int latents) = (sae.Config.DIn, sae.Config.DSae);
        RandomSequence random = new(4, RandomPurpose.General);
        float[] x = Normals(ref random, Rows * width);
        double[] expected = [.. x.Chunk(width).SelectMany(row => bias.Select((b, d) => b + Enumerable
            .Range(0, latents).Sum(j => activation(row, j) * decoderColumns[(d * latents) + j])))];
        Assert.True(expected.Distinct().Count() > Rows);
        TensorAssert.Within("reconstruction", expected, Reconstruct(sae, x), BoundOf(sae));
    }

    // All is in float64 but the weights, of which the bias of an encoder is rounded twice: 2⁻²³ of numbers below 64. A
    // latent hands it on times a decoder weight below 4.
    private static double BoundOf(Sae sae) => sae.Config.DSae * 64 * 4 * Math.ScaleB(1, -23);

    private double[] Reconstruct(Sae sae, float[] x)
    {
        int rows = x.Length / sae.Config.DIn;
        using SparseCodes codes = sae.AllocateCodes(rows);
        using RealBuffer input = this.backend.AllocateReal("x", x.Length);
        using RealBuffer output = this.backend.AllocateReal("reconstruction", x.Length);
        input.Upload(x);
        sae.Encode(new RealMatrix(input, rows, sae.Config.DIn), codes);
        sae.Decode(codes, new RealMatrix(output, rows, sae.Config.DIn));
        return output.ToArray();
    }

    private SaeParameters Random(SaeConfig config)
    {
        SaeParameters parameters = new(this.backend, config);
        RandomSequence random = new(3, RandomPurpose.General);
        foreach (RealBuffer buffer in Buffers(parameters))
        {
            buffer.Upload(Normals(ref random, (int)buffer.Length));
        }

        return parameters;
    }

    private static float[] Normals(ref RandomSequence random, int count) =>
        [.. TrainingRuns.Normals(ref random, count).Select(value => (float)value)];
}
