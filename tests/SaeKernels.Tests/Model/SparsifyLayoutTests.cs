using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Files;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Model;

public sealed class SparsifyLayoutTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sparsify-").FullName;
    private readonly ReferenceBackend<float> backend = ReferenceBackend.Create();

    [Theory]
    [InlineData("topk")]
    [InlineData("multi-topk")]
    [InlineData("groupmax")]
    [InlineData("transcoder")]
    [InlineData("skip-transcoder")]
    public void A_saved_model_comes_back_bit_for_bit(string architecture)
    {
        SaeConfig config = ConfigOf(architecture);
        using SaeParameters parameters = Random(config);

        SparsifyLayout.Save(this.folder, config, parameters, InputScaling.None);

        Assert.True(SparsifyLayout.IsIn(this.folder));
        using Sae sae = SparsifyLayout.Load(this.folder, this.backend);
        Assert.Equal(config, sae.Config);
        Assert.Equal(parameters.WEnc.ToArray(), sae.Parameters.WEnc.ToArray());
        Assert.Equal(parameters.BEnc.ToArray(), sae.Parameters.BEnc.ToArray());
        Assert.Equal(parameters.WDec.ToArray(), sae.Parameters.WDec.ToArray());
        Assert.Equal(parameters.BDec.ToArray(), sae.Parameters.BDec.ToArray());
        Assert.Equal(parameters.WSkip?.ToArray(), sae.Parameters.WSkip?.ToArray());
    }

    [Fact]
    public void Files_have_the_names_that_sparsify_gives_them_and_scaling_is_folded_in()
    {
        SaeConfig config = ConfigOf("groupmax");
        using SaeParameters parameters = Random(config);

        SparsifyLayout.Save(this.folder, config, parameters, new InputScaling([10, 20, 30], 2));

        JsonNode cfg = JsonNode.Parse(File.ReadAllText(Path.Combine(this.folder, "cfg.json")))!;
        Assert.Equal(
            """
            {"activation":"groupmax","expansion_factor":32,"normalize_decoder":false,"num_latents":6,"k":2,
            "multi_topk":false,"skip_connection":false,"transcode":false,"d_in":3}
            """.ReplaceLineEndings(string.Empty),
            cfg.ToJsonString());
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(this.folder, "sae.safetensors"));
        Assert.Equal(
            ["W_dec", "b_dec", "encoder.bias", "encoder.weight"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([6L, 3L], file.Tensors["encoder.weight"].Shape);
        float[] encoder = new float[18];
        file.ReadSingles(file.Tensors["encoder.weight"], 0, encoder);
        Assert.Equal(parameters.WEnc.ToArray().Select(weight => (float)(2 * weight)), encoder);
        float[] bias = new float[3];
        file.ReadSingles(file.Tensors["b_dec"], 0, bias);
        Assert.Equal(parameters.BDec.ToArray().Select((b, d) => (float)((b / 2) + (10 * (d + 1)))), bias);
    }

    [Fact]
    public void The_expansion_factor_counts_where_there_is_no_number_of_latents()
    {
        Write(cfg =>
        {
            cfg["num_latents"] = 0;
            cfg["expansion_factor"] = 2;
        });
        using Sae sae = SparsifyLayout.Load(this.folder, this.backend);
        Assert.Equal(6, sae.Config.DSae);
    }

    [Theory]
    [InlineData("signed", true, "and signed True are not supported together")]
    [InlineData("activation", "relu", "activation relu, multi_topk False")]
    [InlineData("k", 7, "K must be between 1 and DSae = 6, but is 7.")]
    [InlineData("num_latents", "many", "could not be converted")]
    public void What_is_not_supported_is_refused(string name, object value, string message)
    {
        Write(cfg => cfg[name] = JsonValue.Create(value));
        InvalidDataException fault =
            Assert.Throws<InvalidDataException>(() => SparsifyLayout.Load(this.folder, this.backend));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("batchtopk")]
    public void An_architecture_that_sparsify_has_not_is_refused(string architecture)
    {
        SaeConfig config = new()
        {
            Architecture = architecture,
            DIn = 3,
            DSae = 6,
            K = SaeArchitectures.Get(architecture).HasK ? 2 : 0,
        };
        using SaeParameters parameters = Random(config);
        Assert.StartsWith(
            "SparsifyLayout: the architecture must be one of topk, multi-topk, groupmax, transcoder, skip-transcoder,",
            Assert.Throws<ArgumentException>(
                () => SparsifyLayout.Save(this.folder, config, parameters, InputScaling.None)).Message,
            StringComparison.Ordinal);
    }

    public void Dispose()
    {
        this.backend.Dispose();
        Directory.Delete(this.folder, recursive: true);
    }

    private static SaeConfig ConfigOf(string architecture) => new()
    {
        Architecture = architecture,
        DIn = 3,
        DSae = 6,
        K = 2,
        TargetWidth = SaeArchitectures.Get(architecture).HasTarget ? 3 : null,
    };

    /// <summary>Saves a groupmax model and changes its configuration.</summary>
    private void Write(Action<JsonNode> change)
    {
        SaeConfig config = ConfigOf("groupmax");
        using SaeParameters parameters = Random(config);
        SparsifyLayout.Save(this.folder, config, parameters, InputScaling.None);
        string path = Path.Combine(this.folder, "cfg.json");
        JsonNode cfg = JsonNode.Parse(File.ReadAllText(path))!;
        change(cfg);
        File.WriteAllText(path, cfg.ToJsonString());
    }

    private SaeParameters Random(SaeConfig config)
    {
        SaeParameters parameters = new(this.backend, config);
        RandomSequence random = new(3, RandomPurpose.General);
        foreach (RealBuffer buffer in new[]
        {
            parameters.WEnc.Buffer, parameters.BEnc, parameters.WDec.Buffer, parameters.BDec, parameters.WSkip?.Buffer,
        }.OfType<RealBuffer>())
        {
            float[] values = new float[buffer.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)random.NextNormal();
            }

            buffer.Upload(values);
        }

        return parameters;
    }
}
