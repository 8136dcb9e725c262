using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Report;

namespace SaeKernels.Browser.Tests;

/// <summary>A small model of random weights on random tokens, some of them hostile, and the report on it.</summary>
internal sealed class PlantedReport : IDisposable
{
    public const int DIn = 24;
    public const int K = 4;
    public const int DocumentLength = 50;

    /// <summary>Texts that must be shown and must do nothing.</summary>
    public static readonly string[] Hostile =
    [
        "</script><script>window.pwned=1</script>",
        "<img src=x onerror=\"window.pwned=2\">",
        "'\"&<>`${window.pwned=3}",
        "\u202Eright to left\u202C",
        "\u0000\u0007\u001B[31m",
        "\uD83D\uDE00\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67",
        "\uD800 half a pair",
        new('x', 10_000),
        "\n",
        "\u2028\uFEFF",
    ];

    private readonly CpuBackend backend = new();
    private readonly float[] vectors;
    private readonly long[] tokenIds;

    public PlantedReport(int latents, int rows)
    {
        RandomSequence random = new(20261, RandomPurpose.General);
        this.Vocabulary =
        [
            .. Enumerable.Range(0, 80).Select(i => $" word{i}"),
            .. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? $" {7 * i}" : $"{7 * i}"),
            .. Hostile.Select(text => $" {text}"),
        ];
        this.vectors = new float[rows * DIn];
        this.tokenIds = new long[rows];
        float[] centres = [.. Normals(ref random, this.Vocabulary.Length * DIn)];
        for (int row = 0; row < rows; row++)
        {
            this.tokenIds[row] = random.NextInt64(this.Vocabulary.Length);
            for (int d = 0; d < DIn; d++)
            {
                float centre = centres[((int)this.tokenIds[row] * DIn) + d];
                this.vectors[(row * DIn) + d] = centre + (0.3f * (float)random.NextNormal());
            }
        }

        this.Sae = new TopKSae(
            this.backend, new SaeConfig { Architecture = "topk", DIn = DIn, DSae = latents, K = K });
        float[] weights = [.. Normals(ref random, latents * DIn)];
        this.Sae.Parameters.WEnc.Buffer.Upload(weights);
        this.Sae.Parameters.WDec.Buffer.Upload(weights);
        this.Decoder = weights;
        this.OutputWeights = [.. Normals(ref random, 60 * DIn)];
        this.Report = FeatureReport.Build(new ReportInput
        {
            Sae = this.Sae,
            Data = this.Source(),
            Rows = RowTexts.Tokens(this.tokenIds, this.Vocabulary),
            Title = "</title><script>window.pwned=4</script>",
            About = [("Data", "<b>planted</b>")],
            Figures = [new TitledFigure("l0", "Active features (L0)", K)],
            Curves = new TrainingCurves(
                [1, 2, 3], [new TrainingSeries("loss", "Loss", [3, 2, 1]), new TrainingSeries("l0", "L0", [4, 4, 4])]),
            Labels = [.. Enumerable.Range(0, latents).Select(i => i == 5 ? "<i>label</i>" : null)],
            RowLabels = [.. Enumerable.Range(0, rows).Select(LabelOf)],
            Output = new OutputMatrix(this.OutputWeights, this.Vocabulary, DIn),
            Sweep = new SweepPlane("bounce", 64, [new(32, 0.02, 300), new(32, 0.01, 400), new(64, 0.02, 200)])
            {
                Maps = new SweepHeatMaps(
                    [32, 64],
                    "λ",
                    [0.1, 0.2, 0.4],
                    [
                        new SweepHeatMap("fvu", "Loss", [[0.125, 0.25, 1.5], [0.1, 0.2, 0.3]]),
                        new SweepHeatMap(
                            "cosine_to_larger", "MMCS", [[0.75, 0.5, 0.0625], [.. Enumerable.Repeat(double.NaN, 3)]]),
                        new SweepHeatMap("mmcs_recall", "Truth", []),
                    ],
                    [[0, 0, 0], [0, 2, 0]]),
            },
        });
    }

    public TopKSae Sae { get; }

    public FeatureReport Report { get; }

    public string[] Vocabulary { get; }

    /// <summary>The decoder, row-major.</summary>
    public float[] Decoder { get; }

    /// <summary>The output matrix [60, DIn].</summary>
    public float[] OutputWeights { get; }

    /// <summary>Hostile tokens have a label, and so has every seventh vector; others have none.</summary>
    public string? LabelOf(int row) =>
        this.tokenIds[row] >= this.Vocabulary.Length - Hostile.Length ? "</b>hostile" : row % 7 == 0 ? "seventh" : null;

    public long TokenOf(int row) => this.tokenIds[row];

    /// <summary>All activations, from the model itself: for each vector its latents and their values.</summary>
    public (int Latent, float Value)[][] Activations()
    {
        int rows = this.tokenIds.Length;
        using RealBuffer x = this.backend.AllocateReal("Test.X", this.vectors.Length);
        using SparseCodes codes = this.Sae.AllocateCodes(rows);
        x.Upload(this.vectors);
        this.Sae.Encode(new RealMatrix(x, rows, DIn), codes);
        int[] offsets = new int[rows + 1];
        codes.RowOffsets.Download(offsets);
        int[] latents = new int[offsets[rows]];
        float[] values = new float[offsets[rows]];
        codes.Indices.Download(latents);
        codes.Values.Download(values);
        return [.. Enumerable.Range(0, rows).Select(row =>
            Enumerable.Range(offsets[row], offsets[row + 1] - offsets[row])
                .Where(entry => values[entry] > 0)
                .Select(entry => (latents[entry], values[entry]))
                .ToArray())];
    }

    public void Dispose()
    {
        this.Sae.Dispose();
        this.backend.Dispose();
    }

    private static List<float> Normals(ref RandomSequence random, int count)
    {
        List<float> numbers = new(count);
        for (int i = 0; i < count; i++)
        {
            numbers.Add((float)random.NextNormal());
        }

        return numbers;
    }

    private VectorSource Source() => new()
    {
        Count = this.tokenIds.Length,
        DIn = DIn,
        Read = (first, to) => this.vectors.AsSpan((int)first * DIn, to.Length).CopyTo(to),
        ReadTokenIds = (first, to) => this.tokenIds.AsSpan((int)first, to.Length).CopyTo(to),
        ReadDocumentIds = (first, to) => Fill(to, i => (first + i) / DocumentLength),
        ReadPositions = (first, to) => Fill(to, i => (first + i) % DocumentLength),
    };

    private static void Fill(Span<long> to, Func<int, long> value)
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = value(i);
        }
    }
}
