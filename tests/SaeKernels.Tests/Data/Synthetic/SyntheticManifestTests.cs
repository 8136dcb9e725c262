using System.Text.Json.Nodes;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests.Data.Synthetic;

public sealed class SyntheticManifestTests : IDisposable
{
    private const int Samples = 700;
    private readonly TestFolder folder = new();

    public static TheoryData<string> Generators =>
    [
        "bounce", "sharkey", "toy", "correlated", "anticorrelated", "tokens", "hierarchy", "synthsaebench",
        "gaussian-null",
    ];

    [Theory]
    [MemberData(nameof(Generators))]
    public void A_manifest_alone_is_the_same_data_as_the_file_beside_it(string generator)
    {
        string path = this.folder.PathOf("data.safetensors");
        SyntheticFile.Write(path, Source(generator), Samples);
        using ActivationStore written = ActivationStore.Open([path]);
        using ActivationStore drawn = ActivationStore.Open([SyntheticFile.ManifestPath(path)]);

        Assert.Equal(written.Count, drawn.Count);
        Assert.Equal(written.DIn, drawn.DIn);
        float[] expected = new float[Samples * written.DIn];
        float[] found = new float[expected.Length];
        written.Read(0, expected);
        // In two pieces, the second first.
        int cut = 301 * written.DIn;
        drawn.Read(301, found.AsSpan(cut));
        drawn.Read(0, found.AsSpan(0, cut));
        Assert.Equal(expected, found);
    }

    [Fact]
    public void A_file_of_content_has_the_bytes_that_would_be_written()
    {
        BounceSource source = new(3, 20, 7, 2);
        using SafetensorsFile open = SyntheticFile.Open("drawn", source, 5);
        byte[] whole = new byte[open.Length];
        open.ReadBytes(0, whole);
        string path = this.folder.PathOf("drawn.safetensors");
        File.WriteAllBytes(path, whole);

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(open.Tensors.Keys.Order(), file.Tensors.Keys.Order());
        float[] directions = new float[20 * 7];
        file.ReadSingles(file.Tensors["dictionary"], 0, directions);
        Assert.Equal(source.Truth.Rows.ToArray(), directions);
        for (int length = 1; length < 9; length++)
        {
            for (long first = 0; first + length <= whole.Length; first += 13)
            {
                byte[] part = new byte[length];
                open.ReadBytes(first, part);
                Assert.Equal(whole.AsSpan((int)first, length).ToArray(), part);
            }
        }

        Assert.Throws<InvalidDataException>(() => open.ReadBytes(open.Length - 1, new byte[2]));
    }

    [Theory]
    [InlineData("generator", "\"unheard-of\"", "must be one of bounce")]
    [InlineData("seed", "-1", "must be the manifest")]
    [InlineData("generator_version", "7", "'generator_version' must be 1")]
    [InlineData("samples", "0", "samples must be between 1")]
    [InlineData("parameters", "{}", "must be the manifest")]
    [InlineData("parameters", "{\"features\":0,\"dim\":3,\"active\":1,\"bias\":0}", "must be the manifest")]
    public void A_faulty_manifest_says_what_is_wrong(string key, string value, string message)
    {
        string path = this.folder.PathOf("data.safetensors");
        SyntheticFile.Write(path, Source("bounce"), 3);
        string manifestPath = SyntheticFile.ManifestPath(path);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(manifestPath))!;
        manifest[key] = JsonNode.Parse(value);
        File.WriteAllText(manifestPath, manifest.ToJsonString());

        InvalidDataException fault =
            Assert.Throws<InvalidDataException>(() => ActivationStore.Open([manifestPath]));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith(manifestPath, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_that_is_not_there_or_no_JSON_is_refused()
    {
        string path = this.folder.PathOf("none.manifest.json");
        Assert.Throws<FileNotFoundException>(() => ActivationStore.Open([path]));
        File.WriteAllText(path, "{");
        Assert.Throws<InvalidDataException>(() => ActivationStore.Open([path]));
    }

    public void Dispose() => this.folder.Dispose();

    private static SyntheticSource Source(string generator) => generator switch
    {
        "bounce" => new BounceSource(7, 20, 10, 2, 0.5),
        "sharkey" => new SharkeySource(7, new SharkeyOptions { Features = 30, DIn = 8, Active = 2, Noise = 0.1 }),
        "toy" => new FeatureSetSource(7, FeatureSetKind.Toy, 6, 1, 0.7),
        "correlated" => new FeatureSetSource(7, FeatureSetKind.Correlated, 3, 2, 0.7),
        "anticorrelated" => new FeatureSetSource(7, FeatureSetKind.Anticorrelated, 3, 2, 0.7),
        "hierarchy" => new HierarchySource(7, 4, 2, 9, 0.2, 0.5),
        "tokens" => new TokenStreamSource(7, new TokenStreamOptions { DIn = 9, DocumentLength = 50, Noise = 0.1 }),
        "gaussian-null" => GaussianSource.Isotropic(7, 5),
        _ => new SynthSaeBenchSource(7, new SynthSaeBenchOptions
        {
            Features = 60,
            DIn = 12,
            Roots = 2,
            Depth = 2,
            OrthogonalizationSteps = 2,
        }),
    };
}
