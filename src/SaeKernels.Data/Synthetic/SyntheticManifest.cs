using System.Text.Json;
using SaeKernels.Files;

namespace SaeKernels.Data;

/// <summary>The text beside a synthetic file that tells how to draw its rows, with or without the file.</summary>
public static class SyntheticManifest
{
    /// <summary>How the names of manifests end.</summary>
    public const string Extension = ".manifest.json";

    private static readonly Dictionary<string, Func<Reader, SyntheticSource>> Generators = new(StringComparer.Ordinal)
    {
        ["bounce"] = from => new BounceSource(
            from.Seed, from.Int("features"), from.Int("dim"), from.Int("active"), from.Number("bias")),
        ["sharkey"] = from => new SharkeySource(from.Seed, new SharkeyOptions
        {
            Features = from.Int("features"),
            DIn = from.Int("dim"),
            Active = from.Number("active"),
            Decay = from.Number("decay"),
            DecayMode = from.Choice<SharkeyDecay>("decay_mode"),
            Correlated = from.Flag("correlated"),
            GramCovariance = from.Flag("gram_covariance"),
            Rescale = from.Flag("rescale"),
            RowsPerLatent = from.Int("rows_per_latent"),
            FillEmptyRows = from.Flag("fill_empty_rows"),
            ProductValues = from.Flag("product_values"),
            Noise = from.Number("noise"),
        }),
        ["toy"] = from => new FeatureSetSource(
            from.Seed, FeatureSetKind.Toy, from.Int("features"), members: 1, from.Number("sparsity")),
        ["correlated"] = from => Sets(from, FeatureSetKind.Correlated),
        ["anticorrelated"] = from => Sets(from, FeatureSetKind.Anticorrelated),
        ["hierarchy"] = from => new HierarchySource(
            from.Seed,
            from.Int("parents"),
            from.Int("children"),
            from.Int("dim"),
            from.Number("parent_rate"),
            from.Number("child_rate")),
        ["synthsaebench"] = from => new SynthSaeBenchSource(from.Seed, new SynthSaeBenchOptions
        {
            Features = from.Int("features"),
            DIn = from.Int("dim"),
            Roots = from.Int("roots"),
            Children = from.Int("children"),
            Depth = from.Int("depth"),
            GreatestRate = from.Number("greatest_rate"),
            LeastRate = from.Number("least_rate"),
            CorrelationRank = from.Int("correlation_rank"),
            CorrelationScale = from.Number("correlation_scale"),
            FirstMean = from.Number("first_mean"),
            LastMean = from.Number("last_mean"),
            OrthogonalizationSteps = from.Int("orthogonalization_steps"),
            BiasLength = from.Number("bias"),
        }),
        ["tokens"] = from => new TokenStreamSource(from.Seed, new TokenStreamOptions
        {
            DIn = from.Int("dim"),
            DocumentLength = from.Int("document_length"),
            SegmentLength = from.Number("segment_length"),
            ProseShare = from.Number("prose_share"),
            Words = from.Int("words"),
            FireRate = from.Number("fire_rate"),
            FalseRate = from.Number("false_rate"),
            Noise = from.Number("noise"),
        }),
        ["gaussian-null"] = from => from.Text("like").Length == 0
            ? GaussianSource.Isotropic(from.Seed, from.Int("dim"))
            : throw from.Fault("like", "be empty, since the data it names is needed to draw the rows again"),
    };

    /// <summary>Whether a path has the name of a manifest.</summary>
    /// <param name="path">The path.</param>
    public static bool IsManifest(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(Extension, StringComparison.Ordinal);
    }

    /// <summary>Opens the file that a manifest describes, without its codes; rows are drawn when read.</summary>
    /// <param name="path">The manifest.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no manifest, or one of an unknown generator.</exception>
    public static SafetensorsFile OpenData(string path)
    {
        (SyntheticSource source, long samples) = Read(path);
        try
        {
            return SyntheticFile.Open(path, source, samples);
        }
        catch (ArgumentException fault)
        {
            throw Faulty(path, fault);
        }
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The manifest.</param>
    /// <returns>What is drawn, and how many rows.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no manifest, or one of an unknown generator.</exception>
    public static (SyntheticSource Source, long Samples) Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: a file must be here, but there is none. Check the path.", path);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            Reader reader = new(path, document.RootElement);
            string name = reader.Generator;
            return Generators.TryGetValue(name, out Func<Reader, SyntheticSource>? create)
                ? (reader.RequireVersion(create(reader)), reader.Samples)
                : throw reader.Fault("generator", $"be one of {string.Join(", ", Generators.Keys)}");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or ArgumentException)
        {
            throw Faulty(path, fault);
        }
    }

    private static InvalidDataException Faulty(string path, Exception fault) => new(
        $"{path}: must be the manifest of a synthetic file, but is not: {fault.Message} Write it with sae synth.",
        fault);

    private static FeatureSetSource Sets(Reader from, FeatureSetKind kind) =>
        new(from.Seed, kind, from.Int("sets"), from.Int("members"), from.Number("sparsity"));

    private sealed class Reader(string path, JsonElement manifest)
    {
        private readonly JsonElement parameters = manifest.GetProperty("parameters");

        public string Generator => manifest.GetProperty("generator").GetString() ?? string.Empty;

        public ulong Seed => manifest.GetProperty("seed").GetUInt64();

        public long Samples => manifest.GetProperty("samples").GetInt64();

        public int Int(string name) => this.parameters.GetProperty(name).GetInt32();

        public double Number(string name) => this.parameters.GetProperty(name).GetDouble();

        public bool Flag(string name) => this.parameters.GetProperty(name).GetBoolean();

        public string Text(string name) => this.parameters.GetProperty(name).GetString() ?? string.Empty;

        public T Choice<T>(string name)
            where T : struct, Enum => Enum.Parse<T>(Text(name));

        /// <summary>Throws where the rows would be other ones than those that the manifest was written for.</summary>
        public SyntheticSource RequireVersion(SyntheticSource source)
        {
            int version = manifest.TryGetProperty("generator_version", out JsonElement given) ? given.GetInt32() : 1;
            return version == source.Version
                ? source
                : throw Fault(
                    "generator_version",
                    $"be {source.Version}, since other versions draw other rows, but is {version}");
        }

        public InvalidDataException Fault(string name, string must) =>
            new($"{path}: '{name}' must {must}. Draw the data again with sae synth.");
    }
}
